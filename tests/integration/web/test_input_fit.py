"""Launches whose input does not fit the workflow's schema: refused with every place, and nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.web.conftest import EXECUTIONS, ApiClient
from tests.support.workflows import single

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine

LAUNCH = "/workflows/sampling/launch"
API_LAUNCH = "/api/v1/workflows/sampling/executions"
JSON = {"content-type": "application/json"}
SCHEMA = {
    "type": "object",
    "properties": {
        "rate": {"type": "number", "maximum": 1, "description": "Share of <rows>", "default": 0.5},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["source"],
    "additionalProperties": False,
}
WRONG = '{\n  "rate": 1.5,\n  "<b>": "x"\n}'


@pytest.fixture(autouse=True)
def _sampling(client: ApiClient, engine: WorkflowEngine) -> None:
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "source": {}}}  # type: ignore[dict-item]
    engine.register_workflow("sampling", single("noop"), input_schema=schema, example_input={"source": "s"})
    engine.publish_workflows()


def test_every_problem_has_its_place_in_the_body_when_the_api_refuses(client: ApiClient) -> None:
    body = '{"note": "größe",\n "input": {"rate": 1.5, "sorce": "s",\n  "tags": ["a", 7]}}'

    answer = client.post(API_LAUNCH, content=body.encode(), headers=JSON)

    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:celeriac:problem:input-does-not-fit"
    assert answer.json()["errors"] == [
        {"pointer": "/input/source", "message": "source: is required, but missing", "line": 2, "column": 11},
        {
            "pointer": "/input/rate",
            "message": "rate: 1.5 is more than the maximum of 1",
            "line": 2,
            "column": 20,
        },
        {
            "pointer": "/input/sorce",
            "message": 'sorce: unknown key; did you mean "source"?',
            "line": 2,
            "column": 25,
        },
        {"pointer": "/input/tags/1", "message": "tags[1]: 7 is not a string", "line": 3, "column": 17},
    ]
    assert client.get(EXECUTIONS).json()["total"] == 0


def test_the_body_is_pointed_at_when_it_has_no_input_though_one_is_required(client: ApiClient) -> None:
    (error,) = client.post(API_LAUNCH, json={}).json()["errors"]

    assert (error["pointer"], error["line"], error["column"]) == ("/input/source", 1, 1)


def test_an_execution_is_created_when_the_input_fits(client: ApiClient) -> None:
    assert client.post(API_LAUNCH, json={"input": {"source": "s", "rate": 1}}).status_code == 201


def test_the_form_is_kept_with_every_mistake_when_the_input_does_not_fit(client: ApiClient) -> None:
    answer = client.post(LAUNCH, data={"input": WRONG, "note": "kept as well", "key": "k"})

    assert answer.status_code == 422
    for said in (
        "Line 1, column 1</a>: source: is required, but missing",
        "Line 2, column 11</a>: rate: 1.5 is more than the maximum of 1",
        "Line 3, column 3</a>: [&#34;&lt;b&gt;&#34;]: unknown key",
        "  &#34;rate&#34;: 1.5,\n          ^",
        'value="kept as well"',
    ):
        assert said in answer.text
    assert "<b>" not in answer.text.split("<textarea")[1].split("</form>")[0]
    assert client.get(EXECUTIONS).json()["total"] == 0


def test_every_mistake_is_said_while_typing_when_the_input_does_not_fit(client: ApiClient) -> None:
    answer = client.post(f"{LAUNCH}/validation", data={"input": WRONG}, headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert answer.text.count("Line ") == 3
    assert "<html" not in answer.text
    assert "Shown as soon as" in answer.text


def test_the_form_is_ready_when_the_input_fits(client: ApiClient) -> None:
    form = {"input": '{"source": "s"}', "key": "k"}

    assert "Ready to launch" in client.post(f"{LAUNCH}/validation", data=form).text
    assert "Ready to launch" in client.get(LAUNCH).text
    assert client.post(LAUNCH, data=form).status_code == 303


def test_the_form_says_what_is_missing_when_an_earlier_input_does_not_fit_the_new_version(
    client: ApiClient, engine: WorkflowEngine
) -> None:
    execution_id = client.launch("sampling", input={"source": "s"})
    engine.register_workflow("sampling", single("noop"), input_schema={"required": ["target"]})
    engine.publish_workflows()

    page = client.get(f"{LAUNCH}?from={execution_id}")

    assert page.status_code == 200
    assert "target: is required, but missing" in page.text


def test_the_mistake_is_shown_when_this_process_launches_another_version_than_the_page_shows(
    client: ApiClient, engine: WorkflowEngine
) -> None:
    engine.register_workflow("sampling", single("noop"), input_schema={"required": ["target"]})

    answer = client.post(LAUNCH, data={"input": '{"source": "s"}', "key": "k"})

    assert answer.status_code == 422
    assert "Line 1, column 1</a>: target: is required, but missing" in answer.text


def test_the_keys_are_listed_when_the_workflow_has_a_schema(client: ApiClient) -> None:
    html = client.get("/workflows/sampling").text

    for said in ("number ≤ 1", "default 0.5", "Share of &lt;rows&gt;", "string[]", "required", "anything"):
        assert said in html


def test_any_object_is_accepted_when_the_workflow_has_no_schema(
    client: ApiClient, engine: WorkflowEngine
) -> None:
    engine.register_workflow("free", single("noop"))
    engine.publish_workflows()

    assert "any JSON object is accepted" in client.get("/workflows/free").text
    assert client.post("/api/v1/workflows/free/executions", json={"input": {"x": []}}).status_code == 201
