"""One browser on a stream: a short queue that never makes its sender wait; a slow one gets a snapshot."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable

#: Messages kept for a browser that reads slowly; beyond them one snapshot is cheaper and newer.
QUEUE_LENGTH = 64

#: Gives the messages that bring any page up to date, whatever it shows.
Snapshot = Callable[[], Iterable[bytes]]


class StreamClient:
    """Encoded server-sent events for one connection, in order. Lives on one event loop."""

    def __init__(self, snapshot: Snapshot, *, after: int = 0, length: int = QUEUE_LENGTH) -> None:
        self.after = after  # what the page shows already
        self._snapshot = snapshot
        self._length = length
        self._queue: deque[bytes] = deque()
        self._behind = False
        self._closed = False
        self._ready = asyncio.Event()

    def put(self, *messages: bytes) -> None:
        """Add messages; never blocks. Without room for them everything queued is given up for a snapshot."""
        if self._closed or self._behind:
            return
        if len(self._queue) + len(messages) > self._length:
            self.fall_behind()
            return
        self._queue.extend(messages)
        self._ready.set()

    def fall_behind(self) -> None:
        """The next thing this client gets is a snapshot, taken when it is ready to read it."""
        self._queue.clear()
        self._behind = True
        self._ready.set()

    def close(self, *last_words: bytes) -> None:
        """End the stream after what is queued and these messages."""
        self._queue.extend(last_words)
        self._closed = True
        self._ready.set()

    async def messages(self) -> AsyncIterator[bytes]:
        while True:
            await self._ready.wait()
            if self._behind:
                self._behind = False
                self._queue.extendleft(reversed(tuple(self._snapshot())))
            if self._queue:
                yield self._queue.popleft()
            elif self._closed:
                return
            else:
                self._ready.clear()
