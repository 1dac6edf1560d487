"""`/cleanup`: shows exactly how many executions are removed and how many stay, before anything is removed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from celeriac.engine.manager import WorkflowManager
from celeriac.engine.workflows.progress.states import ACTIVE_STATUSES, ENDED_STATUSES
from celeriac.web.http.forms import is_count
from celeriac.web.request import engine_of
from celeriac.web.ui import rendering
from celeriac.words.i18n import _

#: Above this number the user must type it: a single click must not remove so many.
TYPE_ABOVE = 1000
MOST_HOURS = 87_600  # ten years


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanupRule:
    """The filters: `hours` as typed, the selected statuses, and the problems of either."""

    hours: str = "24"
    statuses: tuple[str, ...] = tuple(ENDED_STATUSES)
    mistakes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, given: Mapping[str, str], statuses: Sequence[str]) -> CleanupRule:
        """From a query or form; without `max_age_hours` every status, 24 hours."""
        if "max_age_hours" not in given:
            return cls()
        rule = cls(hours=given["max_age_hours"].strip(), statuses=tuple(statuses))
        rule.mistakes.update(_mistakes(rule))
        return rule

    @property
    def max_age_hours(self) -> float:
        return float(self.hours)


def _mistakes(rule: CleanupRule) -> dict[str, str]:
    mistakes = {}
    try:
        hours = float(rule.hours)
    except ValueError:
        hours = math.nan
    if not 0 <= hours <= MOST_HOURS:
        mistakes["max_age_hours"] = _("A number from 0 to {most} is expected, not {given}.").format(
            most=f"{MOST_HOURS:,}", given=repr(rule.hours)
        )
    unknown = [status for status in rule.statuses if status not in ENDED_STATUSES]
    if unknown or not rule.statuses:
        mistakes["statuses"] = _("At least one of {known} is expected.").format(
            known=", ".join(ENDED_STATUSES)
        )
    return mistakes


def page(request: Request) -> HTMLResponse:
    rule = CleanupRule.read(request.query_params, request.query_params.getlist("statuses"))
    return show(request, rule, status=422 if rule.mistakes else 200)


def show(
    request: Request, rule: CleanupRule, *, before: str | None = None, again: str = "", status: int = 200
) -> HTMLResponse:
    """The form and, if the filters are valid, its preview. `before` and `again`: of a refused confirmation, and why."""
    engine = engine_of(request)
    preview = None
    if not rule.mistakes:
        preview = WorkflowManager(engine).preview_cleanup(
            rule.max_age_hours, statuses=rule.statuses, before=before
        )
    counts = engine.executions.count()
    removed = request.query_params.get("removed", "")
    context: dict[str, Any] = {
        "rule": rule,
        "preview": preview,
        "again": again,
        "active": sum(counts.get(status, 0) for status in ACTIVE_STATUSES),
        "ended": sum(counts.get(status, 0) for status in ENDED_STATUSES),
        "ended_statuses": ENDED_STATUSES,
        "type_above": TYPE_ABOVE,
        "removed": int(removed) if is_count(removed) else None,
    }
    return rendering.render(request, "cleanup/page.html", context, status)
