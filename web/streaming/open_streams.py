"""The open streams of a web process: one timer pings all of them, and they end together when the server stops."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from itertools import cycle
from typing import Protocol

from celeriac.web.streaming.messages import ping

#: How often each stream is looked at. One that was sent nothing meanwhile is pinged, so a page hears something within two
#: of them; it gives up a connection that is silent for longer (`live.js`).
BEAT_SECONDS = 4.0
#: Groups of streams, which take turns: thousands of pings at one moment would delay the events behind them.
GROUPS = 40


class OpenStream(Protocol):
    def beat(self, ping: bytes) -> None: ...
    def close(self) -> None: ...


class OpenStreams:
    """Belongs to one event loop. `beating` runs the timer."""

    def __init__(self) -> None:
        self._groups: list[set[OpenStream]] = [set() for _ in range(GROUPS)]
        self._next = cycle(self._groups)

    @contextlib.contextmanager
    def entry(self, stream: OpenStream) -> Iterator[None]:
        """The stream is pinged, and closed with the others, while the block runs."""
        group = next(self._next)
        group.add(stream)
        try:
            yield
        finally:
            group.discard(stream)

    def close(self) -> None:
        """Ends all streams; their clients connect again, elsewhere."""
        for group in self._groups:
            for stream in tuple(group):
                stream.close()

    async def beating(self) -> None:
        """The timer; never returns."""
        for group in cycle(self._groups):
            await asyncio.sleep(BEAT_SECONDS / GROUPS)
            if group:
                message = ping()
                for stream in tuple(group):
                    stream.beat(message)
