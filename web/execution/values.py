"""Inputs and results as files: the JSON texts exactly as stored."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from celeriac.web.request import engine_of
from celeriac.words.i18n import _


def execution_input(request: Request) -> Response:
    execution_id = request.path_params["execution_id"]
    return _file(request, engine_of(request).executions.input_json(execution_id), "input")


def execution_result(request: Request) -> Response:
    execution_id = request.path_params["execution_id"]
    return _file(request, engine_of(request).executions.result_json(execution_id), "result")


def step_inputs(request: Request) -> Response:
    """Of a step or item."""
    execution_id, name, item = _unit(request)
    return _file(request, engine_of(request).steps.inputs_json(execution_id, name, item=item), "inputs")


def step_result(request: Request) -> Response:
    execution_id, name, item = _unit(request)
    return _file(request, engine_of(request).steps.result_json(execution_id, name, item=item), "result")


def _unit(request: Request) -> tuple[str, str, int | None]:
    parameters = request.path_params
    return parameters["execution_id"], parameters["step_name"], parameters.get("item")


def _file(request: Request, text: bytes | None, what: str) -> Response:
    """The text as a file whose name contains its source."""
    if text is None:
        raise HTTPException(404, _("There is no result, or not yet."))
    parameters = request.path_params
    parts = [parameters["execution_id"], parameters.get("step_name"), parameters.get("item"), what, "json"]
    name = ".".join(str(part) for part in parts if part is not None)
    return Response(
        text,
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
