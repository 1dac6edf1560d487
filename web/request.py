"""The engine and the settings of this process, from a request; and the actor of the request."""

from __future__ import annotations

from typing import cast

from starlette.requests import Request

from celeriac.engine.actor import Actor, Way
from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings


def engine_of(request: Request) -> WorkflowEngine:
    return cast(WorkflowEngine, request.app.state.engine)


def settings_of(request: Request) -> Settings:
    return cast(Settings, request.app.state.settings)


def actor_of(request: Request) -> Actor:
    """The actor of an operation requested by a page or program, without a name while there are no users."""
    return Actor(way=Way.API if request.scope["path"].startswith("/api/") else Way.PAGE)
