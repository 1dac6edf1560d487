"""The watches of a web process: one for each execution on display, for any number of browsers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import cast

from starlette.applications import Starlette
from starlette.requests import Request

from celeriac.engine.errors import StoreUnavailable
from celeriac.web.execution.watch import ExecutionWatch, Reader
from celeriac.web.streaming.client import StreamClient
from celeriac.web.streaming.feeds import Feed

logger = logging.getLogger(__name__)


class Hub:
    """The watches of a web process. Belongs to one event loop."""

    def __init__(self, executions: Reader, feed: Feed) -> None:
        self._executions, self._feed = executions, feed
        self._watches: dict[str, ExecutionWatch] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def watched(self) -> frozenset[str]:
        return frozenset(self._watches)

    @contextlib.asynccontextmanager
    async def join(self, execution_id: str, after: int) -> AsyncIterator[StreamClient]:
        """Adds a client that follows the execution from sequence number `after`.

        Raises `ExecutionNotFound` or `StoreUnavailable` at once, before anything is streamed.
        """
        watch = self._watches.get(execution_id) or self._start(execution_id)
        client = watch.join(after)
        try:
            await asyncio.shield(watch.first_read)
            yield client
        finally:
            watch.clients.discard(client)
            if not watch.clients and self._watches.get(execution_id) is watch:
                self._tasks[execution_id].cancel()
                self._forget(watch)

    async def aclose(self) -> None:
        for watch in list(self._watches.values()):
            self._tasks[watch.execution_id].cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _start(self, execution_id: str) -> ExecutionWatch:
        watch = ExecutionWatch(self._executions, self._feed, execution_id)
        task = asyncio.get_running_loop().create_task(watch.run(), name=f"watch {execution_id}")
        task.add_done_callback(lambda ended: self._ended(watch, ended))
        self._watches[execution_id], self._tasks[execution_id] = watch, task
        return watch

    def _ended(self, watch: ExecutionWatch, task: asyncio.Task[None]) -> None:
        if self._watches.get(watch.execution_id) is watch:
            self._forget(watch)
        if not task.cancelled() and (error := task.exception()) and not isinstance(error, StoreUnavailable):
            logger.error("watching execution %s failed", watch.execution_id, exc_info=error)

    def _forget(self, watch: ExecutionWatch) -> None:
        del self._watches[watch.execution_id], self._tasks[watch.execution_id]


@contextlib.asynccontextmanager
async def execution_hub(app: Starlette, feed: Feed) -> AsyncIterator[None]:
    """For the application's lifespan: executions can be watched while the block runs."""
    hub = Hub(app.state.engine.executions, feed)
    app.state.execution_hub = hub
    try:
        yield
    finally:
        await hub.aclose()


def hub_of(request: Request) -> Hub:
    return cast(Hub, request.app.state.execution_hub)
