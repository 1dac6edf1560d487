"""`GET /stream`: keeps the list of executions and the overview up to date, at most once a second.

`view=executions&rows=ID~SEQ,…&<filters>`: visible rows are replaced as they change; new ones are only counted
("3 new"), so that nothing moves under the pointer. `view=overview`: its sections are replaced as they change.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request

from celeriac.engine.errors import StoreUnavailable
from celeriac.web.live.hub import RETRY_SECONDS
from celeriac.web.live.list_views import ExecutionsView, OverviewView
from celeriac.web.live.messages import encode
from celeriac.web.live.responses import StreamResponse
from celeriac.web.live.state import LiveFeed, live_of
from celeriac.web.state import engine_of

PAUSE_SECONDS = 1.0


class View(Protocol):
    def changes(self, changed: frozenset[str] | None) -> str:
        """The HTML that brings the page up to date after these executions changed; None: any may have. Blocks."""


async def follow(request: Request) -> StreamResponse:
    live, query = live_of(request), request.query_params
    view: View
    match query.get("view"):
        case "executions":
            view = ExecutionsView(engine_of(request), query)
        case "overview":
            view = OverviewView(engine_of(request))
        case _:
            raise HTTPException(400, "view= must be executions or overview")
    async with AsyncExitStack() as resources:
        resources.enter_context(live.limits.slot(request))
        return StreamResponse(ListStream(view, live.feed), resources.pop_all())


class ListStream:
    """Collects which executions changed and lets the view say what that means for the page."""

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
