"""Streams that update a page of many executions, at most once a second, with the view of that page."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import StoreUnavailable
from celeriac.web.request import engine_of
from celeriac.web.streaming.client import nothing
from celeriac.web.streaming.feeds import LiveFeed
from celeriac.web.streaming.live import live_of
from celeriac.web.streaming.messages import encode
from celeriac.web.streaming.responses import RETRY_SECONDS

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0


class View(Protocol):
    def changes(self, changed: frozenset[str] | None) -> str:
        """The HTML that updates the page after changes of these executions; None: any may have changed. Blocks."""


#: Creates the view of one page from the engine and the query of the stream. Raises `HTTPException` for a bad query.
MakeView = Callable[[WorkflowEngine, Mapping[str, str]], View]


def list_source(
    views: Mapping[str, MakeView],
) -> Callable[[Request], contextlib.AbstractAsyncContextManager[ListStream]]:
    """Opens the source of a stream whose query selects one of these views with `view=`."""

    def open_source(request: Request) -> contextlib.AbstractAsyncContextManager[ListStream]:
        query = request.query_params
        make = views.get(query.get("view", ""))
        if make is None:
            raise HTTPException(400, f"view= must be {' or '.join(views)}")
        return ListStream(make(engine_of(request), query), live_of(request).feed).running()

    return open_source


class ListStream:
    """Collects changed executions and sends the view's updates; the next one is made when the last was taken."""

    def __init__(self, view: View, feed: LiveFeed) -> None:
        self.wake: Callable[[], None] = nothing
        self._view, self._feed = view, feed
        self._changed: set[str] = set()
        self._gap = False
        self._woken = asyncio.Event()
        self._taken = asyncio.Event()
        self._ready = b""
        self._closed = False

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[ListStream]:
        """This stream; its updates are made while the block runs."""
        task = asyncio.get_running_loop().create_task(self._run(), name="list stream")
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def take(self) -> bytes | None:
        data, self._ready = self._ready, b""
        self._taken.set()
        return None if self._closed and not data else data

    def close(self) -> None:
        self._closed = True
        self.wake()

    async def _run(self) -> None:
        try:
            with self._feed.watch_summaries(self._heard):
                await self._make_updates()
        except Exception:
            logger.exception("the updates of a list failed")
            self.close()  # the page connects again

    async def _make_updates(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            changed = None if self._gap else frozenset(self._changed)
            self._gap, self._changed = False, set()
            try:
                html = await asyncio.to_thread(self._view.changes, changed)
            except StoreUnavailable:
                self._heard(None)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if html:
                self._taken.clear()
                self._ready = encode(html)
                self.wake()
                await self._taken.wait()
            await asyncio.sleep(PAUSE_SECONDS)

    def _heard(self, execution_id: str | None) -> None:
        if execution_id is None:
            self._gap = True
        else:
            self._changed.add(execution_id)
        self._woken.set()
