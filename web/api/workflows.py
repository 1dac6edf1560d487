"""/api/v1/workflows: what can be launched."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from web.answers import JsonAnswer
from web.state import engine_of

#: Of each workflow in the list; the rest is at its own address.
LISTED = ("workflow_id", "version", "source", "description", "step_count")


def index(request: Request) -> Response:
    workflows = engine_of(request).list_workflows()
    return JsonAnswer({"workflows": [{name: each[name] for name in LISTED} for each in workflows]})  # type: ignore[literal-required]


def show(request: Request) -> Response:
    return JsonAnswer(engine_of(request).get_workflow(request.path_params["workflow_id"]))
