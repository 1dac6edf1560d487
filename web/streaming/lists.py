"""Streams that update a page of many executions, at most once a second, with the view of that page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import StoreUnavailable
from celeriac.web.request import engine_of
from celeriac.web.streaming.live import LiveFeed, live_of
from celeriac.web.streaming.messages import encode
from celeriac.web.streaming.responses import RETRY_SECONDS, StreamResponse

PAUSE_SECONDS = 1.0


class View(Protocol):
    def changes(self, changed: frozenset[str] | None) -> str:
        """The HTML that updates the page after changes of these executions; None: any may have changed. Blocks."""


#: Creates the view of one page from the engine and the query of the stream. Raises `HTTPException` for a bad query.
MakeView = Callable[[WorkflowEngine, Mapping[str, str]], View]


def list_stream(views: Mapping[str, MakeView]) -> Callable[[Request], Awaitable[StreamResponse]]:
    """The handler of a stream whose query selects one of these views with `view=`."""

    async def follow(request: Request) -> StreamResponse:
        live, query = live_of(request), request.query_params
        make = views.get(query.get("view", ""))
        if make is None:
            raise HTTPException(400, f"view= must be {' or '.join(views)}")
        view = make(engine_of(request), query)
        async with AsyncExitStack() as resources:
            resources.enter_context(live.limits.slot(request))
            return StreamResponse(ListStream(view, live.feed), resources.pop_all())

    return follow


class ListStream:
    """Collects changed executions and sends the view's updates."""

    def __init__(self, view: View, feed: LiveFeed) -> None:
        self._view, self._feed = view, feed
        self._changed: set[str] = set()
        self._gap = False
        self._woken = asyncio.Event()
        self._closed = False

    def close(self) -> None:
        self._closed = True
        self._woken.set()

    async def messages(self) -> AsyncIterator[bytes]:
        with self._feed.watch_summaries(self._wake):
            while True:
                await self._woken.wait()
                if self._closed:
                    return
                self._woken.clear()
                changed = None if self._gap else frozenset(self._changed)
                self._gap, self._changed = False, set()
                try:
                    html = await asyncio.to_thread(self._view.changes, changed)
                except StoreUnavailable:
                    self._wake(None)
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                if html:
                    yield encode(html)
                await asyncio.sleep(PAUSE_SECONDS)

    def _wake(self, execution_id: str | None) -> None:
        if execution_id is None:
            self._gap = True
        else:
            self._changed.add(execution_id)
        self._woken.set()
