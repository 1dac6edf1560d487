"""`GET /api/v1/executions/{execution_id}/events`: the event log as server-sent events, without gaps.

Events are unnamed, with `id:` = sequence number. Between them comes the output of steps during the connection,
`step_progress` and `step_log`: also unnamed, without `id:`, and possibly incomplete. Control frames have a name and no
id: `ping` (the server's clock in ms), `reset` (go on behind the event with this number: 0, the beginning, when the log is
shorter than the client's; the last one sent when the client reads too slowly, whose stream ends then), `gone` (deleted),
`end` (ended; the last frame).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

from starlette.requests import Request

from celeriac.engine.errors import StoreUnavailable
from celeriac.engine.executions import Bookmark
from celeriac.web.streaming.client import nothing
from celeriac.web.streaming.live import live_of
from celeriac.web.streaming.logs import GONE, FollowedLog, FollowedLogs, reset
from celeriac.web.streaming.responses import RETRY_SECONDS, StreamResponse, resume_point


async def follow(request: Request) -> StreamResponse:
    after, live = resume_point(request), live_of(request)
    async with AsyncExitStack() as resources:
        resources.enter_context(live.limits.program())
        follower = LogFollower(live.logs, after)
        await follower.join(
            request.path_params["execution_id"], resources
        )  # an unknown one is a 404, not a stream
        return StreamResponse(follower, resources.pop_all(), live.streams)


class LogFollower:
    """One program on a log. Up to the kept messages it reads the store at its own pace; then it must keep up."""

    def __init__(self, logs: FollowedLogs, after: int) -> None:
        self.wake: Callable[[], None] = nothing
        self._logs, self._last = logs, after
        self._log: FollowedLog
        self._position: int | None = None  # in the log; None before its messages are reached
        self._ended = False

    async def join(self, execution_id: str, resources: AsyncExitStack) -> None:
        """Follows this execution until `resources` are closed. Raises `ExecutionNotFound` and `StoreUnavailable`."""
        self._log = await resources.enter_async_context(self._logs.join(execution_id, lambda: self.wake()))

    def close(self) -> None:
        """Ends the stream without `end`, so that the client reconnects elsewhere."""
        self._ended = True

    async def take(self) -> bytes | None:
        if self._ended:
            return None
        if self._position is None:
            return await self._catch_up()
        messages = self._log.since(self._position)
        if messages is None:
            return self._end(reset(self._last))
        if messages:
            self._position, self._last = self._log.end, self._log.seq
            return messages
        if self._log.last_words is None:
            return b""
        return self._end(self._log.last_words)

    def _end(self, last_words: bytes) -> bytes | None:
        self._ended = True
        return last_words or None

    async def _catch_up(self) -> bytes | None:
        """Events before those that the log keeps, from the store."""
        events = self._log.events_behind(self._last)
        if events is not None:
            self._position, self._last = self._log.end, self._log.seq
            return events or await self.take()
        try:
            [found] = await self._logs.read(
                [Bookmark(execution_id=self._log.mark.execution_id, seq=self._last)]
            )
        except StoreUnavailable:
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self.wake)
            return b""
        if found is None:
            return self._end(GONE)
        news, messages = found
        if news.newest < self._last:
            self._last = 0
            return reset(0)
        self._last = news.mark.seq or 0
        if not news.events:  # the log has not been read as far yet
            self._logs.mark_due(self._log)
        return b"".join([message for number, message in messages if number])
