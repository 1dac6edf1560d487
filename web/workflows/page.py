"""`/workflows` and `/workflows/{workflow_id}`: the workflows, their steps, their executions."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import WorkflowNotFound
from celeriac.engine.executions import WorkflowActivity
from celeriac.engine.workflows.definition.views import WorkflowSummary
from celeriac.engine.workflows.progress.views import ExecutionSummary
from celeriac.web.http.forms import is_count, see
from celeriac.web.request import engine_of
from celeriac.web.ui import rendering
from celeriac.web.workflows.input_fields import input_fields
from celeriac.web.workflows.shape import Shape, shape_kept

#: Rows of the list of workflows.
PAGE_SIZE = 30
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
    workflow: WorkflowSummary
    shape: Shape | None
    active: int
    last: ExecutionSummary | None
    bars: list[Bar]  # oldest first


def page(request: Request) -> HTMLResponse:
    """`?offset=` goes on after so many workflows; one that leads nowhere is the first page."""
    engine = engine_of(request)
    everything, asked = engine.workflows.ids(), request.query_params.get("offset", "")
    offset = int(asked) if is_count(asked) and int(asked) < len(everything) else 0
    workflow_ids = everything[offset : offset + PAGE_SIZE]
    activity = engine.executions.by_workflow(workflow_ids, last=LAST)
    rows = [
        _row(engine, workflow, activity[workflow["workflow_id"]])
        for workflow in engine.workflows.summaries(workflow_ids)
    ]
    following = offset + PAGE_SIZE
    context = {
        "rows": rows,
        "offset": offset,
        "total": len(everything),
        "before": _address(max(0, offset - PAGE_SIZE)) if offset else None,
        "after": _address(following) if following < len(everything) else None,
    }
    return rendering.render(request, "workflows/page.html", context)


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


def _address(offset: int) -> str:
    return f"/workflows?offset={offset}" if offset else "/workflows"


def _row(engine: WorkflowEngine, workflow: WorkflowSummary, activity: WorkflowActivity) -> WorkflowRow:
    return WorkflowRow(
        workflow=workflow,
        shape=shape_kept(workflow, engine.workflows.get),
        active=activity.active,
        last=activity.last[0] if activity.last else None,
        bars=bars_of(activity.last),
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
