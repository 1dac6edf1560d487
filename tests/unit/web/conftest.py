"""The application over an engine that knows nothing but how to count: for what happens before any handler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from celeriac.web.app import create_app
from celeriac.web.http.routing import resource, stream
from tests.support.asgi import AsgiClient


class NoExecutions:
    """What the frame of every page asks for."""

    def count(self, **_: Any) -> dict[str, int]:
        return {}


class EmptyEngine:
    executions = NoExecutions()


async def echo(request: Request) -> Response:
    """Answers with the size of the body."""
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
def make_client() -> Callable[..., AsgiClient]:
    """`make_client(host=…, allowed_hosts=…)`: a client of an application with `/echo` and `/held-open` added."""

    def make(**changes: Any) -> AsgiClient:
        app = create_app(cast(WorkflowEngine, EmptyEngine()), Settings(**changes))
        app.router.routes += [resource("/echo", GET=echo, POST=echo, DELETE=echo), stream("/held-open", echo)]
        return AsgiClient(app)

    return make


@pytest.fixture
def client(make_client: Callable[..., AsgiClient]) -> AsgiClient:
    return make_client()
