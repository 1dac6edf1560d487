"""Saves and deletes workflows written on a page, and previews them while they are typed."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from celeriac.engine.errors import (
    CeleriacError,
    Conflict,
    InvalidDefinition,
    StoreUnavailable,
    WorkflowNotFound,
)
from celeriac.web.definitions import page
from celeriac.web.definitions.form import (
    CheckedDefinitionForm,
    DefinitionForm,
    check,
    form_error_of_another_base,
)
from celeriac.web.http.forms import Form, reading_form, see
from celeriac.web.request import actor_of, engine_of
from celeriac.web.ui import rendering
from celeriac.web.ui.form_errors import FormError


@reading_form
def create(request: Request, form: Form) -> Response:
    """`POST /workflows/new`. 303 to the workflow, or the page with the text as typed."""
    return _save(request, _form(form, form.one("workflow_id").strip()), form, new=True)


@reading_form
def update(request: Request, form: Form) -> Response:
    """`POST /workflows/{workflow_id}/edit`."""
    workflow_id = request.path_params["workflow_id"]
    if not form.one("base"):
        engine_of(request).workflows.get(workflow_id)  # it can only be edited if it existed
    return _save(request, _form(form, workflow_id), form, new=False)


@reading_form
def validate_new(request: Request, form: Form) -> Response:
    """The fragments below and beside the form for the current text. Saves nothing; always 200."""
    return _validated(request, _form(form, form.one("workflow_id").strip()))


@reading_form
def validate(request: Request, form: Form) -> Response:
    workflow = engine_of(request).workflows.get(request.path_params["workflow_id"])
    return _validated(request, _form(form, workflow["workflow_id"]))


def delete(request: Request) -> Response:
    """`POST /workflows/{workflow_id}/deletion`. Raises `WorkflowNotFound` and `WorkflowOfCode`."""
    engine_of(request).workflows.delete(request.path_params["workflow_id"], actor=actor_of(request))
    return see("/workflows")


def _save(request: Request, typed: DefinitionForm, form: Form, *, new: bool) -> Response:
    catalogue = engine_of(request).workflows
    try:
        checked = check(typed, catalogue)
        if form.one("check"):
            return page.show(request, checked, new=new)
        if checked.mistakes:
            return page.show(request, checked, new=new, status=422)
        current, source = _current(request, typed.workflow_id)
        if current != typed.base and source != "code":
            return _changed_meanwhile(request, checked, current)
        catalogue.put(typed.workflow_id, checked.body, actor=actor_of(request))
    except (Conflict, InvalidDefinition, StoreUnavailable) as error:
        # On any error, the typed text is kept.
        refused = CheckedDefinitionForm(form=typed, mistakes=[_mistake(error)])
        return page.show(request, refused, new=new, status=error.http_status)
    return see(f"/workflows/{typed.workflow_id}")


def _changed_meanwhile(request: Request, checked: CheckedDefinitionForm, current: str) -> Response:
    """Shown once: the next submission replaces the version that was saved in the meantime."""
    mistake = form_error_of_another_base(checked.form, current)
    known = replace(checked.form, base=current)
    refused = replace(checked, form=known, mistakes=[mistake])
    return page.show(request, refused, new=not current, status=409)


def _validated(request: Request, typed: DefinitionForm) -> Response:
    checked = check(typed, engine_of(request).workflows)
    return rendering.render(request, "definitions/_validation.html", page.fragment_context(checked))


def _form(form: Form, workflow_id: str) -> DefinitionForm:
    return DefinitionForm(workflow_id=workflow_id, text=form.one("definition"), base=form.one("base"))


def _current(request: Request, workflow_id: str) -> tuple[str, str]:
    """Version and source of the workflow; two empty strings if there is none."""
    try:
        workflow = engine_of(request).workflows.get(workflow_id)
    except WorkflowNotFound:
        return "", ""
    return workflow["version"], workflow["source"]


def _mistake(error: CeleriacError) -> FormError:
    return FormError(field="", message=str(error))
