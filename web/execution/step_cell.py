"""One step on the board, in the drawing and on its page: a look, a text, a clock. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from celeriac.engine.workflows.progress.states import StepStatus
from celeriac.engine.workflows.progress.views import EventView, ItemsView, QueuePosition, StepDetail, StepView
from celeriac.words.formats import milliseconds
from celeriac.words.i18n import _
from celeriac.words.waiting import position_text


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCell:
    """A step on the board. Times are milliseconds since 1970.

    For a retrying step, `end_ms` is the time of its next attempt, if known.
    """

    name: str
    status: str  # or a look, see `look_of`, or "warn" if no worker consumes its queue: for the glyph
    attempt: int
    start_ms: int | None
    end_ms: int | None
    text: str
    brief: str  # a shorter text, for lines of the drawing
    after: tuple[str, ...]
    percent: int | None = None  # of a running step whose task reports progress
    message: str = ""  # its message
    # Not shown, but a change requires a reload of an open page of the step:
    log_lines: int = 0
    items: tuple[int, ...] = ()  # of a mapped step, by status

    def as_patch(self) -> list[Any]:
        patch = [self.status, self.attempt, self.start_ms, self.end_ms, self.text, self.percent]
        return patch if self.brief == self.text else [*patch, self.brief]


def due_times(events: Iterable[EventView]) -> dict[str, int]:
    """The time of each step's next attempt, in ms, from its latest `step_retrying` event."""
    due: dict[str, int] = {}
    for event in events:
        if event["event"] == "step_retrying" and "delay" in event:
            due[event["step"]] = milliseconds(event["time"]) + round(event["delay"] * 1000)
    return due


