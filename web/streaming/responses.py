"""The response of every stream: headers, pings, a limit for a client that does not read, and an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol, cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from celeriac.web.streaming.messages import ping
from celeriac.web.streaming.open_streams import OpenStreams

#: Beats (see `open_streams.py`) after which a client that takes nothing is disconnected.
STUCK_BEATS = 5
RETRY_SECONDS = 0.5  # after a failed read of the store

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


def resume_point(request: Request) -> int:
    """The sequence number the client has received: `Last-Event-ID` overrides `after`; 0 without either.

    Raises 400 for other values.
    """
    text = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise HTTPException(400, f"{text[:40]!r} is not a sequence number; send a whole number, or nothing.")
    return int(text)


class Source(Protocol):
    """What a stream sends. It calls `wake` when there is something to take."""

    wake: Callable[[], None]

    async def take(self) -> bytes | None:
        """What is to be sent now; b"" if there is nothing yet, None after the end. Does not wait for news."""

    def close(self) -> None:
        """Makes `take` return None after what is left."""


class StreamResponse:
    """Sends what a source has; releases `resources` when the request ends in any way.

    An ASGI application without a response class: one task sends, one waits for the disconnection, and a message that is
    sent costs no timeout and no other task.
    """

    def __init__(
        self,
        source: Source,
        resources: contextlib.AsyncExitStack,
        streams: OpenStreams,
        *,
        shared: bool = False,
    ) -> None:
        self._source, self._resources, self._streams = source, resources, streams
        self._shared = (
            shared  # by several pages: what one of them is sent is not heard by the others, but pings are
        )
        self._woken = asyncio.Event()
        source.wake = self._woken.set
        self._ping = ping()  # counters of a page need the clock before the first regular ping
        self._task: asyncio.Task[object]
        self._sending = self._sent = self._gone = self._cut = False
        self._stuck = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._resources:
            self._task = cast("asyncio.Task[object]", asyncio.current_task())
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            disconnection = asyncio.ensure_future(self._disconnection(receive))
            try:
                with self._streams.entry(self):
                    await self._send_all(send)
                if not self._gone:
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
            except asyncio.CancelledError:
                if not self._cut:
                    raise
                self._task.uncancel()  # the server closes the connection
            finally:
                disconnection.cancel()
                await asyncio.gather(disconnection, return_exceptions=True)

    def beat(self, ping: bytes) -> None:
        """Pings a client that was sent nothing since the last beat; disconnects one that has taken nothing for some."""
        if self._sending:
            self._stuck += 1
            if self._stuck >= STUCK_BEATS:
                self._cut = True
                self._task.cancel()
        elif self._sent and not self._shared:
            self._sent = False
        else:
            self._ping = ping
            self._woken.set()

    def close(self) -> None:
        self._source.close()
        self._woken.set()

    async def _send_all(self, send: Send) -> None:
        while not self._gone:
            self._woken.clear()
            data: bytes | None
            data, self._ping = self._ping, b""
            if not data:
                data = await self._source.take()
            if data is None:
                return
            if data:
                self._sending, self._stuck = True, 0
                await send({"type": "http.response.body", "body": data, "more_body": True})
                self._sending, self._sent = False, True
            else:
                await self._woken.wait()

    async def _disconnection(self, receive: Receive) -> None:
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self._gone = True
            self._woken.set()
