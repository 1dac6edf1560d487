"""The response of every stream: headers, ping, time limits, and an orderly end when the server stops."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Protocol

import anyio
from sse_starlette import EventSourceResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from celeriac.web.streaming.messages import SEPARATOR, ping

PING_SECONDS = 5  # a page gives up a silent connection after two of them (`live.js`)
SEND_SECONDS = 10  # a browser that reads nothing for so long is disconnected
SHUTDOWN_SECONDS = 1
RETRY_SECONDS = 0.5  # after a failed read of the store


def resume_point(request: Request) -> int:
    """The sequence number the client has received: `Last-Event-ID` overrides `after`; 0 without either.

    Raises 400 for other values.
    """
    text = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise HTTPException(400, f"{text[:40]!r} is not a sequence number; send a whole number, or nothing.")
    return int(text)


class Source(Protocol):
    """The source of a stream's messages; `close` ends them."""

    def messages(self) -> AsyncIterator[bytes]: ...
    def close(self) -> None: ...


class StreamResponse(EventSourceResponse):
    """Sends the messages of a source; releases `resources` when the request ends in any way."""

    def __init__(self, source: Source, resources: contextlib.AsyncExitStack) -> None:
        stopping = anyio.Event()

        async def close_when_stopping() -> None:
            await stopping.wait()
            source.close()

        super().__init__(
            _with_clock(source),
            sep=SEPARATOR,
            ping=PING_SECONDS,
            ping_message_factory=ping,
            send_timeout=SEND_SECONDS,
            shutdown_event=stopping,
            shutdown_grace_period=SHUTDOWN_SECONDS,
            data_sender_callable=close_when_stopping,
        )
        self._resources = resources

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._resources:
            await super().__call__(scope, receive, send)


async def _with_clock(source: Source) -> AsyncIterator[bytes]:
    """The first message contains the server's time: counters need it before the first regular ping."""
    yield ping().encode()
    async for message in source.messages():
        yield message
