"""Requests to the application without a socket: through the whole middleware, as a browser or a program sends them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import httpx
from starlette.applications import Starlette

from tests.support.event_loop import run


class AsgiClient:
    """A synchronous client of an ASGI application. Every request is one event loop; streams are not for it.

    `around(app)` is entered on that loop for each request: what the application's lifespan would have set up there.
    """

    def __init__(
        self,
        app: Starlette,
        *,
        base_url: str = "http://localhost",
        around: Callable[[Starlette], AbstractAsyncContextManager[None]] = nullcontext,
    ) -> None:
        self.app = app
        self._base_url = base_url
        self._around = around

    def request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with (
                self._around(self.app),
                httpx.AsyncClient(transport=transport, base_url=self._base_url) as client,
            ):
                return await client.request(method, path, **arguments)

        return run(send())

    def get(self, path: str, **arguments: Any) -> httpx.Response:
        return self.request("GET", path, **arguments)

    def post(self, path: str, **arguments: Any) -> httpx.Response:
        return self.request("POST", path, **arguments)

    def put(self, path: str, **arguments: Any) -> httpx.Response:
        return self.request("PUT", path, **arguments)

    def delete(self, path: str, **arguments: Any) -> httpx.Response:
        return self.request("DELETE", path, **arguments)


async def chunked(parts: Iterable[bytes]) -> Any:
    """A body whose length nobody announces: `content=chunked([…])`."""
    for part in parts:
        yield part
