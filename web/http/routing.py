"""Turns a line of the URL table into a route: a path with its methods, or a stream (never compressed)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from brotli_asgi import BrotliMiddleware
from starlette.middleware import Middleware
from starlette.routing import Route, request_response
from starlette.types import ASGIApp, Receive, Scope, Send

from celeriac.web.http import url_converters as _registers_converters  # noqa: F401
from celeriac.web.http.security import SameSiteOnly

Handler = Callable[..., Any]
METHODS = ("GET", "POST", "PUT", "DELETE")


class _ByMethod:
    """All handlers of one path, so that a wrong method gets every right one in `Allow`."""

    def __init__(self, handlers: dict[str, Handler]) -> None:
        self.handlers = handlers
        self._apps: dict[str, ASGIApp] = {method: request_response(each) for method, each in handlers.items()}
        if "GET" in self._apps:
            self._apps["HEAD"] = self._apps["GET"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._apps[scope["method"]](scope, receive, send)


def resource(path: str, **handlers: Handler) -> Route:
    """`resource("/cleanup", GET=page, POST=action)`. Plain `def` handlers run in a thread."""
    assert handlers.keys() <= set(METHODS), f"{path}: methods are {METHODS}"
    return Route(
        path,
        _ByMethod(handlers),
        methods=list(handlers),
        name=path,
        middleware=[Middleware(BrotliMiddleware, minimum_size=700)],
    )


def stream(path: str, handler: Handler) -> Route:
    """A GET that responds with server-sent events: other sites may not open it, nothing buffers it."""
    guard = [Middleware(SameSiteOnly)]
    route = Route(path, _ByMethod({"GET": handler}), methods=["GET"], name=path, middleware=guard)
    # HEAD would open a stream that is not read.
    route.methods = {"GET"}
    return route
