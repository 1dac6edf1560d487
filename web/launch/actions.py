"""`POST /workflows/{workflow_id}/launch` and `…/validation`: launches from a form, or shows why not."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from celeriac.engine.errors import (
    BrokerUnavailable,
    CeleriacError,
    ExecutionNotFound,
    InvalidInput,
    StoreUnavailable,
)
from celeriac.engine.workflows.definition.views import WorkflowView
from celeriac.web.http.forms import Form, reading_form, see
from celeriac.web.launch import page
from celeriac.web.launch.form import LaunchForm, check, form_errors_of
from celeriac.web.request import actor_of, engine_of, settings_of
from celeriac.web.ui import rendering
from celeriac.web.ui.form_errors import FormError


@reading_form
def create(request: Request, form: Form) -> Response:
    # The launch checks the input against the schema; only what is not launched is checked here.
    checked = check(_launch_form(form), settings_of(request).max_input)
    if checked.input_data is None or checked.mistakes:
        workflow = _workflow(request)
        checked = check(checked.form, settings_of(request).max_input, workflow["input_schema"])
        return page.show(request, workflow, checked, status=422)
    try:
        launched = engine_of(request).executions.launch(
            request.path_params["workflow_id"],
            checked.input_data,
            labels=checked.labels,
            note=checked.note,
            idempotency_key=checked.form.idempotency_key,
            launched_from=checked.form.launched_from or None,
            actor=actor_of(request),
        )
    except ExecutionNotFound as error:
        # The next click launches anyway: with the typed fields, and without a link to the deleted execution.
        kept = replace(checked.form, launched_from="")
        refused = replace(checked, form=kept, mistakes=[FormError(field="", message=str(error))])
        return page.show(request, _workflow(request), refused, status=409)
    except (InvalidInput, BrokerUnavailable, StoreUnavailable) as error:
        # The typed text is kept, unless the store cannot be read for the page either.
        refused = replace(checked, mistakes=_mistakes(error, checked.form))
        return page.show(request, _workflow(request), refused, status=error.http_status)
    return see(f"/executions/{launched.execution_id}")


@reading_form
def validate(request: Request, form: Form) -> Response:
    """The fragments below the form and beside it, for what is typed now. Launches nothing; always 200."""
    workflow = _workflow(request)
    checked = check(_launch_form(form), settings_of(request).max_input, workflow["input_schema"])
    context = {"workflow": workflow, **page.fragment_context(request, workflow, checked)}
    return rendering.render(request, "launch/_validation.html", context)


def _workflow(request: Request) -> WorkflowView:
    return engine_of(request).workflows.get(request.path_params["workflow_id"])


def _launch_form(form: Form) -> LaunchForm:
    return LaunchForm(
        text=form.one("input"),
        labels=form.one("labels"),
        note=form.one("note"),
        key=form.one("key") or page.new_key(),
        launched_from=form.one("launched_from"),
    )


def _mistakes(error: CeleriacError, form: LaunchForm) -> list[FormError]:
    if isinstance(error, InvalidInput):
        return form_errors_of(error, form)
    return [FormError(field="", message=str(error))]
