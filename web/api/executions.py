"""/api/v1/executions: lists, reads, cancels, pins and deletes executions."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from celeriac.engine.executions import MAX_LIMIT
from celeriac.web.api.bodies import without_body
from celeriac.web.api.fields import Field, a_status, a_time, any_text, digits_between, read_query
from celeriac.web.http.json_response import JsonResponse
from celeriac.web.request import actor_of, engine_of

FILTERS = (
    Field("workflow_id", any_text),
    Field("status", a_status),
    Field("q", any_text, description="Prefix of the id"),
    Field("since", a_time),
    Field("until", a_time),
    Field("label", any_text, description="key=value"),
    Field("limit", digits_between(1, MAX_LIMIT), "50"),
    Field("cursor", any_text, description="`next` of the previous page"),
)


def index(request: Request) -> Response:
    """Newest first. `next` is the cursor of the older page; `total` is exact to 10,000, for a label and another filter to 200."""
    query = read_query(request.query_params, FILTERS)
    return JsonResponse(engine_of(request).get_execution_history(**{**query, "limit": int(query["limit"])}))


def show(request: Request) -> Response:
    return JsonResponse(engine_of(request).get_workflow_status(request.path_params["execution_id"]))


def show_step(request: Request) -> Response:
    execution_id, name = request.path_params["execution_id"], request.path_params["step_name"]
    return JsonResponse(engine_of(request).steps.get(execution_id, name))


@without_body
def cancel(request: Request) -> Response:
    """202: the status becomes `cancelled` only when nothing of the execution runs any more."""
    execution_id = request.path_params["execution_id"]
    engine_of(request).executions.cancel(execution_id, actor=actor_of(request))
    return JsonResponse({"execution_id": execution_id, "cancel_requested": True}, 202)


@without_body
def delete(request: Request) -> Response:
    engine_of(request).executions.delete(request.path_params["execution_id"], actor=actor_of(request))
    return Response(status_code=204)


@without_body
def pin(request: Request) -> Response:
    """A pinned execution is never cleaned up."""
    execution_id = request.path_params["execution_id"]
    engine_of(request).executions.pin(execution_id, True, actor=actor_of(request))
    return JsonResponse({"execution_id": execution_id, "pinned": True})


@without_body
def unpin(request: Request) -> Response:
    engine_of(request).executions.pin(request.path_params["execution_id"], False, actor=actor_of(request))
    return Response(status_code=204)
