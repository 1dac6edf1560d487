"""The content of the execution page: texts, counts and bars. Pure; shared by page and stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from celeriac.engine.executions import ExecutionRecord
from celeriac.engine.workflows.progress.events import rfc3339
from celeriac.engine.workflows.progress.states import ENDED_STATUSES, FURTHEST_FIRST, StepStatus
from celeriac.engine.workflows.progress.views import (
    EventView,
    ExecutionView,
    FailureView,
    QueuePosition,
    StepView,
    WaitingView,
)
from celeriac.engine.workflows.progress.waiting import is_in_queue, waiting_view
from celeriac.web.execution.counts import Counts, LevelColumn, counts_of, item_counts, level_column
from celeriac.web.execution.step_cell import StepCell, StepCells, due_times
from celeriac.web.plan.critical_lines import critical_keys, path_data
from celeriac.web.plan.drawing import Drawing, drawing_of, stacks_of
from celeriac.words import sentences
from celeriac.words.formats import milliseconds as milliseconds
from celeriac.words.i18n import _
from celeriac.words.sentences import EventLine
from celeriac.words.waiting import WaitWords, positions_by_queue, wait_words

#: Rows of "Now" and of "Latest events".
NOW_ROWS, EVENT_ROWS = 6, 8

_OPEN = frozenset(status.value for status in StepStatus if not status.ended)
_MARKS = {"pending": "○", "running": "◐", "success": "✓", "failure": "✕", "cancelled": "■"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NowRow:
    cell: StepCell
    sentence: str  # may be empty while it waits
    wait: WaitWords | None


@dataclass(frozen=True)
class Board:
    """One execution as shown: `view` from the engine, `events` its latest ones, oldest first.

    `places` are the queue positions of some waiting steps, by name; those of earlier attempts are ignored.
    """

    view: ExecutionView
    events: tuple[EventView, ...]
    expanded: int = 0  # the level to show in full, even if it is crowded; 0 for none
    failure: FailureView | None = None  # the failure behind the error of the view
    #: Shared by successive boards of one watched execution.
    made: StepCells = field(default_factory=StepCells, compare=False)
    places: Mapping[str, QueuePosition] = field(default_factory=dict)
    #: The execution as read from the store; None in a board that was made from an earlier one.
    read: ExecutionRecord | None = field(default=None, compare=False)

    @property
    def seq(self) -> int:
        return self.view["seq"]

    @property
    def ended(self) -> bool:
        return self.view["status"] in ENDED_STATUSES

    @property
    def cancelling(self) -> bool:
        return self.view["cancel_requested"] and not self.ended

    @cached_property
    def step_cells(self) -> dict[str, StepCell]:
        open_steps = {step["name"] for step in self.view["steps"] if step["status"] in _OPEN}
        due, cancelling = self._due, self.cancelling
        return {
            step["name"]: self.made.cell_of(
                step,
                tuple(name for name in step["depends_on"] if name in open_steps)
                if step["status"] == "pending"
                else (),
                due.get(step["name"]),
                cancelling,
                self._place_of(step),
            )
            for step in self.view["steps"]
        }

    @cached_property
    def levels(self) -> tuple[LevelColumn, ...]:
        columns: dict[int, list[StepCell]] = {}
        for step in self.view["steps"]:
            columns.setdefault(step["level"], []).append(self.step_cells[step["name"]])
        return tuple(
            level_column(level, columns.get(level["level"], []), expanded=level["level"] == self.expanded)
            for level in self.view["levels"]
        )

    @cached_property
    def group_counts(self) -> dict[str, Counts]:
        """For the nodes of the drawing that show several steps, by key."""
        stacks = stacks_of(self.view["workflow_id"], self.view["workflow_version"], self.view["steps"])
        equal = {
            stack.key: counts_of([self.step_cells[name].status for name in stack.steps]) for stack in stacks
        }
        mapped = {
            step["name"]: item_counts(step.get("items"), self.step_cells[step["name"]])
            for step in self.view["steps"]
            if step.get("map_over")
        }
        return equal | mapped

    def state_of(self, key: str) -> str:
        """The status of a node of the drawing."""
        return self.group_counts[key].state if key in self.group_counts else self.step_cells[key].status

    @property
    def drawing(self) -> Drawing | None:
        """None if the plan is too large to be drawn."""
        return drawing_of(self.view["workflow_id"], self.view["workflow_version"], self.view["steps"])

    @cached_property
    def critical(self) -> tuple[str, ...]:
        """Keys of the drawing's nodes on the critical path, first to last, once the execution has ended."""
        return critical_keys(self.view["steps"], self.drawing) if self.ended and self.drawing else ()

    @property
    def critical_lines(self) -> str:
        """SVG path data of the lines between them."""
        return path_data(self.critical, self.drawing) if self.drawing else ""

    @cached_property
    def counts(self) -> dict[str, int]:
        """The number of steps per status."""
        counts = {status.value: 0 for status in StepStatus}
        for step in self.view["steps"]:
            counts[step["status"]] += 1
        return counts

    @cached_property
    def totals(self) -> dict[str, Any]:
        """The counts of the whole execution, as text; `percentage` is a number."""
        progress = self.view["progress"]
        done, total = progress["completed_steps"], progress["total_steps"]
        return {
            "steps": _("{done} of {total}").format(done=done, total=total),
            "percentage": progress["percentage"],
            "percent": _("{n} %").format(n=progress["percentage"]),
            "title": self._title(done, total),
            "say": self._say(done, total),
        }

    @property
    def can_be_retried(self) -> bool:
        """Whether a step failed, was cancelled or could not run because of a failure."""
        progress = self.view["progress"]
        return self.ended and progress["completed_steps"] < progress["total_steps"]

    @property
    def blocked(self) -> int:
        """The number of steps that a failure kept from running."""
        return sum(cell.status == "blocked" for cell in self.step_cells.values())

    @property
    def has_output(self) -> bool:
        """Whether a running step has output: output arrives without a new sequence number."""
        return any(cell.percent is not None or cell.log_lines for cell in self.step_cells.values())

    @property
    def maps(self) -> bool:
        """Whether items of a step run."""
        return any(step["status"] == StepStatus.RUNNING and "items" in step for step in self.view["steps"])

    @property
    def status(self) -> str:
        """The text of the chip: the status, or "cancelling"."""
        return "cancelling" if self.cancelling else self.view["status"]

    @cached_property
    def now(self) -> tuple[NowRow, ...]:
        """Current activity, most important first: running steps, waiting attempts and slots, the next steps."""
        return tuple(
            NowRow(
                cell=self.step_cells[step["name"]],
                sentence=sentences.now_sentence(step),
                wait=wait_words(self.waiting(step)),
            )
            for step in self._active[:NOW_ROWS]
        )

    def waiting(self, step: StepView) -> WaitingView | None:
        """Why it waits; None if it does not."""
        due = self._due.get(step["name"])
        until = None if due is None else rfc3339(due)
        return waiting_view(step, self.steps, place=self._place_of(step), until=until)

    @cached_property
    def steps(self) -> dict[str, StepView]:
        return {step["name"]: step for step in self.view["steps"]}

    @cached_property
    def _due(self) -> dict[str, int]:
        return due_times(self.events)

    @cached_property
    def _queues(self) -> dict[str, QueuePosition]:
        return positions_by_queue(self.places.values())

    def _place_of(self, step: StepView) -> QueuePosition | None:
        if not self.places or not is_in_queue(step):
            return None
        own = self.places.get(step["name"])
        return own if own and own["attempt"] == step["attempt"] else self._queues.get(step["queue"])

    @property
    def not_shown_now(self) -> int:
        return max(0, sum(step["status"] != StepStatus.PENDING for step in self._active) - NOW_ROWS)

    @cached_property
    def _active(self) -> list[StepView]:
        """Steps under way, and steps that only wait for these."""
        by_name = self.steps
        active = [
            step
            for step in self.view["steps"]
            if step["status"] in FURTHEST_FIRST
            and all(by_name[name]["status"] != StepStatus.PENDING for name in step["depends_on"])
        ]
        return sorted(active, key=lambda step: FURTHEST_FIRST.index(StepStatus(step["status"])))

    @property
    def latest(self) -> tuple[EventLine, ...]:
        """The latest events, newest first."""
        return tuple(sentences.event_line(event) for event in reversed(self.events[-EVENT_ROWS:]))

    @property
    def launched_ms(self) -> int:
        return milliseconds(self.view["start_time"])

    @property
    def cancelling_sentence(self) -> str:
        return sentences.cancelling_sentence(self.view["steps"])

    @property
    def cancelled_sentence(self) -> str:
        return sentences.cancelled_sentence(self.view)

    @property
    def idle_sentence(self) -> str:
        return sentences.idle_sentence(self.view)

    def _title(self, done: int, total: int) -> str:
        mark, workflow = _MARKS[self.view["status"]], self.view["workflow_id"]
        if not self.ended:
            return f"{mark} {done}/{total} {workflow} · Celeriac"
        return f"{mark} {workflow} {sentences.status_words()[self.view['status']].lower()} · Celeriac"

    def _say(self, done: int, total: int) -> str:
        parts = [_("{done} of {total} steps done").format(done=done, total=total)]
        if self.counts["running"]:
            parts.append(_("{n} running").format(n=self.counts["running"]))
        if failed := sum(cell.status == StepStatus.FAILURE for cell in self.step_cells.values()):
            parts.append(_("{n} failed").format(n=failed))
        return f"{sentences.status_words()[self.status]}: {', '.join(parts)}"


