"""Sample executions with every state and look, for the pages of patterns and of help. Times are ms."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from celeriac.engine.executions import Timeline
from celeriac.engine.workflows.definition.views import ConditionView
from celeriac.engine.workflows.progress.attempts import Attempt, Round, StepHistory
from celeriac.engine.workflows.progress.states import StepStatus, WorkflowStatus
from celeriac.engine.workflows.progress.views import (
    ErrorView,
    EventView,
    ExecutionSummary,
    ExecutionView,
    ItemsView,
    LevelView,
    QueuePosition,
    StepOutputView,
    StepView,
)
from celeriac.web.execution.board import Board
from celeriac.web.execution.timeline.view import TimelineView
from celeriac.web.ui import paths

#: The statuses of a step, the two looks that a status does not show (`step_cell.look_of`), and a queue without a worker.
LOOKS = (*(status.value for status in StepStatus), "blocked", "allowed", "warn")
#: Equal steps drawn as one node, and items of a mapped step, by look.
STACKED = ("success",) * 5 + ("running",) * 2 + ("failure", "queued", "pending", "pending", "pending")
ITEMS = {"success": 15, "running": 3, "failure": 1, "pending": 5}
#: Rows of the large drawing, whose columns are the looks.
ROWS = 5

ERROR: ErrorView = {
    "kind": "error",
    "type": "LookupError",
    "message": "no rate of SEK for 2026-11-26; known are EUR, GBP",
    "traceback": "Traceback (most recent call last):\n"
    '  File "/usr/lib/python3.12/site-packages/celery/app/trace.py", line 453, in trace_task\n'
    "    R = retval = fun(*args, **kwargs)\n"
    '  File "shop/rates.py", line 41, in rate_of\n'
    "    raise LookupError(f\"no rate of {currency} for {day}; known are {', '.join(rates)}\")\n"
    "LookupError: no rate of SEK for 2026-11-26; known are EUR, GBP\n",
}


def moment(now: int, seconds_ago: float) -> str:
    """RFC 3339, so many seconds before `now`."""
    at = dt.datetime.fromtimestamp(now / 1000 - seconds_ago, dt.UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def step_in(look: str, now: int, *, name: str = "", level: int = 1, **fields: Any) -> StepView:
    """A step with this look, named after it unless `name` is given."""
    status = {"blocked": "skipped", "allowed": "failure", "warn": "queued"}.get(look, look)
    step: dict[str, Any] = {
        "name": name or look,
        "task_name": f"shop.{name or look}",
        "queue": "default",
        "level": level,
        "depends_on": [],
        "status": status,
        "attempt": 1,
        "attempt_limit": 4,
        "start_time": moment(now, 13),
        "end_time": None if status == "running" else moment(now, 3.2),
        "duration": 13.0 if status == "running" else 9.8,
        "worker": "worker-1@shop",
        "error": None,
        "reason": None,
    }
    return cast(StepView, step | _OWN.get(look, {}) | fields)


_NEVER_STARTED = {"attempt": 0, "start_time": None, "end_time": None, "duration": None, "worker": None}
_OWN: Mapping[str, dict[str, Any]] = {
    "pending": _NEVER_STARTED,
    "queued": _NEVER_STARTED,
    "warn": _NEVER_STARTED,
    "running": {"progress": {"fraction": 0.64, "message": "30,912 of 48,250 orders"}},
    "retrying": {"attempt": 2, "error": ERROR},
    "failure": {"attempt": 4, "error": ERROR},
    "cancelled": {"reason": "cancelled on request"},
    "skipped": _NEVER_STARTED | {"reason": "data_size > 1000000 was false: 52,000", "blocked": False},
    "blocked": _NEVER_STARTED | {"reason": "failure has failed", "blocked": True},
    "allowed": {"error": ERROR, "allowed": True},
}


def execution_of(workflow_id: str, steps: list[StepView], now: int, status: str = "running") -> ExecutionView:
    """An execution with these steps; they come by level."""
    levels = [_level(number, steps) for number in range(1, max(step["level"] for step in steps) + 1)]
    done = sum(level["completed"] for level in levels)
    ended = status not in ("pending", "running")
    view = {
        "execution_id": f"{workflow_id}-20261122T100000-a1b2c3",
        "workflow_id": workflow_id,
        "workflow_version": "0123456789ab",
        "status": status,
        "cancel_requested": False,
        "start_time": moment(now, 42),
        "end_time": moment(now, 2) if ended else None,
        "duration": 40.0 if ended else 42.0,
        "progress": {
            "completed_steps": done,
            "total_steps": len(steps),
            "percentage": 100 * done // len(steps),
        },
        "levels": levels,
        "error": {**ERROR, "step": "failure"} if status == "failure" else None,
        "labels": {"region": "south"},
        "note": "with the forecast",
        "round": 1,
        "launched_from": None,
        "launched_again": None,
        "pinned": status == "success",
        "seq": 42,
        "input": {"city": "Lisbon", "order": 12345678901234567890},
        "result": {"report": {"pages": 14}} if status == "success" else None,
        "steps": steps,
    }
    return cast(ExecutionView, view)


def _level(number: int, steps: Iterable[StepView]) -> LevelView:
    own = [step for step in steps if step["level"] == number]
    counts = {status.value: sum(step["status"] == status for step in own) for status in StepStatus}
    allowed = sum(step.get("allowed", False) for step in own)
    decided = sum(step["status"] == "skipped" and not step.get("blocked") for step in own)
    completed = counts["success"] + allowed + decided
    return cast(
        LevelView, {"level": number, "total": len(own), "completed": completed, "allowed": allowed, **counts}
    )


def cards(now: int, status: str = "running") -> Board:
    """A node for every look, one for equal steps, one for a mapped step, and a branch with its two alternatives."""
    first, second = LOOKS[:5], LOOKS[5:10]
    items = cast(ItemsView, {**dict.fromkeys(StepStatus, 0), **ITEMS, "total": sum(ITEMS.values())})
    ways = [
        {
            "name": "large",
            "task": "failure",
            "type": "value_greater_than",
            "params": {"field": "n", "threshold": 9},
        },
        {"name": "default", "task": "skipped"},
    ]
    steps = [step_in(look, now) for look in first]
    steps[first.index("success")]["conditions"] = cast("list[ConditionView]", ways)
    steps += [
        step_in(look, now, level=2, depends_on=["success" if look in ("failure", "skipped") else before])
        for before, look in zip(first, second, strict=True)
    ]
    steps += [
        step_in(look, now, name=f"tile_{number}", level=2, depends_on=["running"], task_name="shop.draw_tile")
        for number, look in enumerate(STACKED, 1)
    ]
    steps.append(
        step_in(
            "running",
            now,
            name="resize_photos",
            level=2,
            depends_on=["queued"],
            map_over="input.photos",
            items=items,
        )
    )
    steps.insert(len(first), step_in("warn", now, queue="gpu"))
    return Board(execution_of("every_state", steps, now, status), _events(now), places=_places(steps, now))


def summaries(now: int) -> Iterator[ExecutionSummary]:
    """A row of a list in every status."""
    for number, status in enumerate(WorkflowStatus):
        yield {**cards(now, status).view, "execution_id": f"every_state-20261122T100000-{number}"}  # type: ignore[typeddict-unknown-key]


def lines(now: int) -> Board:
    """So many steps that each is a line; a level for every look, each step behind the one before it."""
    steps = [
        step_in(
            look,
            now,
            name=f"{look}_{row}",
            level=level,
            depends_on=[f"{LOOKS[level - 2]}_{row}"] if level > 1 else [],
        )
        for level, look in enumerate(LOOKS, 1)
        for row in range(1, ROWS + 1)
    ]
    return Board(execution_of("many_steps", steps, now), _events(now), places=_places(steps, now))


def _places(steps: Iterable[StepView], now: int) -> dict[str, QueuePosition]:
    """No worker consumes the queues of steps with this look; the others are next soon."""
    return {
        step["name"]: {
            "queue": step["queue"],
            "attempt": step["attempt"],
            "since": moment(now, 8),
            "ahead": 14,
            "next_of": None,
            "workers": 0 if step["name"].startswith("warn") else 1,
            "slots": 2,
            "busy": 2,
        }
        for step in steps
        if step["status"] == "queued"
    }


def _events(now: int) -> tuple[EventView, ...]:
    """One of each kind that the page shows."""
    told: list[dict[str, Any]] = [
        {"event": "execution_running"},
        {"event": "step_queued", "step": "queued"},
        {"event": "step_running", "step": "running", "attempt": 1, "worker": "worker-1@shop"},
        {"event": "step_success", "step": "success", "attempt": 1},
        {"event": "step_failure", "step": "failure", "attempt": 4},
        {"event": "step_cancelled", "step": "cancelled"},
        {"event": "step_skipped", "step": "skipped", "reason": "data_size > 1000000 was false: 52,000"},
        {"event": "step_retrying", "step": "retrying", "attempt": 2, "delay": 600.0},
    ]
    return tuple(
        cast(EventView, {"seq": seq, "time": moment(now, 9 - seq), **event})
        for seq, event in enumerate(told, 1)
    )


def timeline(now: int, *, ended: bool) -> TimelineView:
    """A row for every look; once ended, with its critical path."""
    board = cards(now, "failure" if ended else "running")
    courses = {step["name"]: StepHistory(*_course(step["status"])) for step in board.view["steps"]}
    rounds = [Round(0, 40_000 if ended else None)]
    return TimelineView(board, Timeline(launched=now - 42_000, now=now, rounds=rounds, courses=courses))


def _course(status: str) -> tuple[list[Attempt], int | None]:
    """The attempts of a step, and when it ended."""
    if status in ("pending", "skipped"):
        return [], None
    if status == "queued":
        return [Attempt(number=1, round=1, status="queued", queued=30_000)], None
    if status == "success":
        return [Attempt(number=1, round=1, status=status, queued=200, started=1_000, ended=5_000)], 5_000
    if status in ("retrying", "failure"):
        first = Attempt(
            number=1, round=1, status="failure", queued=6_000, started=7_000, ended=12_000, due=18_000
        )
        due = 60_000 if status == "retrying" else None
        last = Attempt(
            number=2, round=1, status="failure", queued=18_000, started=19_000, ended=38_000, due=due
        )
        return [first, last], None if due else 38_000
    ended = None if status == "running" else 34_000
    return [Attempt(number=1, round=1, status=status, queued=2_000, started=9_000, ended=ended)], ended


def log_line(now: int, severity: str) -> StepOutputView:
    """A line of this severity."""
    line = {
        "time": moment(now, 1),
        "event": "step_log",
        "step": "running",
        "level": 1,
        "attempt": 2 if severity == "error" else 1,
        "severity": severity,
        "message": f"30,000 of 48,250 orders converted ({severity})",
    }
    return cast(StepOutputView, line)


def connection_states() -> list[str]:
    """The values of the chip in the top bar."""
    chip = (paths.TEMPLATES / "components" / "_connection.html").read_text(encoding="utf-8")
    return re.findall(r'data-when="([\w-]+)"', chip)
