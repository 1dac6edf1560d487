"""What the streams of one process share, kept on the application: the hub, the feed behind it, the limits."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol, cast

from starlette.applications import Starlette
from starlette.requests import Request

from celeriac.web.live.hub import Feed, Hub
from celeriac.web.live.limits import StreamLimits


class LiveFeed(Feed, Protocol):
    """What the engine's `feed()` gives."""

    def watch_summaries(
        self, listener: Callable[[str | None], None]
    ) -> contextlib.AbstractContextManager[None]: ...


@dataclass(frozen=True, slots=True)
class Live:
    feed: LiveFeed
    hub: Hub
    limits: StreamLimits


@contextlib.asynccontextmanager
async def live(app: Starlette) -> AsyncIterator[None]:
    """For the application's lifespan: streams work while the block runs."""
    engine = app.state.engine
    feed = engine.feed()
    hub = Hub(engine, feed)
    app.state.live = Live(feed, hub, StreamLimits())
    try:
        yield
    finally:
        await hub.aclose()
        await feed.aclose()


def live_of(request: Request) -> Live:
    return cast(Live, request.app.state.live)


def hub_of(request: Request) -> Hub:
    return live_of(request).hub


def limits_of(request: Request) -> StreamLimits:
    return live_of(request).limits
