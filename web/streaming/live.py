"""Shared by the streams of one process, stored on the application: the feed of changes, the followed logs, the limits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import cast

from starlette.applications import Starlette
from starlette.requests import Request

from celeriac.web.streaming.feeds import LiveFeed
from celeriac.web.streaming.limits import StreamLimits
from celeriac.web.streaming.logs import FollowedLogs
from celeriac.web.streaming.open_streams import OpenStreams


@dataclass(frozen=True, slots=True)
class Live:
    feed: LiveFeed
    logs: FollowedLogs
    limits: StreamLimits
    streams: OpenStreams


@contextlib.asynccontextmanager
async def live(app: Starlette, feed: LiveFeed) -> AsyncIterator[Live]:
    """Part of the application's lifespan: streams over this feed work while the block runs."""
    shared = Live(
        feed,
        FollowedLogs(app.state.engine.executions, feed),
        StreamLimits(app.state.settings),
        OpenStreams(),
    )
    app.state.live = shared
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(shared.logs.reading()), tasks.create_task(shared.streams.beating())]
        try:
            yield shared
        finally:
            for task in running:
                task.cancel()


def live_of(request: Request) -> Live:
    return cast(Live, request.app.state.live)