class StepCells:
    """The cells of a watched execution: while a step does not change, its cell is the same object.

    Callers must pass the same views for unchanged steps (see `WorkflowEngine.executions.follow`).
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[StepView, _Around, StepCell]] = {}

    def cell_of(
        self,
        step: StepView,
        waits_for: tuple[str, ...],
        due: int | None,
        cancelling: bool,
        place: QueuePosition | None,
    ) -> StepCell:
        around = (waits_for, due, cancelling, place)
        known = self._known.get(step["name"])
        if known is None or known[0] is not step or known[1] != around:
            known = (step, around, cell_of(step, *around))
            self._known[step["name"]] = known
        return known[2]


_Around = tuple[tuple[str, ...], int | None, bool, QueuePosition | None]


def cell_of(
    step: StepView,
    waits_for: Sequence[str],
    due: int | None,
    cancelling: bool,
    place: QueuePosition | None = None,
) -> StepCell:
    """The cell of a step that depends on others, by name; `due` is the time of its next attempt, in ms.

    `place` is its position in its queue, if it waits in one and the position is known.
    """
    status = step["status"]
    start, end = step["start_time"], step["end_time"]
    if status in (StepStatus.PENDING, StepStatus.QUEUED):
        start = end = None  # left over from an earlier round or attempt
    end_ms = milliseconds(end) if end else None
    stopping = cancelling and not step.get("cleans_up")
    text = _text(step, waits_for, stopping, due is not None, place)
    return StepCell(
        name=step["name"],
        status="warn" if place and not place["workers"] else look_of(step),
        attempt=step["attempt"],
        start_ms=milliseconds(start) if start else None,
        end_ms=due if status == StepStatus.RETRYING else end_ms,
        text=text,
        brief=_brief(step, text, waits_for, due is not None, place),
        after=tuple(step["depends_on"]),
        percent=percent_of(step),
        message=(step["progress"]["message"] or "") if "progress" in step else "",
        log_lines=step.get("log_lines", 0),
        items=tuple(cast("dict[str, int]", step["items"]).values()) if "items" in step else (),
    )


def percent_of(step: StepView) -> int | None:
    """The progress that a running step has reported, rounded down."""
    return math.floor(step["progress"]["fraction"] * 100 + 1e-6) if "progress" in step else None


def look_of(step: StepView | StepDetail) -> str:
    """The status, or one of the two looks that a status does not show: `blocked`, `allowed`."""
    if step.get("blocked"):
        return "blocked"
    return "allowed" if step.get("allowed") else step["status"]


def items_text(items: ItemsView) -> str:
    """`17 of 100 done, 2 failed`."""
    parts = [_("{done} of {total} done").format(done=f"{items['success']:,}", total=f"{items['total']:,}")]
    if items["failure"]:
        parts.append(_("{n} failed").format(n=f"{items['failure']:,}"))
    return ", ".join(parts)


def _text(
    step: StepView, waits_for: Sequence[str], stopping: bool, due_known: bool, place: QueuePosition | None
) -> str:
    """The text below a step's name; a duration or countdown follows it."""
    attempt = step["attempt"]
    if "items" in step and step["attempt"] and step["status"] not in (StepStatus.PENDING, StepStatus.SKIPPED):
        counted = items_text(step["items"])
        return _("{items}, stopping").format(items=counted) if stopping else counted
    match StepStatus(step["status"]):
        case StepStatus.PENDING:
            if not waits_for:
                return _("waiting")
            words = _("waiting for {name}") if len(waits_for) == 1 else _("waiting for {name} and {n} more")
            return words.format(name=waits_for[0], n=len(waits_for) - 1)
        case StepStatus.QUEUED:
            if place and not place["workers"]:
                return _("queue {queue}: no worker").format(queue=step["queue"])
            return position_text(place) if place else _("in queue {queue}").format(queue=step["queue"])
        case StepStatus.RUNNING:
            percent = percent_of(step)
            word = _("running") if percent is None else _("{n} %").format(n=percent)
            word = _("stopping") if stopping else word
            return _("{word}, attempt {n}").format(word=word, n=attempt) if attempt > 1 else word
        case StepStatus.RETRYING:
            text = _("attempt {n} failed, retries in") if due_known else _("attempt {n} failed, will retry")
            return text.format(n=attempt)
        case StepStatus.SUCCESS:
            if step["reason"]:
                return _("done {reason}").format(reason=step["reason"])
            return _("done, attempt {n}").format(n=attempt) if attempt > 1 else _("done")
        case StepStatus.FAILURE:
            failed = _("failed, {n} attempts").format(n=attempt) if attempt > 1 else _("failed")
            return _("{failed}, allowed").format(failed=failed) if step.get("allowed") else failed
        case StepStatus.CANCELLED:
            unconfirmed = step.get("stopped") is False
            return _("cancelled, its worker did not confirm") if unconfirmed else _("cancelled")
        case StepStatus.SKIPPED:
            word = _brief_skip(step)
            return f"{word}: {step['reason']}" if step["reason"] else word


def _brief(
    step: StepView, text: str, waits_for: Sequence[str], due_known: bool, place: QueuePosition | None
) -> str:
    """A shorter `text`, without names and reasons."""
    match StepStatus(step["status"]):
        case StepStatus.PENDING:
            return _("waiting for {n}").format(n=len(waits_for)) if waits_for else text
        case StepStatus.QUEUED:
            return _queued_brief(place)
        case StepStatus.RETRYING:
            return _("again in") if due_known else _("will retry")
        case StepStatus.CANCELLED:
            return _("cancelled")
        case StepStatus.SUCCESS if step["reason"]:
            return _("done by hand")
        case StepStatus.FAILURE if step.get("allowed"):
            return _("failed, allowed")
        case StepStatus.SKIPPED:
            return _brief_skip(step)
    return text


def _queued_brief(place: QueuePosition | None) -> str:
    if place is None or (place["workers"] and not place["ahead"]):
        return _("queued")
    return _("{n} ahead").format(n=f"{place['ahead']:,}") if place["workers"] else _("no worker")


def _brief_skip(step: StepView) -> str:
    """Skipped by a decision, or kept from running by a failure."""
    return _("not run") if step.get("blocked") else _("skipped")
