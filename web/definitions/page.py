"""`/workflows/new`, and `/edit`, `/deletion` and `/versions` of a workflow: workflows written on a page, as JSON."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from celeriac.engine.workflows.definition.differences import differences
from celeriac.engine.workflows.definition.schema import definition_schema, step_schema
from celeriac.engine.workflows.json.readable_json import readable_json
from celeriac.engine.workflows.progress.states import ACTIVE_STATUSES
from celeriac.web.definitions.form import CheckedDefinitionForm, DefinitionForm, check
from celeriac.web.request import engine_of
from celeriac.web.ui import rendering
from celeriac.web.workflows.input_fields import input_fields

#: Characters per line of the editor, if the window is wide enough for the plan beside it.
WIDTH = 72
#: The initial text of an empty editor: the smallest definition with a dependency.
START: dict[str, Any] = {
    "description": "",
    "steps": [
        {"name": "first", "task_name": "noop"},
        {"name": "second", "task_name": "noop", "depends_on": ["first"]},
    ],
}


def new_page(request: Request) -> HTMLResponse:
    """`?from=` a workflow (and `&version=`) starts with a copy of it."""
    source, version = request.query_params.get("from"), request.query_params.get("version")
    definition = _definition_of(request, source, version) if source else START
    form = DefinitionForm(workflow_id="", text=readable_json(definition, WIDTH, opened=2))
    return show(request, check(form, engine_of(request).workflows), new=True, source=source)


def edit_page(request: Request) -> HTMLResponse:
    """`?version=` starts with an earlier version. A workflow of code cannot be edited; the page shows the alternatives."""
    workflow = engine_of(request).workflows.get(request.path_params["workflow_id"])
    workflow_id = workflow["workflow_id"]
    if workflow["source"] != "api":
        return rendering.render(request, "definitions/of_code.html", {"workflow": workflow}, 409)
    definition = _definition_of(request, workflow_id, request.query_params.get("version"))
    form = DefinitionForm(
        workflow_id=workflow_id, text=readable_json(definition, WIDTH, opened=2), base=workflow["version"]
    )
    return show(request, check(form, engine_of(request).workflows), new=False)


def show(
    request: Request,
    checked: CheckedDefinitionForm,
    *,
    new: bool,
    source: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    """The editor with the text as typed, its problems, and the drawing of the valid part."""
    context = {
        "new": new,
        "source": source,
        "announced": engine_of(request).workflows.announced(),
        "keys": input_fields(definition_schema()),
        "fields": input_fields(step_schema()),
        **fragment_context(checked),
    }
    return rendering.render(request, "definitions/edit.html", context, status)


def fragment_context(checked: CheckedDefinitionForm) -> dict[str, Any]:
    """`checked`, and the plan to draw (`workflow` may be None): the parts that change while typing."""
    steps = checked.workflow["steps"] if checked.workflow else []
    return {
        "checked": checked,
        "workflow": checked.workflow,
        "steps": {step["name"]: step for step in steps},
    }


def deletion_page(request: Request) -> HTMLResponse:
    """Asks for confirmation, with the number of active executions, which continue."""
    engine = engine_of(request)
    workflow = engine.workflows.get(request.path_params["workflow_id"])
    counts = engine.executions.count(workflow_id=workflow["workflow_id"])
    active = sum(counts.get(status, 0) for status in ACTIVE_STATUSES)
    return rendering.render(request, "definitions/delete.html", {"workflow": workflow, "active": active})


def versions_page(request: Request) -> HTMLResponse:
    """Compares `?from=` and `?to=`, or the two newest. Raises `WorkflowNotFound`, `VersionNotFound`."""
    catalogue, workflow_id = engine_of(request).workflows, request.path_params["workflow_id"]
    versions = catalogue.versions(workflow_id)
    newer = request.query_params.get("to") or versions[0]["version"]
    older = request.query_params.get("from") or versions[min(1, len(versions) - 1)]["version"]
    compared = [catalogue.version(workflow_id, each)["definition"] for each in (older, newer)]
    context = {
        "workflow_id": workflow_id,
        "versions": versions,
        "older": older,
        "newer": newer,
        "found": differences(*compared) if len(versions) > 1 else None,
        "editable": any(each["current"] and each["source"] == "api" for each in versions),
    }
    return rendering.render(request, "definitions/versions.html", context)


def _definition_of(request: Request, workflow_id: str, version: str | None) -> dict[str, Any]:
    """Of the current version by default. Raises `WorkflowNotFound`, `VersionNotFound`."""
    engine = engine_of(request)
    wanted = version or engine.workflows.get(workflow_id)["version"]
    return engine.workflows.version(workflow_id, wanted)["definition"]
