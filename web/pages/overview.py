"""`/`: what needs somebody, what runs now, what ended last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from engine.engine import WorkflowEngine
from engine.workflows.states import ACTIVE_STATUSES, ENDED_STATUSES, WorkflowStatus
from engine.workflows.views import ExecutionSummary, HistoryPage
from web import rendering
from web.execution_filters import span_start
from web.state import engine_of

SHOWN = 8
#: A longer list of troubles pushes what runs off the screen; the count of failures above leads to all of them.
MOST_TROUBLES = 5
#: How many recent failures are looked at to say what needs attention.
FAILURES_READ = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Failures of one step of one workflow with the same kind of error; `latest` speaks for all."""

    latest: ExecutionSummary
    times: int
    since: str  # start time of the earliest of them


def page(request: Request) -> HTMLResponse:
    return rendering.render(request, "overview/page.html", context(engine_of(request)))


def context(engine: WorkflowEngine) -> dict[str, Any]:
    """`active` and `day`: HistoryPage per status (now; launched within 24 h), and what is listed."""
    since = span_start("24h", dt.datetime.now(dt.UTC))
    active = {status: engine.get_execution_history(status=status, limit=SHOWN) for status in ACTIVE_STATUSES}
    day = {
        status: engine.get_execution_history(status=status, since=since, limit=_wanted(status))
        for status in ENDED_STATUSES
    }
    running = [*active[WorkflowStatus.RUNNING]["executions"], *active[WorkflowStatus.PENDING]["executions"]]
    return {
        "active": active,
        "day": day,
        "troubles": group_failures(day[WorkflowStatus.FAILURE]["executions"])[:MOST_TROUBLES],
        "running": running[:SHOWN],
        "finished": _last_finished(engine, day.values()),
        "workflows": [] if running else engine.list_workflows(),
    }


def _wanted(status: WorkflowStatus) -> int:
    return FAILURES_READ if status is WorkflowStatus.FAILURE else SHOWN


def _last_finished(engine: WorkflowEngine, day: Iterable[HistoryPage]) -> list[ExecutionSummary]:
    """The executions that ended last; on a quiet day also those launched before it."""
    ended = [execution for page in day for execution in page["executions"]]
    if len(ended) < SHOWN:
        pages = [engine.get_execution_history(status=status, limit=SHOWN) for status in ENDED_STATUSES]
        ended = [execution for page in pages for execution in page["executions"]]
    return sorted(ended, key=lambda execution: execution["end_time"] or "", reverse=True)[:SHOWN]


def group_failures(failures: Iterable[ExecutionSummary]) -> list[Trouble]:
    """Failures, newest first, put together by workflow, step and type of error: one cause is one line."""
    groups: dict[tuple[str, str, str], list[ExecutionSummary]] = {}
    for execution in failures:
        error = execution["error"]
        cause = (error.get("step", ""), error["type"]) if error else ("", "")
        groups.setdefault((execution["workflow_id"], *cause), []).append(execution)
    return [
        Trouble(latest=group[0], times=len(group), since=min(one["start_time"] for one in group))
        for group in groups.values()
    ]
