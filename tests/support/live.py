"""An engine and a feed for the live streams that do what a test says: no store, no worker."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from celeriac.engine.errors import ExecutionNotFound
from celeriac.engine.executions import ExecutionLook
from celeriac.engine.workflows.progress.states import ENDED_STATUSES, StepStatus
from celeriac.engine.workflows.progress.views import (
    EventView,
    ExecutionView,
    LevelView,
    QueuePosition,
    StepView,
)

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
        events: list[EventView] = [
            {"seq": each, "time": TIME, "event": "step_queued", "step": "a", "level": 1, "attempt": 1}
            for each in range(max(1, seq - latest + 1), seq + 1)
        ]
        return ExecutionLook(view=self.view, events=events, failure=None)

    def queue_positions(
        self, execution_id: str, step_names: Sequence[str], *, read: None = None
    ) -> dict[str, QueuePosition]:
        self.looks += 1
        return {name: self.places[name] for name in step_names if name in self.places}

    def follow(self, known: ExecutionView, last: EventView) -> None:
        """It always has to be read anew."""


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
