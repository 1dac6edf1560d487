"""Cancellations: of one execution, of the selected ones, and of all active ones."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from celeriac.engine.errors import ExecutionEnded
from celeriac.engine.manager import WorkflowManager
from celeriac.web.executions import page
from celeriac.web.executions.filters import ExecutionFilters
from celeriac.web.http.forms import Form, is_count, reading_form, see
from celeriac.web.request import actor_of, engine_of


def create(request: Request) -> Response:
    """`POST /executions/{execution_id}/cancellation`. An execution that has just ended shows how."""
    execution_id = request.path_params["execution_id"]
    try:
        engine_of(request).executions.cancel(execution_id, actor=actor_of(request))
    except ExecutionEnded:
        return see(f"/executions/{execution_id}?already_ended=1")
    return see(f"/executions/{execution_id}")


@reading_form
def create_many(request: Request, form: Form) -> Response:
    """`POST /executions/cancellations`: `scope=all` with the `count` confirmed, or `execution_id`s."""
    return _cancel_all(request, form) if form.one("scope") == "all" else _cancel_selected(request, form)


def _cancel_selected(request: Request, form: Form) -> Response:
    selected = list(dict.fromkeys(form.every("execution_id")))
    # Executions that ended or were deleted after the list was shown are skipped, and reported.
    cancelled = WorkflowManager(engine_of(request)).cancel_executions(selected, actor=actor_of(request))
    filters = ExecutionFilters.read(dict(form.fields))
    said = {"cancelled": str(cancelled), "not_cancelled": str(len(selected) - cancelled)}
    return see(filters.url(**said))


def _cancel_all(request: Request, form: Form) -> Response:
    """Asks again if more executions are active than were confirmed."""
    manager = WorkflowManager(engine_of(request))
    confirmed = form.one("count")
    expected = int(confirmed) if is_count(confirmed) else 0
    active = engine_of(request).executions.active()
    if len(active) > expected:
        return page.show_cancel_all(request, expected=expected, status=409)
    cancelled = manager.cancel_executions(active, actor=actor_of(request))
    return see(f"/executions?cancelled={cancelled}")
