"""…/steps/{step_name}/items: the items of a mapped step."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from celeriac.engine.steps import MAX_ITEMS_SHOWN
from celeriac.engine.workflows.definition.decision_rules import MAX_ITEMS
from celeriac.engine.workflows.progress.states import StepStatus
from celeriac.web.api.fields import Field, digits_between, one_of, read_query
from celeriac.web.http.json_response import JsonResponse
from celeriac.web.request import engine_of

FILTERS = (
    Field("status", one_of([status.value for status in StepStatus])),
    Field("offset", digits_between(0, MAX_ITEMS), "0"),
    Field("limit", digits_between(1, MAX_ITEMS_SHOWN), "100"),
)


def index(request: Request) -> Response:
    """Failed ones first, then by number; `counts` are of all."""
    execution_id, name = request.path_params["execution_id"], request.path_params["step_name"]
    query = read_query(request.query_params, FILTERS)
    page = engine_of(request).steps.items(
        execution_id,
        name,
        status=query["status"],
        offset=int(query["offset"]),
        limit=int(query["limit"]),
    )
    return JsonResponse(page)


def show(request: Request) -> Response:
    execution_id, name = request.path_params["execution_id"], request.path_params["step_name"]
    return JsonResponse(engine_of(request).steps.get(execution_id, name, item=request.path_params["item"]))
