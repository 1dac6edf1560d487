"""The confirmation pages of retries and marks, with their exact effects."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from celeriac.engine.errors import BranchNotMarkable, Conflict, StepNotMarkable
from celeriac.engine.workflows.progress.states import StepStatus
from celeriac.engine.workflows.progress.views import ExecutionView, StepDetail
from celeriac.web.execution.board import Board
from celeriac.web.request import engine_of
from celeriac.web.ui import rendering

#: Maximum number of listed steps; an execution may have thousands.
LISTED = 100
#: The possible marks, and the action of a step for each.
MARKS = {"skipped": "skip", "success": "succeed"}


def retry_page(request: Request) -> Response:
    """`GET /executions/{execution_id}/retry`, with `?from=` a step: the steps that would run again."""
    return show_retry(request, request.query_params.get("from") or None)


def show_retry(
    request: Request, from_step: str | None, *, changed: bool = False, status: int = 200
) -> Response:
    """`changed`: the confirmed steps are no longer those that would run."""
    engine, execution_id = engine_of(request), request.path_params["execution_id"]
    execution = engine.get_workflow_status(execution_id)
    try:
        steps = engine.executions.preview_retry(execution_id, from_step=from_step)
    except Conflict as error:
        return too_late(request, error, step=from_step)
    context = {
        **_listed(execution, steps),
        "execution": execution,
        "from_step": from_step,
        "kept": sum(step["status"] == "success" and step["name"] not in steps for step in execution["steps"]),
        "changed": changed,
    }
    return rendering.render(request, "retry/retry.html", context, status)


def mark_page(request: Request) -> Response:
    """`GET …/steps/{step_name}/mark?status=`: asks for the reason, and shows the effects."""
    engine, execution_id = engine_of(request), request.path_params["execution_id"]
    step = engine.steps.get(
        execution_id, request.path_params["step_name"], item=request.path_params.get("item")
    )
    status = request.query_params.get("status", "")
    return show_mark(request, step, status if status in MARKS else "skipped")


def show_mark(
    request: Request, step: StepDetail, mark: str, *, reason: str = "", mistake: str = "", status: int = 200
) -> Response:
    """The form with the reason as typed, and its problem."""
    engine, execution_id = engine_of(request), request.path_params["execution_id"]
    if MARKS[mark] not in step["actions"]:
        return too_late(request, _why_not(execution_id, step), step=step["name"])
    execution = engine.get_workflow_status(execution_id)
    steps: list[str] = []
    if execution["end_time"]:
        try:
            steps = [name for name in engine.executions.preview_retry(execution_id) if name != step["name"]]
        except Conflict as error:
            return too_late(request, error, step=step["name"])
    context = {
        **_listed(execution, steps),
        "execution": execution,
        "step": step,
        "own_url": url_of(execution_id, step["name"], step["item"]),
        "name": step["name"] if step["item"] is None else f"{step['name']}[{step['item']}]",
        "mark": mark,
        "reason": reason,
        "mistake": mistake,
    }
    return rendering.render(request, "retry/mark.html", context, status)


def url_of(execution_id: str, step_name: str, item: int | None) -> str:
    """The page of a step, or of one item of it."""
    url = f"/executions/{execution_id}/steps/{step_name}"
    return url if item is None else f"{url}/items/{item}"


def too_late(request: Request, error: Conflict, *, step: str | None) -> Response:
    """A page with the reason why an action is impossible (by now), and a link back."""
    url = f"/executions/{request.path_params['execution_id']}"
    back = f"{url}/steps/{step}" if step else url
    return rendering.render(request, "retry/too_late.html", {"error": error, "back": back, "step": step}, 409)


def _why_not(execution_id: str, step: StepDetail) -> Conflict:
    if "skip" in step["actions"] and step["status"] != StepStatus.RUNNING:
        return BranchNotMarkable(step_name=step["name"])
    return StepNotMarkable(execution_id=execution_id, step_name=step["name"], status=step["status"])


def _listed(execution: ExecutionView, names: list[str]) -> dict[str, Any]:
    """`cells`: the first steps; `more`: the number of further ones."""
    cells = Board(execution, ()).step_cells
    return {
        "cells": [cells[name] for name in names[:LISTED]],
        "more": max(0, len(names) - LISTED),
        "total": len(names),
    }
