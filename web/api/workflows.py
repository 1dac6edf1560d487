"""/api/v1/workflows: what can be launched, how it is defined, and which versions there were."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from celeriac.engine.catalogue import WorkflowCatalogue
from celeriac.web.answers import JsonAnswer
from celeriac.web.api.bodies import with_json, without_body
from celeriac.web.state import engine_of

#: Of each workflow in the list; the rest is at its own address.
LISTED = ("workflow_id", "version", "source", "description", "step_count")


def index(request: Request) -> Response:
    workflows = engine_of(request).list_workflows()
    return JsonAnswer({"workflows": [{name: each[name] for name in LISTED} for each in workflows]})  # type: ignore[literal-required]


def show(request: Request) -> Response:
    return JsonAnswer(engine_of(request).get_workflow(request.path_params["workflow_id"]))


@with_json
def put(request: Request, body: Any) -> Response:
    """201 when there was no such workflow, else 200, changed or not; the answer has the version."""
    catalogue = WorkflowCatalogue(engine_of(request))
    put = catalogue.put_definition(request.path_params["workflow_id"], body)
    return JsonAnswer(put.workflow, 201 if put.outcome == "created" else 200)


@without_body
def delete(request: Request) -> Response:
    """Only what came through the API. Executions and versions stay readable."""
    WorkflowCatalogue(engine_of(request)).delete_workflow(request.path_params["workflow_id"])
    return Response(status_code=204)


def versions(request: Request) -> Response:
    """The newest first."""
    workflow_id = request.path_params["workflow_id"]
    found = WorkflowCatalogue(engine_of(request)).list_versions(workflow_id)
    return JsonAnswer({"workflow_id": workflow_id, "versions": found})


def version(request: Request) -> Response:
    """`definition` is as PUT takes it."""
    workflow_id, name = request.path_params["workflow_id"], request.path_params["version"]
    return JsonAnswer(WorkflowCatalogue(engine_of(request)).get_version(workflow_id, name))
