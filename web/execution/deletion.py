"""`/executions/{execution_id}/deletion`: asks for confirmation (GET), then deletes an ended execution (POST)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from celeriac.web.http.forms import see
from celeriac.web.request import actor_of, engine_of
from celeriac.web.ui import rendering


def confirm(request: Request) -> Response:
    execution = engine_of(request).get_workflow_status(request.path_params["execution_id"])
    return rendering.render(request, "executions/delete.html", {"execution": execution})


def create(request: Request) -> Response:
    """Raises `ExecutionActive` and `ExecutionPinned`, whose pages have the remedy."""
    engine_of(request).executions.delete(request.path_params["execution_id"], actor=actor_of(request))
    return see("/executions?deleted=1")
