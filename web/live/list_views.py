"""What the live lists show, and the HTML that turns what a browser has into what it should have."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.exceptions import HTTPException

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.workflows.views import ExecutionSummary
from celeriac.web.execution_filters import ExecutionFilters
from celeriac.web.frame import count_active
from celeriac.web.live.messages import partial
from celeriac.web.pages import overview
from celeriac.web.rendering import render_partial

_ROW = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,95})~(\d{1,15})\Z")
MOST_ROWS = 200
NEW_COUNTED = 50

OVERVIEW_SECTIONS = {
    "overview-counts": "overview/_counts.html",
    "overview-troubles": "overview/_troubles.html",
    "overview-running": "overview/_running.html",
    "overview-finished": "overview/_finished.html",
}
#: What shows how many are active: beside the list's name in the rail, and on the button that cancels them all.
ACTIVE_COUNT = {"active-executions": "components/_active.html"}
CANCEL_ALL = {"cancel-all": "executions/_cancel_all.html"}
TABS = {"tabs": "executions/_tabs.html"}
_TICKING = re.compile(r'(data-since="[^"]+">)[^<]*')


class Sections:
    """Sections of a page by element id, each sent when it differs from what was sent last."""

    def __init__(self) -> None:
        self._sent: dict[str, str] = {}

    def changed(self, templates: Mapping[str, str], context: dict[str, Any]) -> str:
        html = []
        for element, template in templates.items():
            section = render_partial(template, context)
            still = _TICKING.sub(r"\1", section)
            if self._sent.get(element) != still:
                self._sent[element] = still
                html.append(partial(element, section))
        return "".join(html)


class ExecutionsView:
    """The rows of one page of the list, each with the sequence number the browser has of it."""

    def __init__(self, engine: WorkflowEngine, query: Mapping[str, str]) -> None:
        self._engine = engine
        self._filters = ExecutionFilters.read(query)
        self._rows = dict(map(_row, filter(None, query.get("rows", "").split(",")[: MOST_ROWS + 1])))
        if len(self._rows) > MOST_ROWS:
            raise HTTPException(400, f"rows= may name at most {MOST_ROWS} executions")
        self._new: int | None = None  # what the page shows of them is not known
        self._sections = Sections()

    def changes(self, changed: frozenset[str] | None) -> str:
        looked_at = [row for row in self._rows if changed is None or row in changed]
        html = self._changed_rows(looked_at, certainly=changed is not None) + self._counts()
        unseen = changed is None or changed - self._rows.keys()
        return html + (self._new_ones() if unseen and not self._filters.cursor else "")

    def _counts(self) -> str:
        context: dict[str, Any] = {"active_everywhere": count_active(self._engine), "filters": self._filters}
        templates = ACTIVE_COUNT | CANCEL_ALL
        if not self._filters.narrowed:  # else the tabs count what the page lists, and that stays
            context["counts"] = self._engine.count_executions(workflow_id=self._filters.workflow_id or None)
            templates |= TABS
        return self._sections.changed(templates, context)

    def _changed_rows(self, rows: list[str], *, certainly: bool) -> str:
        found = {execution["execution_id"]: execution for execution in self._engine.get_executions(rows)}
        html = []
        for row in rows:
            execution = found.get(row)
            if execution is None:
                del self._rows[row]
                html.append(partial(f"x-{row}", "", swap="delete"))
            elif certainly or execution["seq"] != self._rows[row]:
                self._rows[row] = execution["seq"]
                html.append(
                    partial(f"x-{row}", render_partial("executions/_row.html", {"execution": execution}))
                )
        return "".join(html)

    def _new_ones(self) -> str:
        arguments = self._filters.arguments(dt.datetime.now(dt.UTC))
        page = self._engine.get_execution_history(limit=NEW_COUNTED, **arguments)
        new = _before_first(page["executions"], self._rows)
        if new == self._new:
            return ""
        self._new = new
        context = {"filters": self._filters, "new": new, "more": new == NEW_COUNTED}
        return partial("new-executions", render_partial("executions/_new.html", context))


class OverviewView:
    """The sections of the overview."""

    def __init__(self, engine: WorkflowEngine) -> None:
        self._engine = engine
        self._sections = Sections()

    def changes(self, changed: frozenset[str] | None) -> str:
        context = overview.context(self._engine) | {"active_everywhere": count_active(self._engine)}
        return self._sections.changed(OVERVIEW_SECTIONS | ACTIVE_COUNT, context)


def rows_parameter(executions: Iterable[ExecutionSummary]) -> str:
    """The value of `rows=` for a page that shows these."""
    return ",".join(f"{execution['execution_id']}~{execution['seq']}" for execution in executions)


def _row(text: str) -> tuple[str, int]:
    match = _ROW.match(text)
    if match is None:
        raise HTTPException(400, f"{text[:120]!r} in rows= is not of the form execution~sequence")
    return match[1], int(match[2])


def _before_first(executions: list[ExecutionSummary], shown: Mapping[str, int]) -> int:
    """How many executions come before the first one that is shown."""
    for position, execution in enumerate(executions):
        if execution["execution_id"] in shown:
            return position
    return len(executions)
