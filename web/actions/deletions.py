"""`/executions/{execution_id}/deletion`: asks first (GET), then removes one ended execution (POST)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from celeriac.web import rendering
from celeriac.web.forms import see
from celeriac.web.state import engine_of


def confirm(request: Request) -> Response:
    execution = engine_of(request).get_workflow_status(request.path_params["execution_id"])
    return rendering.render(request, "executions/delete.html", {"execution": execution})


def create(request: Request) -> Response:
    """Raises `ExecutionActive` and `ExecutionPinned`, whose pages say what to do first."""
    engine_of(request).delete_execution(request.path_params["execution_id"])
    return see("/executions?deleted=1")
