"""An engine and a feed for the live streams that do what a test says: no store, no worker."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from celeriac.engine.errors import ExecutionNotFound
from celeriac.engine.executions import Bookmark, ExecutionLook, ExecutionNews, OutputEntry
from celeriac.engine.workflows.progress.states import ENDED_STATUSES, StepStatus
from celeriac.engine.workflows.progress.views import (
    EventView,
    ExecutionView,
    LevelView,
    QueuePosition,
    StepView,
)
from celeriac.web.streaming.responses import Source

EXECUTION = "demo-20261122T100000-abcdef"
TIME = "2026-11-22T10:00:00.123Z"


def step_view(name: str, status: str = "pending", **fields: Any) -> StepView:
    view: dict[str, Any] = {
        "name": name,
        "task_name": "noop",
        "queue": "default",
        "level": 1,
        "depends_on": [],
        "status": status,
        "attempt": 0 if status in ("pending", "queued", "skipped") else 1,
        "attempt_limit": 4,
        "start_time": None,
        "end_time": None,
        "duration": None,
        "worker": None,
        "error": None,
        "reason": None,
    }
    return view | fields  # type: ignore[return-value]


def execution_view(seq: int, steps: list[StepView], status: str = "running", **fields: Any) -> ExecutionView:
    done = sum(step["status"] == "success" for step in steps)
    view: dict[str, Any] = {
        "execution_id": EXECUTION,
        "workflow_id": "demo",
        "workflow_version": f"{hash(tuple((step['name'], step['level'], *step['depends_on']) for step in steps)):x}",
        "status": status,
        "cancel_requested": False,
        "input": {},
        "result": None,
        "error": None,
        "start_time": TIME,
        "end_time": TIME if status in ENDED_STATUSES else None,
        "duration": 1.0,
        "progress": {
            "completed_steps": done,
            "total_steps": len(steps),
            "percentage": 100 * done // len(steps),
        },
        "levels": _levels(steps),
        "steps": steps,
        "labels": {},
        "note": None,
        "round": 1,
        "launched_from": None,
        "launched_again": None,
        "pinned": False,
        "seq": seq,
    }
    return view | fields  # type: ignore[return-value]


def _levels(steps: list[StepView]) -> list[LevelView]:
    levels = []
    for number in sorted({step["level"] for step in steps}):
        mine = [step["status"] for step in steps if step["level"] == number]
        counts = {status.value: mine.count(status) for status in StepStatus}
        allowed = sum(bool(step.get("allowed")) for step in steps if step["level"] == number)
        completed = counts["success"] + allowed
        levels.append(
            {"level": number, "total": len(mine), "completed": completed, "allowed": allowed, **counts}
        )
    return levels  # type: ignore[return-value]


class ScriptedEngine:
    """Answers with what was put in `view`; counts reads; `gate` cleared makes a read wait."""

    def __init__(self, view: ExecutionView | None) -> None:
        self.view = view
        self.failure: Exception | None = None
        self.reads = self.looks = 0
        self.places: dict[str, QueuePosition] = {}
        self.gate = threading.Event()
        self.gate.set()
        self.reading = threading.Event()

    def look(self, execution_id: str, *, latest: int) -> ExecutionLook:
        self.reads += 1
        self.reading.set()
        assert self.gate.wait(20), "the test forgot to open the gate"
        if self.failure:
            raise self.failure
        if self.view is None:
            raise ExecutionNotFound(execution_id=execution_id)
        seq = self.view["seq"]
        events: list[EventView] = [event_of(each) for each in range(max(1, seq - latest + 1), seq + 1)]
        return ExecutionLook(view=self.view, events=events, failure=None)

    def queue_positions(
        self, execution_id: str, step_names: Sequence[str], *, read: None = None
    ) -> dict[str, QueuePosition]:
        self.looks += 1
        return {name: self.places[name] for name in step_names if name in self.places}

    def follow(self, known: ExecutionView, last: EventView) -> None:
        """It always has to be read anew."""


class ScriptedLog:
    """The log of `EXECUTION`, which grows by `add`; counts the calls that read it, and the bookmarks of each."""

    def __init__(self, length: int = 0) -> None:
        self.length = length
        self.ended = self.deleted = False
        self.failure: Exception | None = None
        self.output: list[OutputEntry] = []
        self.calls: list[list[Bookmark]] = []

    def news(self, bookmarks: Sequence[Bookmark], *, limit: int) -> list[ExecutionNews | None]:
        self.calls.append(list(bookmarks))
        if self.failure:
            raise self.failure
        return [None if self.deleted else self._behind(mark, limit) for mark in bookmarks]

    def _behind(self, mark: Bookmark, limit: int) -> ExecutionNews:
        first = max(0, self.length - limit) if mark.seq is None else mark.seq
        numbers = range(first + 1, min(self.length, first + limit) + 1)
        output = [] if mark.seq is None else [each for each in self.output if each.place > mark.place][:limit]
        place = self.output[-1].place if mark.seq is None and self.output else mark.place
        return ExecutionNews(
            events=[event_of(number) for number in numbers],
            output=output,
            newest=self.length,
            ended=self.ended,
            mark=Bookmark(
                execution_id=mark.execution_id,
                seq=first + len(numbers),
                place=output[-1].place if output else place,
            ),
        )


def event_of(number: int) -> EventView:
    return {"seq": number, "time": TIME, "event": "step_queued", "step": "a", "level": 1, "attempt": 1}


class ScriptedFeed:
    """Wakes its listeners when the test says so."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[int | None], None]] = []

    @contextlib.contextmanager
    def watch(self, execution_id: str, listener: Callable[[int | None], None]) -> Iterator[None]:
        self.listeners.append(listener)
        try:
            yield
        finally:
            self.listeners.remove(listener)

    def wake(self, seq: int | None) -> None:
        for listener in list(self.listeners):
            listener(seq)


async def messages(source: Source) -> AsyncIterator[bytes]:
    """The messages of a stream's source, one by one, to its end."""
    woken = asyncio.Event()
    source.wake = woken.set
    while True:
        woken.clear()
        data = await source.take()
        if data is None:
            return
        for message in data.split(b"\n\n")[:-1]:
            yield message + b"\n\n"
        if not data:
            await woken.wait()
