"""For supervisors and load balancers: whether the process responds, and whether it would accept a launch."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from celeriac.engine.manager import WorkflowManager
from celeriac.web.http.json_response import JsonResponse
from celeriac.web.request import engine_of


def alive(request: Request) -> Response:
    return JsonResponse({"status": "ok"})


def ready(request: Request) -> Response:
    """200 if the store responds and has workflows, otherwise 503."""
    workflows = WorkflowManager(engine_of(request)).list_workflows()
    if not workflows:
        raise HTTPException(503, "No workflow is published yet.")
    return JsonResponse({"status": "ready", "workflows": len(workflows)})
