"""`GET /api/v1/executions/{execution_id}/events`: the event log as server-sent events, without gaps.

Events are unnamed, with `id:` = sequence number. Between them comes the output of steps during the connection,
`step_progress` and `step_log`: also unnamed, without `id:`, and possibly incomplete. Control frames have a name and no
id: `ping` (the server's clock in ms), `reset` (the log is shorter than the client's; start again), `gone` (deleted),
`end` (ended; the last frame).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack

from starlette.requests import Request

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import ExecutionNotFound, StoreUnavailable
from celeriac.engine.executions import OutputEntry
from celeriac.engine.workflows.progress.events import epoch_ms
from celeriac.engine.workflows.progress.views import EventView
from celeriac.web.request import engine_of
from celeriac.web.streaming.live import Feed, live_of
from celeriac.web.streaming.messages import encode, encode_json
from celeriac.web.streaming.responses import RETRY_SECONDS, StreamResponse, resume_point

PAGE = 500  # events read at a time, which limits the memory for a slow reader
#: Output of a step comes before the event of its end, even in the same millisecond.
ENDS = frozenset(
    {"step_success", "step_failure", "step_retrying", "step_cancelled", "step_skipped", "execution_ended"}
)


async def follow(request: Request) -> StreamResponse:
    after, live = resume_point(request), live_of(request)
    log = EventLog(engine_of(request), live.feed, request.path_params["execution_id"], after)
    await log.read_status()  # an unknown execution is a 404, not a stream
    async with AsyncExitStack() as resources:
        resources.enter_context(live.limits.program_slot())
        return StreamResponse(log, resources.pop_all())


class EventLog:
    """Sends the log from one event to its end. Reads only as fast as its client: the log itself is the buffer."""

    def __init__(self, engine: WorkflowEngine, feed: Feed, execution_id: str, after: int) -> None:
        self._engine, self._feed, self._execution_id = engine, feed, execution_id
        self._last = after
        self._heard = ""  # position of the last output
        self._woken = asyncio.Event()
        self._closed = False

    async def read_status(self) -> tuple[int, bool]:
        """(newest sequence number, whether the execution has ended). Raises `ExecutionNotFound`."""
        found = await asyncio.to_thread(self._engine.executions.rows, [self._execution_id])
        if not found:
            raise ExecutionNotFound(execution_id=self._execution_id)
        return found[0]["seq"], found[0]["end_time"] is not None

    def close(self) -> None:
        """Ends the stream without `end`, so that the client reconnects elsewhere."""
        self._closed = True
        self._woken.set()

    async def messages(self) -> AsyncIterator[bytes]:
        with self._feed.watch(self._execution_id, lambda _seq: self._woken.set()):
            while not self._closed:
                self._woken.clear()
                try:
                    async for message in self._new_messages():
                        yield message
                    newest, ended = await self.read_status()
                except ExecutionNotFound:
                    yield encode("deleted", event="gone")
                    return
                except StoreUnavailable:
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                if newest < self._last:
                    self._last = 0
                    yield encode("0", event="reset")
                elif newest == self._last:
                    if ended:
                        yield encode("ended", event="end")
                        return
                    await self._woken.wait()

    async def _new_messages(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            events, said = await asyncio.to_thread(self._read)
            for message in in_order(events, said):
                if isinstance(message, OutputEntry):
                    yield encode_json(message.view)
                    self._heard = message.place
                else:
                    yield encode_json(message, id=message["seq"])
                    self._last = message["seq"]
            more = PAGE in (len(events), len(said))

    def _read(self) -> tuple[list[EventView], list[OutputEntry]]:
        engine, execution_id = self._engine, self._execution_id
        if not self._heard:  # from now on: earlier output is in the logs of the steps
            self._heard = engine.executions.newest_output(execution_id)
        events = engine.executions.events(execution_id, after=self._last, limit=PAGE)
        # Read second, so that output before the last event is not missing if that event ends the stream.
        return events, engine.executions.output(execution_id, after=self._heard, limit=PAGE)


def in_order(events: Sequence[EventView], said: Sequence[OutputEntry]) -> Iterator[EventView | OutputEntry]:
    """Merges both lists by the store's clock; each keeps its order."""
    waiting = list(reversed(said))
    for event in events:
        place = epoch_ms(event["time"]), 2 if event["event"] in ENDS else 0
        while waiting and (waiting[-1].written, 1) < place:
            yield waiting.pop()
        yield event
    yield from reversed(waiting)
