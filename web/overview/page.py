"""`/`: what needs attention, what is running, what ended last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.workflows.progress.states import ENDED_STATUSES, WorkflowStatus
from celeriac.engine.workflows.progress.views import ExecutionSummary
from celeriac.web.request import engine_of
from celeriac.web.ui import rendering
from celeriac.web.ui.time_spans import span_start

SHOWN = 8
#: A longer list of failures would push running executions off the screen; their count above links to all of them.
MOST_TROUBLES = 5
#: How many recent failures are read to find what needs attention.
FAILURES_READ = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Failures of one step of one workflow with the same kind of error; `latest` is shown for all."""

    latest: ExecutionSummary
    times: int
    since: str  # start time of the earliest one


def page(request: Request) -> HTMLResponse:
    return rendering.render(request, "overview/page.html", context(engine_of(request)))


def context(engine: WorkflowEngine) -> dict[str, Any]:
    """`now` and `day`: numbers per status (of all; of those launched within 24 h), and what is listed."""
    since = span_start("24h", dt.datetime.now(dt.UTC))
    running = _latest(engine, WorkflowStatus.RUNNING) + _latest(engine, WorkflowStatus.PENDING)
    failures = _latest(engine, WorkflowStatus.FAILURE, since=since, limit=FAILURES_READ)
    finished = [execution for status in ENDED_STATUSES for execution in _latest(engine, status)]
    return {
        "now": engine.executions.count(),
        "day": engine.executions.count(since=since),
        "troubles": group_failures(failures)[:MOST_TROUBLES],
        "running": running[:SHOWN],
        "finished": sorted(finished, key=_end_time, reverse=True)[:SHOWN],
        "workflows": [] if running else engine.workflows.summaries(most=SHOWN),
    }


def _latest(
    engine: WorkflowEngine, status: WorkflowStatus, *, since: str | None = None, limit: int = SHOWN
) -> list[ExecutionSummary]:
    return engine.get_execution_history(status=status, since=since, limit=limit)["executions"]


def _end_time(execution: ExecutionSummary) -> str:
    return execution["end_time"] or ""


def group_failures(failures: Iterable[ExecutionSummary]) -> list[Trouble]:
    """Failures, newest first, grouped by workflow, step and type of error: one cause is one line."""
    groups: dict[tuple[str, str, str], list[ExecutionSummary]] = {}
    for execution in failures:
        error = execution["error"]
        cause = (error.get("step", ""), error["type"]) if error else ("", "")
        groups.setdefault((execution["workflow_id"], *cause), []).append(execution)
    return [
        Trouble(latest=group[0], times=len(group), since=min(one["start_time"] for one in group))
        for group in groups.values()
    ]
