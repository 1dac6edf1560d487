"""`/executions`: the list with exact numbers for its actions; and the confirmation page for cancelling all."""

from __future__ import annotations

import datetime as dt
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from celeriac.engine.errors import InvalidInput
from celeriac.engine.workflows.progress.views import HistoryPage
from celeriac.web.executions.filters import BETWEEN, STATUSES, ExecutionFilters
from celeriac.web.executions.live import rows_parameter
from celeriac.web.http.forms import is_count, see
from celeriac.web.request import engine_of
from celeriac.web.ui import rendering, time_zones
from celeriac.web.ui.layout import count_active

PAGE_SIZE = 50
NOTHING: HistoryPage = {"executions": [], "next": None, "total": 0, "total_capped": False}


def page(request: Request) -> Response:
    engine, zone = engine_of(request), time_zones.chosen(request)
    if request.query_params.get("since") == BETWEEN:
        return see(ExecutionFilters.typed(request.query_params, zone).url())
    filters = ExecutionFilters.read(request.query_params)
    history, refused = NOTHING, ""
    try:
        if filters.status and filters.status not in STATUSES:
            known = ", ".join(STATUSES)
            raise InvalidInput(f"status {filters.status!r} is not one of {known}", pointer="/status")
        arguments = filters.arguments(dt.datetime.now(dt.UTC))
        history = engine.get_execution_history(limit=PAGE_SIZE, **arguments)
    except InvalidInput as error:
        refused = str(error)
    counts = engine.executions.count(workflow_id=filters.workflow_id or None)
    context = {
        "filters": filters,
        "between": filters.between(zone),
        "history": history,
        "refused": refused,
        "counts": counts,
        "active_everywhere": count_active(engine),
        "workflow_ids": engine.workflows.ids(),
        "said": _said(request),
        "live_rows": rows_parameter(history["executions"]),
    }
    return rendering.render(request, "executions/page.html", context, 422 if refused else 200)


def cancel_all_page(request: Request) -> HTMLResponse:
    """`GET /executions/cancellations`: the exact number, before anything is cancelled."""
    return show_cancel_all(request)


def show_cancel_all(request: Request, *, expected: int | None = None, status: int = 200) -> HTMLResponse:
    """`expected`: the confirmed number, if more are active by now."""
    engine = engine_of(request)
    context: dict[str, Any] = {
        # Counts of the store stop at a cap; the number to confirm must be exact.
        "active": len(engine.executions.active()),
        "counts": engine.executions.count(),
        "expected": expected,
    }
    return rendering.render(request, "executions/cancel_all.html", context, status)


def _said(request: Request) -> dict[str, int]:
    """The outcome of an action, from its redirect URL: numbers by `cancelled`, `not_cancelled`, `deleted`."""
    names = ("cancelled", "not_cancelled", "deleted")
    given = {name: request.query_params.get(name, "") for name in names}
    return {name: int(text) for name, text in given.items() if is_count(text)}
