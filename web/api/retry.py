"""Retries of executions and marks of steps: …/retry and …/steps/{step_name}/mark."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from celeriac.engine.workflows.progress.launch_checks import MAX_REASON
from celeriac.web.api.bodies import with_json, with_optional_json
from celeriac.web.api.fields import Field, one_of, read_body, text_of, text_or_null, true_or_false
from celeriac.web.http.json_response import JsonResponse
from celeriac.web.request import actor_of, engine_of

RETRY_FIELDS = (
    Field("from_step", text_or_null, description="Also this step and all steps downstream of it"),
    Field("dry_run", true_or_false, False),
)
#: The possible marks of a step.
MARKS = ("skipped", "success")
MARK_FIELDS = (
    Field("status", one_of(MARKS), required=True),
    Field("reason", text_of(1, MAX_REASON), required=True),
)


@with_optional_json
def retry(request: Request, body: Any) -> Response:
    """202 with the steps that run again, and their round; with `dry_run` 200 with the steps that would."""
    fields = read_body(body, RETRY_FIELDS)
    engine, execution_id = engine_of(request), request.path_params["execution_id"]
    if fields["dry_run"]:
        steps = engine.executions.preview_retry(execution_id, from_step=fields["from_step"])
        following = engine.executions.rows([execution_id])[0]["round"] + 1
        return JsonResponse({"execution_id": execution_id, "round": following, "steps": steps})
    steps = engine.executions.retry(execution_id, from_step=fields["from_step"], actor=actor_of(request))
    begun = engine.executions.rows([execution_id])[0]["round"]
    return JsonResponse({"execution_id": execution_id, "round": begun, "steps": steps}, 202)


@with_json
def mark(request: Request, body: Any) -> Response:
    """202: the step or item has this end, or is being stopped, and its dependents continue."""
    fields = read_body(body, MARK_FIELDS)
    execution_id, name = request.path_params["execution_id"], request.path_params["step_name"]
    engine, item = engine_of(request), request.path_params.get("item")
    give_end = engine.steps.skip if fields["status"] == "skipped" else engine.steps.succeed
    give_end(execution_id, name, fields["reason"], item=item, actor=actor_of(request))
    answer = {"execution_id": execution_id, "step": name, "status": fields["status"]}
    return JsonResponse(answer if item is None else {**answer, "item": item}, 202)
