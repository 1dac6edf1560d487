"""`/workflows/{workflow_id}/launch`: the form (filled with the example or an earlier input), the plan, the code."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from celeriac.engine.workflows.definition.views import WorkflowView
from celeriac.web.launch.code import launch_code
from celeriac.web.launch.form import Checked, LaunchForm, check, write_labels
from celeriac.web.request import engine_of, settings_of
from celeriac.web.ui import rendering


def page(request: Request) -> HTMLResponse:
    workflow = engine_of(request).workflows.get(request.path_params["workflow_id"])
    source = request.query_params.get("from")
    form = _from_execution(request, source) if source else _from_example(workflow)
    checked = check(form, settings_of(request).max_input, workflow["input_schema"])
    return show(request, workflow, checked)


def show(
    request: Request,
    workflow: WorkflowView,
    checked: Checked,
    *,
    status: int = 200,
) -> HTMLResponse:
    """The page with the form as typed, with its mistakes."""
    steps = {step["name"]: step for step in workflow["steps"]}
    context = {"workflow": workflow, "steps": steps}
    context |= fragment_context(request, workflow, checked)
    return rendering.render(request, "launch/page.html", context, status)


def fragment_context(request: Request, workflow: WorkflowView, checked: Checked) -> dict[str, Any]:
    """`checked`, and `code` (LaunchCode or None): the parts that change while typing."""
    origin = str(request.base_url).rstrip("/")
    return {"checked": checked, "code": launch_code(workflow["workflow_id"], checked, origin)}


def new_key() -> str:
    """A key that identifies this form; the launch's Idempotency-Key is made from it."""
    return secrets.token_hex(12)


def _from_example(workflow: WorkflowView) -> LaunchForm:
    return LaunchForm(text=rendering.json_text(workflow["example_input"]), key=new_key())


def _from_execution(request: Request, execution_id: str) -> LaunchForm:
    """Raises `ExecutionNotFound`."""
    execution = engine_of(request).get_workflow_status(execution_id)
    return LaunchForm(
        text=rendering.json_text(execution["input"]),
        labels=write_labels(execution["labels"]),
        note=execution["note"] or "",
        key=new_key(),
        launched_from=execution_id,
    )
