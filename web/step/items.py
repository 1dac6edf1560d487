"""The parts of a step's page besides its state: items by status, and the choice of a branch. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from celeriac.engine.workflows.conditions.conditions import describe
from celeriac.engine.workflows.progress.states import StepStatus
from celeriac.engine.workflows.progress.views import ExecutionView, ItemsPage, StepDetail

#: Items on a page.
PAGE_SIZE = 50
#: The most interesting ones first.
ORDER = (
    *(StepStatus.FAILURE, StepStatus.RUNNING, StepStatus.RETRYING, StepStatus.QUEUED, StepStatus.PENDING),
    *(StepStatus.SUCCESS, StepStatus.CANCELLED, StepStatus.SKIPPED),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemTable:
    """A page of items; `url` is the address of the step's page."""

    page: ItemsPage
    status: str  # the selected one, "" for all
    url: str

    @property
    def statuses(self) -> list[tuple[str, int]]:
        """The selectable statuses with their counts: those that occur, and the selected one."""
        counts: Mapping[str, int] = self.page["counts"]  # type: ignore[assignment]
        return [(each.value, counts[each]) for each in ORDER if counts[each] or each == self.status]

    @property
    def shares(self) -> list[tuple[str, int, int]]:
        """The bar of all items: (status, items before, items)."""
        before, found = 0, []
        for status, count in self.statuses:
            found.append((status, before, count))
            before += count
        return found

    @property
    def last(self) -> int:
        """The number of the last item shown, counted from 1 within the list."""
        return self.page["offset"] + len(self.page["items"])

    def address(self, status: str | None = None, offset: int = 0) -> str:
        """The address of this table with another status ("" for all), or from another item on."""
        chosen = self.status if status is None else status
        query = {"status": chosen, "offset": str(offset) if offset else ""}
        text = urlencode({name: value for name, value in query.items() if value})
        return f"{self.url}?{text}#items" if text else f"{self.url}#items"

    @property
    def previous(self) -> str | None:
        offset = self.page["offset"]
        return self.address(offset=max(0, offset - PAGE_SIZE)) if offset else None

    @property
    def following(self) -> str | None:
        return self.address(offset=self.last) if self.last < self.page["total"] else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One alternative of a branch."""

    name: str
    condition: str  # as text; "" for the default
    step: str
    look: str  # for its glyph: success if chosen, skipped if rejected, pending before
    reason: str  # why it was rejected


def ways_of(branch: StepDetail, execution: ExecutionView) -> list[Way]:
    """The alternatives of a branch in the order of evaluation; none for other steps."""
    reasons = {step["name"]: step["reason"] or "" for step in execution["steps"]}
    decided = branch["status"] == StepStatus.SUCCESS
    return [
        Way(
            name=way["name"],
            condition=describe({"type": way["type"], "params": way["params"]}) if "type" in way else "",
            step=way["task"],
            look="pending" if not decided else "success" if way["task"] == branch["chosen"] else "skipped",
            reason=reasons[way["task"]] if decided and way["task"] != branch["chosen"] else "",
        )
        for way in branch.get("conditions", [])
    ]
