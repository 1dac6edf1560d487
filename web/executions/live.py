"""The open list of executions: the HTML that updates a browser's rows to the current state.

`GET /stream?view=executions&rows=ID~SEQ,…&<filters>`: visible rows are replaced as they change; new ones are only counted
("3 new"), so that nothing moves under the pointer.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.exceptions import HTTPException

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.workflows.progress.views import ExecutionSummary
from celeriac.web.executions.filters import ExecutionFilters
from celeriac.web.streaming.messages import partial
from celeriac.web.streaming.sections import ACTIVE_COUNT, Sections
from celeriac.web.ui.layout import count_active
from celeriac.web.ui.rendering import render_partial

_ROW = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,95})~(\d{1,15})\Z")
MOST_ROWS = 200
NEW_COUNTED = 50

CANCEL_ALL = {"cancel-all": "executions/_cancel_all.html"}
TABS = {"tabs": "executions/_tabs.html"}


class ExecutionsView:
    """The rows of one page of the list, each with the sequence number the browser has of it."""

    def __init__(self, engine: WorkflowEngine, query: Mapping[str, str]) -> None:
        self._engine = engine
        self._filters = ExecutionFilters.read(query)
        self._rows = dict(map(_row, filter(None, query.get("rows", "").split(",")[: MOST_ROWS + 1])))
        if len(self._rows) > MOST_ROWS:
            raise HTTPException(400, f"rows= accepts at most {MOST_ROWS} executions")
        self._new: int | None = None  # the page's content is unknown
        self._sections = Sections()

    def changes(self, changed: frozenset[str] | None) -> str:
        looked_at = [row for row in self._rows if changed is None or row in changed]
        html = self._changed_rows(looked_at, certainly=changed is not None) + self._counts()
        unseen = changed is None or changed - self._rows.keys()
        return html + (self._new_ones() if unseen and not self._filters.cursor else "")

    def _counts(self) -> str:
        context: dict[str, Any] = {"active_everywhere": count_active(self._engine), "filters": self._filters}
        templates = ACTIVE_COUNT | CANCEL_ALL
        if not self._filters.narrowed:  # else the tabs count the rows of the page, which does not change
            context["counts"] = self._engine.executions.count(workflow_id=self._filters.workflow_id or None)
            templates |= TABS
        return self._sections.changed(templates, context)

    def _changed_rows(self, rows: list[str], *, certainly: bool) -> str:
        found = {execution["execution_id"]: execution for execution in self._engine.executions.rows(rows)}
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


def rows_parameter(executions: Iterable[ExecutionSummary]) -> str:
    """The value of `rows=` for a page with these rows."""
    return ",".join(f"{execution['execution_id']}~{execution['seq']}" for execution in executions)


def _row(text: str) -> tuple[str, int]:
    match = _ROW.match(text)
    if match is None:
        raise HTTPException(400, f"{text[:120]!r} in rows= is not of the form execution~sequence")
    return match[1], int(match[2])


def _before_first(executions: list[ExecutionSummary], shown: Mapping[str, int]) -> int:
    """The number of executions before the first one on the page."""
    for position, execution in enumerate(executions):
        if execution["execution_id"] in shown:
            return position
    return len(executions)
