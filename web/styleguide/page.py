"""`/patterns`, in development only: every component from the real partials, every state in every form."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse

from celeriac.engine.workflows.progress.output import SEVERITIES
from celeriac.engine.workflows.progress.states import WorkflowStatus
from celeriac.engine.workflows.progress.views import ExecutionSummary, HistoryPage
from celeriac.web.cleanup.page import TYPE_ABOVE, CleanupRule
from celeriac.web.execution.board import Board
from celeriac.web.execution.failure import failure_summary
from celeriac.web.execution.log_lines import LogLine
from celeriac.web.execution.pieces import page_context
from celeriac.web.execution.tracebacks import read_traceback
from celeriac.web.executions.filters import ExecutionFilters
from celeriac.web.help import samples
from celeriac.web.request import settings_of
from celeriac.web.ui.form_errors import FormError
from celeriac.web.ui.rendering import render
from celeriac.web.workflows.page import bars_of
from celeriac.words.i18n import _

MISTAKEN = '{\n  "city": "Lisbon",\n  "forcast": true\n}'


def page(request: Request) -> HTMLResponse:
    """`?form=` shows states as one of `FORMS`."""
    if not settings_of(request).development:
        raise HTTPException(404)
    now = time.time_ns() // 1_000_000
    asked = request.query_params.get("form", "")
    shown = asked if asked in FORMS else ""
    words = {
        "": _("Components"),
        "cards": _("Drawing"),
        "lines": _("Large drawing"),
        "board": _("Board"),
        "timeline": _("Timeline"),
        "ended": _("Timeline, ended"),
        "lists": _("Lists"),
    }
    context = {"forms": words, "shown": shown, **FORMS[shown](now)}
    return render(request, "styleguide/page.html", context)


def _of(board: Board) -> dict[str, Any]:
    return {**page_context(board), "drawing": board.drawing}


def _components(now: int) -> dict[str, Any]:
    board, failed = samples.lines(now), samples.cards(now, "failure")
    return {
        **_of(board),
        "failed": failed,
        "failure_answer": failure_summary(failed),
        "traceback": read_traceback(samples.ERROR["traceback"] or ""),
        "succeeded": samples.cards(now, "success"),
        "cancelling": {**board.view, "cancel_requested": True},
        "looks": samples.LOOKS,
        "connection_states": samples.connection_states(),
        "lines": [LogLine(samples.log_line(now, severity)) for severity in SEVERITIES.values()],
        "mistaken": MISTAKEN,
        "found": [
            FormError(
                field="p-input",
                message=_('forcast: unknown key; did you mean "forecast"?'),
                line=3,
                column=3,
                excerpt='  "forcast": true\n  ^',
            ),
            FormError(field="p-input", message=_("day: is required, but missing")),
        ],
        **_cleanup(now),
    }


def _cleanup(now: int) -> dict[str, Any]:
    preview = {
        "count": 31_560,
        "by_status": {"success": 31_500, "failure": 60},
        "by_workflow": {"every_state": 31_560},
        "oldest": samples.moment(now, 1e6),
        "before": str(now),
    }
    return {
        "preview": preview,
        "rule": CleanupRule(),
        "active": 42,
        "ended": 31_600,
        "type_above": TYPE_ABOVE,
    }


def _lists(now: int) -> dict[str, Any]:
    executions: list[ExecutionSummary] = list(samples.summaries(now))
    history: HistoryPage = {"executions": executions, "next": "older", "total": 10_000, "total_capped": True}
    return {
        "filters": ExecutionFilters(q="every"),
        "plain_filters": ExecutionFilters(),
        "between": None,
        "refused": "",
        "history": history,
        "counts": {"all": 10_000, **dict.fromkeys(WorkflowStatus, 3)},
        "workflow_ids": ["every_state"],
        "new": 3,
        "more": True,
        "bars": bars_of(executions),
    }


#: By the value of `?form=`.
FORMS: dict[str, Callable[[int], dict[str, Any]]] = {
    "": _components,
    "cards": lambda now: _of(samples.cards(now)),
    "lines": lambda now: _of(samples.lines(now)),
    "board": lambda now: _of(samples.cards(now)),
    "timeline": lambda now: _of(samples.cards(now)) | {"timeline": samples.timeline(now, ended=False)},
    "ended": lambda now: _of(samples.cards(now, "failure")) | {"timeline": samples.timeline(now, ended=True)},
    "lists": _lists,
}
