"""`/workflows` and `/workflows/{workflow_id}`: the workflows, their steps, their executions."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import WorkflowNotFound
from celeriac.engine.workflows.definition.views import WorkflowView
from celeriac.engine.workflows.progress.states import ACTIVE_STATUSES
from celeriac.engine.workflows.progress.views import ExecutionSummary
from celeriac.web.http.forms import see
from celeriac.web.request import engine_of
from celeriac.web.ui import rendering
from celeriac.web.workflows.input_fields import input_fields
from celeriac.web.workflows.shape import Shape, shape_of

#: Executions in the strip of a workflow, and rows on its page.
LAST, SHOWN = 20, 8
STRIP_HEIGHT, LOWEST_BAR = 28, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One execution in the strip: `x` and `height` in pixels."""

    execution: ExecutionSummary
    x: int
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowRow:
    workflow: WorkflowView
    shape: Shape | None
    active: int
    last: ExecutionSummary | None
    bars: list[Bar]  # oldest first


def page(request: Request) -> HTMLResponse:
    engine = engine_of(request)
    rows = [_row(engine, workflow) for workflow in engine.workflows.list()]
    return rendering.render(request, "workflows/page.html", {"rows": rows})


def workflow_page(request: Request) -> Response:
    """Links of executions of a deleted workflow lead here, too, and then to its versions."""
    engine, workflow_id = engine_of(request), request.path_params["workflow_id"]
    try:
        workflow = engine.workflows.get(workflow_id)
    except WorkflowNotFound:
        engine.workflows.versions(workflow_id)  # raises the same for one that never existed
        return see(f"/workflows/{workflow_id}/versions")
    history = engine.get_execution_history(workflow_id=workflow["workflow_id"], limit=SHOWN)
    steps = {step["name"]: step for step in workflow["steps"]}
    fields = input_fields(workflow["input_schema"])
    context = {"workflow": workflow, "steps": steps, "history": history, "fields": fields}
    return rendering.render(request, "workflows/workflow.html", context)


def _row(engine: WorkflowEngine, workflow: WorkflowView) -> WorkflowRow:
    workflow_id = workflow["workflow_id"]
    executions = engine.get_execution_history(workflow_id=workflow_id, limit=LAST)["executions"]
    counts = engine.executions.count(workflow_id=workflow_id)
    return WorkflowRow(
        workflow=workflow,
        shape=shape_of(workflow),
        active=sum(counts.get(status, 0) for status in ACTIVE_STATUSES),
        last=executions[0] if executions else None,
        bars=bars_of(executions),
    )


def bars_of(executions: list[ExecutionSummary]) -> list[Bar]:
    """Oldest first, so that time runs to the right; the longest is as high as the strip."""
    longest = max((execution["duration"] or 0 for execution in executions), default=0) or 1
    span = STRIP_HEIGHT - LOWEST_BAR
    heights = [
        round(LOWEST_BAR + span * (execution["duration"] or 0) / longest, 1) for execution in executions
    ]
    pairs = enumerate(reversed(list(zip(executions, heights, strict=True))))
    return [Bar(execution=execution, x=place * 9, height=height) for place, (execution, height) in pairs]
