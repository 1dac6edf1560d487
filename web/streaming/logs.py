"""The event logs that are followed in a web process: each is read once and encoded once, for all who follow it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Protocol

from celeriac.engine.errors import ExecutionNotFound, StoreUnavailable
from celeriac.engine.executions import Bookmark, ExecutionNews, OutputEntry
from celeriac.engine.workflows.progress.events import epoch_ms
from celeriac.engine.workflows.progress.views import EventView
from celeriac.web.streaming.feeds import Feed
from celeriac.web.streaming.messages import encode, encode_json
from celeriac.web.streaming.responses import RETRY_SECONDS

logger = logging.getLogger(__name__)

PAGE = 500  # events of one execution that are read at a time
KEPT = 2 * PAGE  # messages of one execution that are kept; a follower that is further behind is too slow
AT_ONCE = 50  # executions that are read at a time
END, GONE = encode("ended", event="end"), encode("deleted", event="gone")
#: Output of a step comes before the event of its end, even in the same millisecond.
ENDS = frozenset(
    {"step_success", "step_failure", "step_retrying", "step_cancelled", "step_skipped", "execution_ended"}
)

#: One encoded message with its sequence number; 0 for output and control frames.
Numbered = tuple[int, bytes]


class Reader(Protocol):
    def news(self, bookmarks: Sequence[Bookmark], *, limit: int) -> list[ExecutionNews | None]: ...


def reset(seq: int) -> bytes:
    """The frame that makes a client go on behind another event than its last one; 0: from the beginning."""
    return encode(str(seq), event="reset")


class FollowedLog:
    """The newest messages of one execution. Positions count all its messages since it is followed."""

    def __init__(self, execution_id: str) -> None:
        self.mark = Bookmark(execution_id=execution_id)
        self.followers: set[Callable[[], None]] = set()  # called when there is something new
        self.first_read: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.last_words: bytes | None = None  # the frame that ends all streams of this log
        self._messages: list[Numbered] = []
        self._start = 0  # position of the first one
        self._floor = 0  # every event behind this one is in the messages

    @property
    def seq(self) -> int:
        """The sequence number of the newest event."""
        return self.mark.seq or 0

    @property
    def end(self) -> int:
        """The position of the next message."""
        return self._start + len(self._messages)

    def since(self, position: int) -> bytes | None:
        """The messages from a position on, as they are sent; None if some of them are no longer kept."""
        if position < self._start:
            return None
        return b"".join([message for _, message in self._messages[position - self._start :]])

    def events_behind(self, seq: int) -> bytes | None:
        """The events with higher sequence numbers, as they are sent; None if not all of them are here."""
        if not self._floor <= seq <= self.seq:
            return None
        return b"".join([message for number, message in self._messages if number > seq])

    def add(self, news: ExecutionNews, messages: list[Numbered]) -> bool:
        """Takes what was read behind `mark`. Returns whether there is more to read."""
        if self.mark.seq is None:
            self._floor = (news.mark.seq or 0) - len(news.events)
        elif news.newest < self.mark.seq:  # the store went back in time: restored, or lost its last second
            self.mark = Bookmark(execution_id=self.mark.execution_id, seq=0, place=self.mark.place)
            self._start, self._floor, self._messages = self.end, 0, [(0, reset(0))]
            self._wake()
            return True
        more = self.mark.seq is not None and PAGE in (len(news.events), len(news.output))
        self.mark = news.mark
        self._messages += messages
        if (surplus := len(self._messages) - KEPT) > 0:
            self._floor = max(self._floor, *(number for number, _ in self._messages[:surplus]))
            del self._messages[:surplus]
            self._start += surplus
        if news.ended and not more and news.newest == self.seq:
            self.last_words = END
        if messages or self.last_words:
            self._wake()
        return more

    def finish(self, last_words: bytes) -> None:
        """Ends the streams of this log with a frame, or with b"" so that their clients connect again."""
        self.last_words = last_words
        self._wake()

    def _wake(self) -> None:
        for wake in self.followers:
            wake()


class FollowedLogs:
    """All of them, and their one reader. Belongs to one event loop; `reading` runs the reader."""

    def __init__(self, executions: Reader, feed: Feed) -> None:
        self._executions, self._feed = executions, feed
        self._logs: dict[str, FollowedLog] = {}
        self._watches: dict[FollowedLog, contextlib.ExitStack] = {}
        self._due: dict[FollowedLog, None] = {}  # in the order in which they became due
        self._woken = asyncio.Event()

    @property
    def followed(self) -> frozenset[str]:
        return frozenset(self._logs)

    @contextlib.asynccontextmanager
    async def join(self, execution_id: str, wake: Callable[[], None]) -> AsyncIterator[FollowedLog]:
        """The log of an execution, which is read while the block runs. Raises `ExecutionNotFound` and `StoreUnavailable`."""
        log = self._logs.get(execution_id) or self._open(execution_id)
        log.followers.add(wake)
        try:
            await asyncio.shield(log.first_read)
            yield log
        finally:
            log.followers.discard(wake)
            if not log.followers:
                self._close(log)

    def mark_due(self, log: FollowedLog) -> None:
        """Has a log read soon."""
        self._due[log] = None
        self._woken.set()

    async def read(self, marks: Sequence[Bookmark]) -> list[tuple[ExecutionNews, list[Numbered]] | None]:
        """What is behind each bookmark, with its encoded messages. Raises `StoreUnavailable`."""
        return await asyncio.to_thread(self._read, marks)

    async def reading(self) -> None:
        """The reader; never returns. All logs that have become due meanwhile are read in one call of the store."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            due = list(self._due)[:AT_ONCE]
            for log in due:
                del self._due[log]
            if self._due:
                self._woken.set()
            if due:
                await self._read_due(due)

    async def _read_due(self, due: list[FollowedLog]) -> None:
        try:
            found = await self.read([log.mark for log in due])
        except StoreUnavailable as error:
            await self._put_off(due, error)
        except Exception:
            logger.exception("the logs of followed executions could not be read")
            for log in due:
                self._end(log, b"")
        else:
            for log, news in zip(due, found, strict=True):
                self._take(log, news)

    def _read(self, marks: Sequence[Bookmark]) -> list[tuple[ExecutionNews, list[Numbered]] | None]:
        found = self._executions.news(marks, limit=PAGE)
        return [
            None if news is None else (news, [_numbered(each) for each in in_order(news)]) for news in found
        ]

    async def _put_off(self, due: list[FollowedLog], error: StoreUnavailable) -> None:
        logger.warning("followed executions cannot be read for now: %s", error)
        for log in due:
            if log.first_read.done():
                self._due[log] = None
            else:
                self._refuse(log, error)
        await asyncio.sleep(RETRY_SECONDS)
        self._woken.set()

    def _take(self, log: FollowedLog, found: tuple[ExecutionNews, list[Numbered]] | None) -> None:
        if log not in self._watches:
            return  # all have left meanwhile
        if found is None:
            if not log.first_read.done():
                self._refuse(log, ExecutionNotFound(execution_id=log.mark.execution_id))
            self._end(log, GONE)
            return
        if log.add(*found):
            self.mark_due(log)
        if log.last_words is not None:
            self._close(log)
        if not log.first_read.done():
            log.first_read.set_result(None)

    def _refuse(self, log: FollowedLog, error: Exception) -> None:
        log.first_read.set_exception(error)
        log.first_read.exception()  # those who asked may have left
        self._close(log)

    def _end(self, log: FollowedLog, last_words: bytes) -> None:
        if not log.first_read.done():
            log.first_read.set_result(None)
        self._close(log)
        log.finish(last_words)

    def _open(self, execution_id: str) -> FollowedLog:
        log = self._logs[execution_id] = FollowedLog(execution_id)
        watch = self._watches[log] = contextlib.ExitStack()
        watch.enter_context(self._feed.watch(execution_id, lambda seq: self._heard(log, seq)))
        self.mark_due(log)
        return log

    def _close(self, log: FollowedLog) -> None:
        """No longer reads a log. A later follower of the execution opens another one."""
        if watch := self._watches.pop(log, None):
            watch.close()
            del self._logs[log.mark.execution_id]
            self._due.pop(log, None)

    def _heard(self, log: FollowedLog, seq: int | None) -> None:
        if seq is None or log.mark.seq is None or seq > log.mark.seq:
            self.mark_due(log)


def _numbered(message: EventView | OutputEntry) -> Numbered:
    if isinstance(message, OutputEntry):
        return 0, encode_json(message.view)
    return message["seq"], encode_json(message, id=message["seq"])


def in_order(news: ExecutionNews) -> Iterator[EventView | OutputEntry]:
    """Merges events and output by the store's clock; each keeps its order."""
    waiting = list(reversed(news.output))
    for event in news.events:
        if waiting:
            place = epoch_ms(event["time"]), 2 if event["event"] in ENDS else 0
            while waiting and (waiting[-1].written, 1) < place:
                yield waiting.pop()
        yield event
    yield from reversed(waiting)