Shown = TypeVar("Shown")


def difference(before: Board | None, now: Board) -> dict[str, Any]:
    """The patch from a page showing `before` to one showing `now`; complete if `before` is None.

    `q` sequence number, `s` changed steps, `g` changed nodes of several steps, `l` changed levels, `r` changed totals,
    `c` the nodes of a new critical path, `full`: 1 for a complete patch.
    """
    patch: dict[str, Any] = {"q": now.seq}
    steps = _changed(before.step_cells if before else {}, now.step_cells)
    groups = _changed(before.group_counts if before else {}, now.group_counts)
    levels = _changed(_level_patches(before) if before else {}, _level_patches(now))
    totals = _changed(before.totals if before else {}, now.totals)
    parts = {
        "s": {name: cell.as_patch() for name, cell in steps.items()},
        "g": {key: counted.as_patch() for key, counted in groups.items()},
        "l": levels,
        "r": totals,
        "c": now.critical if before is None or before.critical != now.critical else (),
    }
    patch |= {key: part for key, part in parts.items() if part}
    if before is None:
        patch["full"] = 1
    return patch


def _changed(before: Mapping[str, Shown], now: Mapping[str, Shown]) -> dict[str, Shown]:
    return {key: shown for key, shown in now.items() if key not in before or before[key] != shown}


def _level_patches(board: Board) -> dict[str, list[Any]]:
    return {str(column.level): column.as_patch() for column in board.levels}


def is_news(patch: Mapping[str, Any]) -> bool:
    """Whether a patch contains more than the sequence number."""
    return patch.keys() != {"q"}
