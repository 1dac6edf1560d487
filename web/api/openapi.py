"""GET /api/v1/openapi.json: the description of the API. A test compares it with the route table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from celeriac.engine.workflows.definition.schema import definition_schema
from celeriac.engine.workflows.definition.views import VersionDetail, VersionView, WorkflowView
from celeriac.engine.workflows.progress.views import (
    CleanupPreview,
    ExecutionView,
    HistoryPage,
    ItemsPage,
    StepDetail,
)
from celeriac.web.api import cleanups, executions, items, launches, retry
from celeriac.web.api.fields import Field
from celeriac.web.api.schemas import reference, schemas_of
from celeriac.web.http.json_response import JsonResponse

Described = dict[str, Any]

TEXT = {"type": "string"}
WORKFLOW, EXECUTION, STEP, VERSION = "{workflow_id}", "{execution_id}", "{step_name}", "{version}"
ITEM = "{item}"
CONFLICT = "409", "Impossible in the current state; the detail has the reason"
UNKNOWN = "404", "Unknown id"
FULL = "429", "All streams are taken; the detail names the setting"
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
INVALID = "422", "The request is invalid; `errors` lists every problem"


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
                "A step with arguments, result, attempts and its reason for waiting",
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
            "post": _call(
                "Pin an execution, which excludes it from clean-ups",
                {"200": _json({"type": "object"})},
                UNKNOWN,
            ),
            "delete": _call("Unpin an execution", {"204": _nothing()}, UNKNOWN),
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
    answer = _json(_object({"execution_id": TEXT}))
    call = _call("Launch", {"201": answer, "200": answer}, UNKNOWN, CONFLICT, INVALID)
    key = {"name": "Idempotency-Key", "in": "header", "schema": {**TEXT, "maxLength": 255}}
    return {**call, "parameters": [key], "requestBody": _body(launches.FIELDS)}


def _list() -> Described:
    call = _call("Executions, newest first", {"200": _json(reference(HistoryPage))}, INVALID)
    return {**call, "parameters": _query(executions.FILTERS)}


def _retry() -> Described:
    steps = {"type": "array", "items": TEXT}
    answer = _json(_object({"execution_id": TEXT, "round": {"type": "integer"}, "steps": steps}))
    call = _call("Retry an ended execution", {"202": answer, "200": answer}, UNKNOWN, CONFLICT, INVALID)
    return {**call, "requestBody": {**_body(retry.RETRY_FIELDS), "required": False}}


def _mark() -> Described:
    answer = _json(_object({"execution_id": TEXT, "step": TEXT, "status": TEXT}))
    call = _call("Skip a step or mark it as a success", {"202": answer}, UNKNOWN, CONFLICT, INVALID)
    return {**call, "requestBody": _body(retry.MARK_FIELDS)}


def _items() -> Described:
    call = _call("Items of a mapped step, failed ones first", {"200": _json(reference(ItemsPage))}, UNKNOWN)
    return {**call, "parameters": _query(items.FILTERS)}


def _events() -> Described:
    content = {"text/event-stream": {"schema": TEXT}}
    call = _call(
        "The event log as it grows",
        {"200": {"description": "Server-sent events", "content": content}},
        UNKNOWN,
        FULL,
    )
    after = {"name": "after", "in": "query", "schema": {"type": "integer", "minimum": 0}}
    return {**call, "parameters": [after, {**after, "name": "Last-Event-ID", "in": "header"}]}


def _cleanup() -> Described:
    answer = {"anyOf": [_object({"removed": {"type": "integer"}}), reference(CleanupPreview)]}
    call = _call("Remove ended executions by age, or count them", {"200": _json(answer)}, INVALID)
    return {**call, "requestBody": _body(cleanups.FIELDS)}


def _call(summary: str, answers: Described, *refusals: tuple[str, str]) -> Described:
    refused = {status: {"description": text, "content": _problems()} for status, text in refusals}
    return {"summary": summary, "responses": {**answers, **refused}}


def _json(schema: Described) -> Described:
    return {"description": "Done", "content": {"application/json": {"schema": schema}}}


def _nothing() -> Described:
    return {"description": "Done"}


def _query(fields: Sequence[Field]) -> list[Described]:
    return [{"name": field.name, "in": "query", "schema": field.schema} for field in fields]


def _body(fields: Sequence[Field]) -> Described:
    properties = {field.name: field.schema for field in fields}
    schema: Described = {"type": "object", "properties": properties, "additionalProperties": False}
    if required := [field.name for field in fields if field.required]:
        schema["required"] = required
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
