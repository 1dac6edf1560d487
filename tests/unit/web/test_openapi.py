"""The description of the API against the route table and the handlers' declared fields."""

from __future__ import annotations

import re
from typing import Any

from starlette.routing import Route

from celeriac.engine.workflows.progress.views import ErrorView, EventView
from celeriac.web.api import cleanups, executions, items, launches, retry
from celeriac.web.api.openapi import description
from celeriac.web.api.schemas import schemas_of
from celeriac.web.routes import all_routes
from tests.support.asgi import AsgiClient


def body_of(path: str) -> dict[str, Any]:
    content = description()["paths"][path]["post"]["requestBody"]["content"]
    properties: dict[str, Any] = content["application/json"]["schema"]["properties"]
    return properties


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if "$ref" in value else set()
        return own.union(*map(references, value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()


def test_every_call_is_described_when_it_is_in_the_route_table() -> None:
    offered = {
        (re.sub(r":\w+}", "}", route.path), method.lower())
        for route in all_routes()
        if isinstance(route, Route) and route.path.startswith("/api/v1")
        for method in (route.methods or set()) - {"HEAD"}
    }
    described = {
        (path, method)
        for path, calls in description()["paths"].items()
        for method in calls
        if method != "parameters"
    }

    assert described == offered


def test_fields_are_the_declared_ones_when_described() -> None:
    assert list(body_of("/api/v1/workflows/{workflow_id}/executions")) == [
        field.name for field in launches.FIELDS
    ]
    assert list(body_of("/api/v1/cleanups")) == [field.name for field in cleanups.FIELDS]
    assert list(body_of("/api/v1/executions/{execution_id}/retry")) == [
        field.name for field in retry.RETRY_FIELDS
    ]
    assert list(body_of("/api/v1/executions/{execution_id}/steps/{step_name}/mark")) == [
        field.name for field in retry.MARK_FIELDS
    ]
    paged = description()["paths"]["/api/v1/executions/{execution_id}/steps/{step_name}/items"]["get"]
    assert [parameter["name"] for parameter in paged["parameters"]] == [field.name for field in items.FILTERS]
    listed = description()["paths"]["/api/v1/executions"]["get"]["parameters"]
    assert [parameter["name"] for parameter in listed] == [field.name for field in executions.FILTERS]


def test_every_reference_leads_to_a_schema_when_followed() -> None:
    names = {f"#/components/schemas/{name}" for name in description()["components"]["schemas"]}

    assert references(description()) <= names


def test_optional_keys_are_not_required_when_a_view_has_some() -> None:
    schemas = schemas_of(ErrorView, EventView)

    assert schemas["ErrorView"]["required"] == ["kind", "type", "message", "traceback"]
    assert schemas["EventView"]["required"] == ["seq", "time", "event"]
    assert schemas["ErrorView"]["properties"]["traceback"] == {
        "anyOf": [{"type": "string"}, {"type": "null"}]
    }


def test_description_is_served_when_asked_for(client: AsgiClient) -> None:
    answer = client.get("/api/v1/openapi.json")

    assert answer.status_code == 200
    assert answer.json() == description()
