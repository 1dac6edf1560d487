"""The combined state of several steps: of a level, or of one node of the drawing. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from celeriac.engine.workflows.progress.states import StepStatus
from celeriac.words.i18n import _

if TYPE_CHECKING:
    from celeriac.web.execution.step_cell import StepCell

#: A level with more steps is drawn as one bar, with only failed and active steps listed below it.
CROWDED = 30
#: Maximum number of steps listed below the bar of a crowded level.
LISTED = 24

_MOVING = (StepStatus.RUNNING, StepStatus.RETRYING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Counts of steps, and their combined state."""

    state: str  # a step status, for the glyph
    done: int
    moving: int
    failed: int
    dropped: int  # cancelled, or skipped without counting as completed
    total: int
    text: str

    @property
    def shares(self) -> tuple[tuple[str, int, int], ...]:
        """The bar: (status, first step, number of steps), in this order."""
        counts = (self.done, self.moving, self.failed, self.dropped)
        starts = (0, *accumulate(counts))
        return tuple(zip(("success", "running", "failure", "cancelled"), starts, counts, strict=False))

    def as_patch(self) -> list[Any]:
        return [self.state, self.done, self.moving, self.failed, self.dropped, self.total, self.text]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelColumn(Counts):
    """The steps of a level; its text is "2/3", or a word if something failed."""

    level: int
    steps: tuple[StepCell, ...]
    crowded: bool  # too many steps to show each

    @property
    def rest_sentence(self) -> str:
        """A summary of the steps that are not listed."""
        waiting = self.total - self.done - self.moving - self.failed - self.dropped
        return _("{done} done, {waiting} waiting, {dropped} dropped.").format(
            done=self.done, waiting=waiting, dropped=self.dropped
        )

    @property
    def listed(self) -> tuple[StepCell, ...]:
        """The steps with a line of their own: all, or for a crowded level the failed and active ones."""
        if not self.crowded:
            return self.steps
        failed = [cell for cell in self.steps if cell.status in (StepStatus.FAILURE, "allowed")]
        return tuple((failed + [cell for cell in self.steps if cell.status in _MOVING])[:LISTED])


def level_column(view: Mapping[str, Any], steps: Sequence[StepCell], *, expanded: bool) -> LevelColumn:
    """`view` is a `LevelView`; an expanded level shows all its steps."""
    text = f"{view['completed']}/{view['total']}"
    if failed := view["failure"] - view["allowed"]:
        text = _("failed") if view["total"] == 1 else _("{n} failed").format(n=failed)
    return LevelColumn(
        **_counted(view, view["completed"], view["total"]),
        text=text,
        level=view["level"],
        steps=tuple(steps),
        crowded=view["total"] > CROWDED and not expanded,
    )


def counts_of(looks: Sequence[str]) -> Counts:
    """For steps with these looks (`celeriac.web.execution.step_cell.look_of`); the text names those other than waiting."""
    counts = {status.value: looks.count(status) for status in StepStatus}
    allowed = looks.count("allowed")
    completed = counts["success"] + counts["skipped"] + allowed
    counts["failure"] += allowed
    counts["queued"] += looks.count("warn")
    counts["skipped"] += looks.count("blocked")
    counts["allowed"] = allowed
    counted = _counted(counts, completed, len(looks))
    return Counts(**counted, text=_words(counts) or _("waiting"))


def item_counts(items: Mapping[str, Any] | None, step: StepCell) -> Counts:
    """For the items of a mapped step (an `ItemsView`, None before they are known), which has its own state."""
    counts = items or dict.fromkeys((*StepStatus, "total"), 0)
    counted = _counted(counts, counts["success"], counts["total"])
    return Counts(**counted | {"state": step.status}, text=_words(counts) or step.brief)


def _words(counts: Mapping[str, int]) -> str:
    parts = [
        words.format(n=n)
        for n, words in (
            (counts["failure"] - counts.get("allowed", 0), _("{n} failed")),
            (counts.get("allowed", 0), _("{n} failed, allowed")),
            (counts["running"] + counts["retrying"], _("{n} running")),
            (counts["success"], _("{n} done")),
            (counts["skipped"], _("{n} skipped")),
            (counts["cancelled"], _("{n} cancelled")),
        )
        if n
    ]
    return " · ".join(parts)


def _counted(counts: Mapping[str, int], completed: int, total: int) -> dict[str, Any]:
    """The fields of a `Counts` except its text. `counts` are by status; `allowed` ones are failures, too."""
    allowed = counts.get("allowed", 0)
    skipped_by_decision = max(0, completed - counts["success"] - allowed)
    return {
        "state": _state(counts, completed, total),
        "done": completed,
        "moving": counts["running"] + counts["retrying"],
        "failed": counts["failure"] - allowed,
        "dropped": counts["cancelled"] + counts["skipped"] - skipped_by_decision,
        "total": total,
    }


def _state(counts: Mapping[str, int], completed: int, total: int) -> str:
    """The most important status of several steps: failed before active before waiting before ended."""
    if counts["failure"] > counts.get("allowed", 0):
        return "failure"
    for status in ("running", "retrying", "queued"):
        if counts[status]:
            return status
    if completed == total:
        return "skipped" if total and counts["skipped"] == total else "success"
    if counts["pending"]:
        return "running" if completed else "pending"
    return "cancelled" if counts["cancelled"] else "blocked"
