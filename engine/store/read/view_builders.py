"""Builds views from stored executions. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from itertools import accumulate, pairwise
from typing import Any

from celeriac.engine.store.read.execution_record import ExecutionRecord, UnitState
from celeriac.engine.workflows.definition.definition import WorkflowDefinition
from celeriac.engine.workflows.definition.steps import ALWAYS
from celeriac.engine.workflows.progress.events import Reason, reason_text, rfc3339, worker_name
from celeriac.engine.workflows.progress.states import (
    COMPLETED_LETTERS,
    STATUS_OF_LETTER,
    Letter,
    StepStatus,
)
from celeriac.engine.workflows.progress.units import index_of, item_of
from celeriac.engine.workflows.progress.views import (
    ErrorView,
    ExecutionSummary,
    ItemsView,
    LevelView,
    StepView,
)


def level_views(vector: str, definition: WorkflowDefinition) -> list[LevelView]:
    """The counts of every level; the vector has the steps level by level."""
    bounds = accumulate((len(names) for names in definition.levels), initial=0)
    levels: list[LevelView] = []
    for number, (start, end) in enumerate(pairwise(bounds), 1):
        counts = Counter(vector[start:end])
        completed = sum(counts[letter] for letter in COMPLETED_LETTERS)
        own = {
            "level": number,
            "total": end - start,
            "completed": completed,
            "allowed": counts[Letter.ALLOWED_FAILURE],
        }
        levels.append(LevelView(**own, **by_status(counts)))  # type: ignore[typeddict-item]
    return levels


def by_status(counts: Mapping[str, int]) -> dict[str, int]:
    """The number of units per status, from the number of each letter."""
    found = {status.value: 0 for status in StepStatus}
    for letter, count in counts.items():
        found[STATUS_OF_LETTER[letter]] += count
    return found


def summary_view(record: ExecutionRecord, error: ErrorView | None) -> ExecutionSummary:
    """The row of a list."""
    end = record.number(b"end")
    completed = sum(record.vector.count(letter) for letter in COMPLETED_LETTERS)
    total = len(record.vector)
    return {
        "execution_id": record.execution_id,
        "workflow_id": record.definition.workflow_id,
        "workflow_version": record.definition.version,
        "status": record.text(b"st"),
        "cancel_requested": b"cancel" in record.fields,
        "start_time": rfc3339(record.launched),
        "end_time": None if end is None else rfc3339(end),
        "duration": max(0, (record.now if end is None else end) - record.launched) / 1000,
        "progress": {
            "completed_steps": completed,
            "total_steps": total,
            "percentage": completed * 100 // total,
        },
        "levels": level_views(record.vector, record.definition),
        "error": error,
        "labels": json.loads(record.fields.get(b"lab", b"{}")),
        "note": record.text(b"note") or None,
        "round": int(record.fields[b"rnd"]),
        "launched_from": record.text(b"from") or None,
        "pinned": b"pin" in record.fields,
        "seq": record.seq,
    }


def step_view(
    record: ExecutionRecord, unit: str, state: UnitState, error: ErrorView | None, words: str = ""
) -> StepView:
    """The view of a step or item; `words` is the text that belongs to the reason of a skip."""
    step = record.definition.steps[index_of(unit)]
    letter = record.letter_of(unit)
    status = STATUS_OF_LETTER[letter]
    is_mapped = step.map_over is not None and item_of(unit) is None
    why = state.why or (
        f"{Reason.STOPPED}{record.text(b'stop')}"
        if letter == Letter.BLOCKED and b"stop" in record.fields
        else ""
    )
    view: StepView = {
        "name": step.name,
        "task_name": step.task_name,
        "queue": step.queue,
        "level": step.level,
        "depends_on": list(step.depends_on),
        "status": status.value,
        "attempt": state.attempt,
        # A mapped step has one attempt per round; its items are retried.
        "attempt_limit": state.base + 1 + (0 if is_mapped else step.retry_count),
        "start_time": moment(record, state.started),
        "end_time": moment(record, state.ended),
        "duration": duration(record, state),
        "worker": worker_name(state.worker_id) or None,
        "error": error,
        "reason": reason_text(f"{why} {words}" if words else why, record.definition.steps),
    }
    if step.trigger == ALWAYS:
        view["cleans_up"] = True
    if step.conditions_json:
        view["conditions"] = step.ways
    if step.map_over is not None:
        view["map_over"] = step.map_over
    if item_of(unit) is None and (letters := record.items(step.index)):
        view["items"] = items_view(letters)
    if letter == Letter.QUEUED and why.startswith(Reason.TASK_MISSING):
        view["without_task"] = worker_name(why.partition(" ")[2])
    if letter == Letter.ALLOWED_FAILURE:
        view["allowed"] = True
    if status is StepStatus.SKIPPED:
        view["blocked"] = letter == Letter.BLOCKED
    if status is StepStatus.CANCELLED:
        view["stopped"] = state.why != Reason.UNCONFIRMED
    return view


def items_view(letters: str) -> ItemsView:
    """The counts of the items with these letters."""
    # Several times as fast as a Counter of thousands of letters.
    counted = {letter.value: letters.count(letter) for letter in Letter}
    counts: ItemsView = {"total": len(letters), **by_status(counted)}  # type: ignore[typeddict-item]
    return counts


def moment(record: ExecutionRecord, offset: int | None) -> str | None:
    """A time in ms after the launch, as RFC 3339 text."""
    return None if offset is None else rfc3339(record.launched + offset)


def duration(record: ExecutionRecord, state: UnitState) -> float | None:
    """Seconds of the last attempt, until now while it runs."""
    if state.started is None:
        return None
    end = record.now - record.launched if state.ended is None else state.ended
    return max(0, end - state.started) / 1000


def first_failure(record: ExecutionRecord, raw: bytes | None) -> ErrorView | None:
    """The failure that an execution shows as its error; `raw` is the stored form."""
    if not raw:
        return None
    unit = record.text(b"err").partition("#")[0]
    view: ErrorView = {**error_view(raw), "step": record.definition.steps[index_of(unit)].name}
    if (item := item_of(unit)) is not None:
        view["item"] = item
    return view


def error_view(raw: bytes, traceback: bytes | None = None) -> ErrorView:
    """A stored error, with its traceback if that was read."""
    stored = json.loads(raw)
    view: ErrorView = {
        "kind": stored["kind"],
        "type": stored["type"],
        "message": stored["message"],
        "traceback": traceback.decode() if traceback else None,
    }
    if "final" in stored:
        view["final"] = stored["final"]
    return view


def load_json(raw: bytes | None) -> Any:
    """A stored JSON text, None if there is none."""
    return None if raw is None else json.loads(raw)
