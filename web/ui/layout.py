"""The variables of the layout of every page: the number of active executions, and the return address of forms."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import CeleriacError
from celeriac.engine.workflows.progress.states import ACTIVE_STATUSES
from celeriac.web.request import engine_of


def variables(request: Request) -> dict[str, Any]:
    """`active_executions()`: called only by the layout, so that fragments do not pay for it. `here`: path, query."""
    query = request.scope.get("query_string", b"").decode("latin-1")
    path = str(request.scope["path"])
    return {
        "active_executions": lambda: _active_executions(request),
        "here": f"{path}?{query}" if query else path,
    }


def _active_executions(request: Request) -> int | None:
    """None if the store does not respond: the error page has a layout, too."""
    try:
        return count_active(engine_of(request))
    except CeleriacError:
        return None


def count_active(engine: WorkflowEngine) -> int:
    """Active executions of all workflows, independent of a page's filters."""
    counts = engine.executions.count()
    return sum(counts.get(status, 0) for status in ACTIVE_STATUSES)
