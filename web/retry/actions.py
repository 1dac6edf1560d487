"""`POST /executions/{execution_id}/retry` and `…/steps/{step_name}/mark`: performs what the page before showed."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from celeriac.engine.errors import Conflict, ExecutionNotFound, InvalidInput
from celeriac.web.http.forms import Form, reading_form, see
from celeriac.web.request import actor_of, engine_of
from celeriac.web.retry import page
from celeriac.words.i18n import _


@reading_form
def retry(request: Request, form: Form) -> Response:
    """Requires the confirmed `round`: in another one, other steps may run again."""
    engine, execution_id = engine_of(request), request.path_params["execution_id"]
    from_step = form.one("from_step") or None
    found = engine.executions.rows([execution_id])
    if not found:
        raise ExecutionNotFound(execution_id=execution_id)
    if form.one("round") != str(found[0]["round"]):
        return page.show_retry(request, from_step, changed=True, status=409)
    try:
        engine.executions.retry(execution_id, from_step=from_step, actor=actor_of(request))
    except Conflict as error:
        return page.too_late(request, error, step=from_step)
    return see(f"/executions/{execution_id}")


@reading_form
def mark(request: Request, form: Form) -> Response:
    """`status` skipped or success, and the `reason`."""
    engine, execution_id = engine_of(request), request.path_params["execution_id"]
    name, status, reason = request.path_params["step_name"], form.one("status"), form.one("reason")
    item = request.path_params.get("item")
    step = engine.steps.get(execution_id, name, item=item)
    if status not in page.MARKS:
        return page.show_mark(request, step, "skipped", reason=reason, status=422)
    give_end = engine.steps.skip if status == "skipped" else engine.steps.succeed
    try:
        give_end(execution_id, name, reason, item=item, actor=actor_of(request))
    except InvalidInput:
        mistake = _("Give a reason of 1 to 200 characters; it is shown with the step.")
        return page.show_mark(request, step, status, reason=reason, mistake=mistake, status=422)
    except Conflict as error:
        return page.too_late(request, error, step=name)
    return see(page.url_of(execution_id, name, item))
