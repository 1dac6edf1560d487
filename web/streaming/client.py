"""One browser on a stream: a short queue that never blocks its sender; a slow one gets a snapshot."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

#: Maximum number of messages kept for a slow browser; beyond them a snapshot is cheaper and newer.
QUEUE_LENGTH = 64

#: Returns the messages that bring any page up to date.
Snapshot = Callable[[], Iterable[bytes]]


def nothing() -> None:
    """The `wake` of a source that is not sent yet."""


class StreamClient:
    """Encoded server-sent events for one connection, in order. Lives on one event loop."""

    def __init__(self, snapshot: Snapshot, *, after: int = 0, length: int = QUEUE_LENGTH) -> None:
        self.after = after  # the state that the page shows
        self.wake: Callable[[], None] = nothing
        self._snapshot = snapshot
        self._length = length
        self._queue: deque[bytes] = deque()
        self._behind = False
        self._closed = False

    def put(self, *messages: bytes) -> None:
        """Adds messages; never blocks. Without room, everything queued is replaced by a snapshot."""
        if self._closed or self._behind:
            return
        if len(self._queue) + len(messages) > self._length:
            self.fall_behind()
            return
        self._queue.extend(messages)
        self.wake()

    def fall_behind(self) -> None:
        """Makes the next message a snapshot, taken when the client is ready to read it."""
        self._queue.clear()
        self._behind = True
        self.wake()

    def close(self, *last_words: bytes) -> None:
        """Ends the stream after the queued messages and these."""
        self._queue.extend(last_words)
        self._closed = True
        self.wake()

    async def take(self) -> bytes | None:
        """All queued messages; b"" if there are none, None at the end."""
        if self._behind:
            self._behind = False
            self._queue.extendleft(reversed(tuple(self._snapshot())))
        if self._queue:
            messages = b"".join(self._queue)
            self._queue.clear()
            return messages
        return None if self._closed else b""
