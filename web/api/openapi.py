"""GET /api/v1/openapi.json: what the API offers, for programs. A test compares it with the route table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from celeriac.engine.workflows.definition.schema import definition_schema
from celeriac.engine.workflows.definition.views import VersionDetail, VersionView, WorkflowView
from celeriac.engine.workflows.progress.launch_checks import MAX_REASON
from celeriac.engine.workflows.progress.states import ENDED_STATUSES, StepStatus, WorkflowStatus
from celeriac.engine.workflows.progress.views import (
    CleanupPreview,
    ExecutionView,
    HistoryPage,
    ItemsPage,
    StepDetail,
)
from celeriac.web.api.retry import MARKS
from celeriac.web.api.schemas import reference, schemas_of
from celeriac.web.http.json_response import JsonResponse

Described = dict[str, Any]

TEXT = {"type": "string"}
WORKFLOW, EXECUTION, STEP, VERSION = "{workflow_id}", "{execution_id}", "{step_name}", "{version}"
ITEM = "{item}"
CONFLICT = "409", "It does not apply in the present state; the detail says why"
UNKNOWN = "404", "Unknown id"
VIEWS = (
    WorkflowView,
    ExecutionView,
    HistoryPage,
    StepDetail,
    ItemsPage,
    CleanupPreview,
    VersionView,
    VersionDetail,
)
INVALID = "422", "Something in the request is wrong; `errors` names everything"


def show(request: Request) -> Response:
    return JsonResponse(description())


@cache
def description() -> Described:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Celeriac",
            "version": "1",
            "description": "Workflows on Celery: launch, watch, cancel.",
        },
        "paths": {f"/api/v1{path}": {**_path_parameters(path), **calls} for path, calls in _paths().items()},
        "components": {
            "schemas": {
                **schemas_of(*VIEWS),
                "Problem": _problem(),
            }
        },
    }


def _paths() -> dict[str, Described]:
    execution = f"/executions/{EXECUTION}"
    return {
        "/openapi.json": {"get": _call("This description", {"200": _json({"type": "object"})})},
        "/workflows": {
            "get": _call("All workflows, without their steps", {"200": _json({"type": "object"})})
        },
        f"/workflows/{WORKFLOW}": {
            "get": _call(
                "A workflow with its steps and levels", {"200": _json(reference(WorkflowView))}, UNKNOWN
            ),
            "put": _put(),
            "delete": _call("Delete a workflow of the API", {"204": _nothing()}, UNKNOWN, CONFLICT),
        },
        f"/workflows/{WORKFLOW}/versions": {"get": _versions()},
        f"/workflows/{WORKFLOW}/versions/{VERSION}": {
            "get": _call("A version with its definition", {"200": _json(reference(VersionDetail))}, UNKNOWN)
        },
        f"/workflows/{WORKFLOW}/executions": {"post": _launch()},
        "/executions": {"get": _list()},
        execution: {
            "get": _call("An execution", {"200": _json(reference(ExecutionView))}, UNKNOWN),
            "delete": _call("Remove an ended execution", {"204": _nothing()}, UNKNOWN, CONFLICT),
        },
        f"{execution}/steps/{STEP}": {
            "get": _call(
                "A step with inputs, result, attempts and why it waits",
                {"200": _json(reference(StepDetail))},
                UNKNOWN,
            )
        },
        f"{execution}/steps/{STEP}/mark": {"post": _mark()},
        f"{execution}/steps/{STEP}/items": {"get": _items()},
        f"{execution}/steps/{STEP}/items/{ITEM}/mark": {"post": _mark()},
        f"{execution}/steps/{STEP}/items/{ITEM}": {
            "get": _call("An item of a mapped step", {"200": _json(reference(StepDetail))}, UNKNOWN)
        },
        f"{execution}/retry": {"post": _retry()},
        f"{execution}/events": {"get": _events()},
        f"{execution}/cancellation": {
            "post": _call("Cancel", {"202": _json({"type": "object"})}, UNKNOWN, CONFLICT),
        },
        f"{execution}/pin": {
            "post": _call("Keep it from every clean-up", {"200": _json({"type": "object"})}, UNKNOWN),
            "delete": _call("Take the pin away", {"204": _nothing()}, UNKNOWN),
        },
        "/cleanups": {"post": _cleanup()},
    }


def _path_parameters(path: str) -> Described:
    names = re.findall(r"{(\w+)}", path)
    return {"parameters": [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in names]}


def _put() -> Described:
    answer = _json(reference(WorkflowView))
    call = _call("Register or replace a workflow", {"201": answer, "200": answer}, CONFLICT, INVALID)
    content = {"application/json": {"schema": definition_schema()}}
    return {**call, "requestBody": {"required": True, "content": content}}


def _versions() -> Described:
    answer = _object({"workflow_id": TEXT, "versions": {"type": "array", "items": reference(VersionView)}})
    return _call("The versions of a workflow, newest first", {"200": _json(answer)}, UNKNOWN)


def _launch() -> Described:
    body = {
        "input": {"type": "object", "default": {}},
        "labels": {"type": "object", "additionalProperties": TEXT},
        "note": {"type": ["string", "null"]},
        "launched_from": {"type": ["string", "null"], "description": "Execution that this one repeats"},
    }
    answer = _json(_object({"execution_id": TEXT}))
    call = _call("Launch", {"201": answer, "200": answer}, UNKNOWN, CONFLICT, INVALID)
    key = {"name": "Idempotency-Key", "in": "header", "schema": {**TEXT, "maxLength": 255}}
    return {**call, "parameters": [key], "requestBody": _body(body)}


def _list() -> Described:
    moment = {"type": "string", "format": "date-time"}
    filters: dict[str, Described] = {
        "workflow_id": TEXT,
        "status": {"enum": [status.value for status in WorkflowStatus]},
        "q": {**TEXT, "description": "The beginning of an id"},
        "since": moment,
        "until": moment,
        "label": {**TEXT, "description": "key=value"},
        "limit": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
        "cursor": {**TEXT, "description": "`next` of the page before"},
    }
    parameters = [{"name": name, "in": "query", "schema": schema} for name, schema in filters.items()]
    return {
        **_call("Executions, newest first", {"200": _json(reference(HistoryPage))}, INVALID),
        "parameters": parameters,
    }


def _retry() -> Described:
    body = {
        "from_step": {"type": ["string", "null"], "description": "This step, too, and what is behind it"},
        "dry_run": {"type": "boolean", "default": False},
    }
    steps = {"type": "array", "items": TEXT}
    answer = _json(_object({"execution_id": TEXT, "round": {"type": "integer"}, "steps": steps}))
    call = _call("Take up an ended execution", {"202": answer, "200": answer}, UNKNOWN, CONFLICT, INVALID)
    return {**call, "requestBody": {**_body(body), "required": False}}


def _mark() -> Described:
    body = {"status": {"enum": list(MARKS)}, "reason": {**TEXT, "minLength": 1, "maxLength": MAX_REASON}}
    answer = _json(_object({"execution_id": TEXT, "step": TEXT, "status": TEXT}))
    call = _call("Give a step its end by hand", {"202": answer}, UNKNOWN, CONFLICT, INVALID)
    return {**call, "requestBody": _body(body, required=list(body))}


def _items() -> Described:
    filters: dict[str, Described] = {
        "status": {"enum": [status.value for status in StepStatus]},
        "offset": {"type": "integer", "minimum": 0, "maximum": 5_000, "default": 0},
        "limit": {"type": "integer", "minimum": 1, "maximum": 1_000, "default": 100},
    }
    call = _call("Items of a mapped step, failed ones first", {"200": _json(reference(ItemsPage))}, UNKNOWN)
    parameters = [{"name": name, "in": "query", "schema": schema} for name, schema in filters.items()]
    return {**call, "parameters": parameters}


def _events() -> Described:
    content = {"text/event-stream": {"schema": TEXT}}
    call = _call(
        "The event log as it grows",
        {"200": {"description": "Server-sent events", "content": content}},
        UNKNOWN,
    )
    after = {"name": "after", "in": "query", "schema": {"type": "integer", "minimum": 0}}
    return {**call, "parameters": [after, {**after, "name": "Last-Event-ID", "in": "header"}]}


def _cleanup() -> Described:
    body = {
        "max_age_hours": {"type": "number", "minimum": 0, "default": 24},
        "statuses": {
            "type": "array",
            "items": {"enum": [status.value for status in ENDED_STATUSES]},
            "minItems": 1,
        },
        "dry_run": {"type": "boolean", "default": False},
        "before": {"type": "string", "format": "date-time"},
    }
    answer = {"anyOf": [_object({"removed": {"type": "integer"}}), reference(CleanupPreview)]}
    call = _call("Remove ended executions by age, or count them", {"200": _json(answer)}, INVALID)
    return {**call, "requestBody": _body(body)}


def _call(summary: str, answers: Described, *refusals: tuple[str, str]) -> Described:
    refused = {status: {"description": text, "content": _problems()} for status, text in refusals}
    return {"summary": summary, "responses": {**answers, **refused}}


def _json(schema: Described) -> Described:
    return {"description": "Done", "content": {"application/json": {"schema": schema}}}


def _nothing() -> Described:
    return {"description": "Done"}


def _body(properties: Described, *, required: Sequence[str] = ()) -> Described:
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = list(required)
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _object(properties: Described) -> Described:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _problems() -> Described:
    return {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def _problem() -> Described:
    place = {"pointer": TEXT, "message": TEXT, "line": {"type": "integer"}, "column": {"type": "integer"}}
    entry = {"type": "object", "properties": place, "required": ["pointer", "message"]}
    plain = {"type": TEXT, "title": TEXT, "status": {"type": "integer"}, "detail": TEXT}
    return _object({**plain, "errors": {"type": "array", "items": entry}})
