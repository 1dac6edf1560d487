"""/api/v1/workflows: workflows, their definitions and their versions."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from celeriac.web.api.bodies import with_json, without_body
from celeriac.web.http.json_response import JsonResponse
from celeriac.web.request import actor_of, engine_of

#: The fields of a workflow in the list; its own address has the rest.
LISTED = ("workflow_id", "version", "source", "description", "step_count")


def index(request: Request) -> Response:
    workflows = engine_of(request).workflows.summaries()
    return JsonResponse({"workflows": [{name: each[name] for name in LISTED} for each in workflows]})  # type: ignore[literal-required]


def show(request: Request) -> Response:
    return JsonResponse(engine_of(request).workflows.get(request.path_params["workflow_id"]))


@with_json
def put(request: Request, body: Any) -> Response:
    """201 if the id is new, else 200, changed or not; the response has the version."""
    catalogue = engine_of(request).workflows
    put = catalogue.put(request.path_params["workflow_id"], body, actor=actor_of(request))
    return JsonResponse(put.workflow, 201 if put.outcome == "created" else 200)


@without_body
def delete(request: Request) -> Response:
    """Only workflows of the API. Executions and versions stay readable."""
    engine_of(request).workflows.delete(request.path_params["workflow_id"], actor=actor_of(request))
    return Response(status_code=204)


def versions(request: Request) -> Response:
    """Newest first."""
    workflow_id = request.path_params["workflow_id"]
    found = engine_of(request).workflows.versions(workflow_id)
    return JsonResponse({"workflow_id": workflow_id, "versions": found})


def version(request: Request) -> Response:
    """`definition` has the form that PUT takes."""
    workflow_id, name = request.path_params["workflow_id"], request.path_params["version"]
    return JsonResponse(engine_of(request).workflows.version(workflow_id, name))
