"""Shared by the streams of one process, stored on the application: the feed of changes and the limits."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol, cast

from starlette.applications import Starlette
from starlette.requests import Request

from celeriac.web.streaming.limits import StreamLimits


class Feed(Protocol):
    def watch(
        self, execution_id: str, listener: Callable[[int | None], None]
    ) -> contextlib.AbstractContextManager[None]: ...


class LiveFeed(Feed, Protocol):
    """The type of the engine's `feed()`."""

    def watch_summaries(
        self, listener: Callable[[str | None], None]
    ) -> contextlib.AbstractContextManager[None]: ...


@dataclass(frozen=True, slots=True)
class Live:
    feed: LiveFeed
    limits: StreamLimits


@contextlib.asynccontextmanager
async def live(app: Starlette) -> AsyncIterator[LiveFeed]:
    """Part of the application's lifespan: streams work while the block runs. Yields their feed."""
    feed = app.state.engine.feed()
    app.state.live = Live(feed, StreamLimits())
    try:
        yield feed
    finally:
        await feed.aclose()


def live_of(request: Request) -> Live:
    return cast(Live, request.app.state.live)


def limits_of(request: Request) -> StreamLimits:
    return live_of(request).limits
