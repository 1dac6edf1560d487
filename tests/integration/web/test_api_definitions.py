"""Definitions over the API: put, read, compared by version, deleted. No worker executes anything here; one is announced."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from tests.conftest import opened_engine
from tests.integration.web.conftest import EXECUTIONS, ApiClient
from tests.support.announcements import announce, let_die, retire
from tests.support.asgi import chunked
from tests.support.workflows import chain

WORKFLOWS = "/api/v1/workflows"
PATH = f"{WORKFLOWS}/sent"
JSON = {"content-type": "application/json"}
ONE = {"steps": [{"name": "a", "task_name": "noop"}]}
TWO = {"steps": [{"name": "a", "task_name": "noop"}, {"name": "b", "task_name": "echo", "depends_on": ["a"]}]}


@pytest.fixture(autouse=True)
def _announced(engine: WorkflowEngine, client: ApiClient) -> None:
    announce(engine)


def errors(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.headers["content-type"] == "application/problem+json"
    found: list[dict[str, Any]] = answer.json()["errors"]
    return found


def test_a_workflow_is_new_then_changed_then_unchanged_when_it_is_put(client: ApiClient) -> None:
    first, second, third = (client.put(PATH, json=body) for body in (ONE, TWO, TWO))

    assert [answer.status_code for answer in (first, second, third)] == [201, 200, 200]
    assert first.json()["version"] != second.json()["version"] == third.json()["version"]
    assert second.json() == client.get(PATH).json()
    assert (second.json()["source"], second.json()["levels"]) == ("api", [["a"], ["b"]])


#: With every field, none of them at its default.
STEP = {
    "name": "a",
    "task_name": "noop",
    "parameters": {"y": [1]},
    "retry_count": 0,
    "timeout": 5,
    "retry_on": ["ValueError"],
    "no_retry_on": ["KeyError"],
}


def test_every_field_is_taken_when_it_is_put(client: ApiClient) -> None:
    body = {
        "description": "Said",
        "priority": "high",
        "input_schema": {"type": "object", "required": ["x"]},
        "example_input": {"x": 1},
        "steps": [STEP],
    }

    put = client.put(PATH, json=body).json()

    assert {**put, **body, "steps": put["steps"]} == put
    assert {**put["steps"][0], **STEP} == put["steps"][0]


def test_it_can_be_launched_from_every_process_when_it_was_put(client: ApiClient, settings: Settings) -> None:
    client.put(PATH, json=TWO)

    with opened_engine(settings) as other:
        execution_id = other.execute_workflow("sent", {})
        assert [step["name"] for step in other.get_workflow_status(execution_id)["steps"]] == ["a", "b"]
    assert client.launch("sent") != execution_id


def test_executions_keep_their_version_when_the_workflow_changes(client: ApiClient) -> None:
    version = client.put(PATH, json=ONE).json()["version"]
    execution_id = client.launch("sent")

    client.put(PATH, json=TWO)

    execution = client.get(f"{EXECUTIONS}/{execution_id}").json()
    assert execution["workflow_version"] == version
    assert [step["name"] for step in execution["steps"]] == ["a"]


def test_every_problem_has_its_place_when_a_definition_is_refused(client: ApiClient) -> None:
    body = b"""{
  "steps": [
    {"name": "a", "task_name": "nop", "retry_count": "3"},
    {"name": "b", "task_name": "noop", "queue": "gpu",
     "depends_on": ["a", "aa"], "retries": 1}
  ],
  "priority": "hgih"
}"""

    answer = client.put(PATH, content=body, headers=JSON)

    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:celeriac:problem:invalid-definition"
    assert [(e["pointer"], e["line"], e["column"]) for e in errors(answer)] == [
        ("/steps/0/task_name", 3, 32),
        ("/steps/0/retry_count", 3, 54),
        ("/steps/1/queue", 4, 49),
        ("/steps/1/depends_on/1", 5, 26),
        ("/steps/1/retries", 5, 33),
        ("/priority", 7, 15),
    ]
    assert "did you mean 'noop'?" in errors(answer)[0]["message"]
    assert client.get(PATH).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"steps": [], "steps": []}', 400),
        (b"[]", 422),
        (b"null", 422),
        (b"{}", 422),
    ],
)
def test_a_place_is_told_when_the_body_is_no_definition(client: ApiClient, body: bytes, status: int) -> None:
    answer = client.put(PATH, content=body, headers=JSON)

    assert answer.status_code == status
    (error,) = errors(answer)
    assert (error["line"], error["column"] > 0) == (1, True)


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_is_refused_when_it_is_not_announced_as_json(
    client: ApiClient, content_type: str | None
) -> None:
    headers = {"content-type": content_type} if content_type else {}

    assert client.put(PATH, content=json.dumps(ONE), headers=headers).status_code == 415


@pytest.mark.parametrize("in_chunks", [False, True], ids=["whole", "chunked"])
def test_a_body_is_refused_when_it_is_over_a_megabyte(client: ApiClient, in_chunks: bool) -> None:
    body = json.dumps({**ONE, "description": "x" * 1_100_000}).encode()
    content = chunked([body[:500_000], body[500_000:]]) if in_chunks else body

    assert client.put(PATH, content=content, headers=JSON).status_code == 413


@pytest.mark.parametrize("workflow_id", ["new", "a.b"])
def test_the_id_is_refused_when_it_cannot_be_one(client: ApiClient, workflow_id: str) -> None:
    assert client.put(f"{WORKFLOWS}/{workflow_id}", json=ONE).status_code in (404, 422)
    assert client.get(f"{WORKFLOWS}/{workflow_id}").status_code == 404


# -- workers


@pytest.mark.parametrize("body", [ONE, {"steps": []}])
def test_a_definition_is_refused_when_no_worker_is_alive(
    client: ApiClient, engine: WorkflowEngine, body: dict[str, Any]
) -> None:
    retire(engine)
    answer = client.put(PATH, json=body)

    assert answer.status_code == 409
    assert "start `celeriac worker`" in answer.json()["detail"]


def test_nothing_counts_that_a_worker_said_when_it_is_no_longer_alive(
    client: ApiClient, engine: WorkflowEngine
) -> None:
    let_die(engine)

    assert client.put(PATH, json=ONE).status_code == 409


def test_a_task_is_unknown_when_only_code_names_it(client: ApiClient) -> None:
    body = {"steps": [{"name": "a", "task_name": "celeriac.execute_workflow_step"}]}

    (error,) = errors(client.put(PATH, json=body))

    assert "no live worker has announced the task" in error["message"]


# -- who a workflow belongs to


def test_a_workflow_of_code_is_neither_replaced_nor_deleted(client: ApiClient) -> None:
    before = client.get(f"{WORKFLOWS}/data_processing").json()

    answers = [
        client.put(f"{WORKFLOWS}/data_processing", json=ONE),
        client.put(f"{WORKFLOWS}/data_processing", json={}),
        client.delete(f"{WORKFLOWS}/data_processing"),
    ]

    assert [answer.status_code for answer in answers] == [409, 409, 409]
    assert "registered by code" in answers[0].json()["detail"]
    assert client.get(f"{WORKFLOWS}/data_processing").json() == before


def test_a_workflow_is_gone_but_readable_when_it_is_deleted(client: ApiClient) -> None:
    version = client.put(PATH, json=ONE).json()["version"]
    execution_id = client.launch_ended("sent")

    assert client.delete(PATH).status_code == 204

    assert client.get(PATH).status_code == 404
    assert client.delete(PATH).status_code == 404
    assert client.post(f"{PATH}/executions", json={}).status_code == 404
    assert "sent" not in [each["workflow_id"] for each in client.get(WORKFLOWS).json()["workflows"]]
    assert client.get(f"{EXECUTIONS}/{execution_id}").json()["workflow_version"] == version
    assert client.get(f"{PATH}/versions/{version}").json()["definition"] == ONE
    (listed,) = client.get(f"{PATH}/versions").json()["versions"]
    assert (listed["version"], listed["current"]) == (version, False)


def test_executions_are_found_and_cleaned_up_when_their_workflow_was_deleted(client: ApiClient) -> None:
    client.put(PATH, json=ONE)
    execution_id = client.launch_ended("sent")
    client.delete(PATH)

    listed = client.get(EXECUTIONS, params={"q": "sent-"}).json()
    preview = client.post("/api/v1/cleanups", json={"max_age_hours": 0, "dry_run": True}).json()
    removed = client.post("/api/v1/cleanups", json={"max_age_hours": 0}).json()

    assert [each["execution_id"] for each in listed["executions"]] == [execution_id]
    assert preview["by_workflow"] == {"sent": 1}
    assert removed == {"removed": 1}


def test_the_id_is_free_when_the_workflow_was_deleted(client: ApiClient, engine: WorkflowEngine) -> None:
    client.put(PATH, json=ONE)
    client.delete(PATH)

    assert client.put(PATH, json=ONE).status_code == 201
    client.delete(PATH)
    engine.register_workflow("sent", chain(2))
    engine.publish_workflows()

    assert client.get(PATH).json()["source"] == "code"
    assert client.put(PATH, json=ONE).status_code == 409


def test_delete_takes_no_body_but_an_empty_one(client: ApiClient) -> None:
    client.put(PATH, json=ONE)

    assert client.request("DELETE", PATH, json={"force": True}).status_code == 422
    assert client.get(PATH).status_code == 200
    assert client.request("DELETE", PATH, json={}).status_code == 204


# -- versions


def test_versions_are_listed_newest_first_when_there_are_several(client: ApiClient) -> None:
    one, two = (client.put(PATH, json=body).json()["version"] for body in (ONE, TWO))

    listed = client.get(f"{PATH}/versions").json()

    assert listed["workflow_id"] == "sent"
    assert [(each["version"], each["current"], each["source"]) for each in listed["versions"]] == [
        (two, True, "api"),
        (one, False, "api"),
    ]
    assert listed["versions"][0]["published"] >= listed["versions"][1]["published"]


def test_a_version_can_be_put_again_when_it_was_read(client: ApiClient) -> None:
    one = client.put(PATH, json=ONE).json()["version"]
    client.put(PATH, json=TWO)

    read = client.get(f"{PATH}/versions/{one}").json()
    again = client.put(PATH, json=read["definition"])

    assert (read["workflow_id"], read["version"], read["current"]) == ("sent", one, False)
    assert (again.status_code, again.json()["version"]) == (200, one)


def test_a_workflow_of_code_has_versions_too(client: ApiClient) -> None:
    (version,) = client.get(f"{WORKFLOWS}/data_processing/versions").json()["versions"]
    read = client.get(f"{WORKFLOWS}/data_processing/versions/{version['version']}").json()

    assert (version["source"], version["current"]) == ("code", True)
    names = {step["name"] for step in read["definition"]["steps"]}
    assert names == {step["name"] for step in client.get(f"{WORKFLOWS}/data_processing").json()["steps"]}


def test_the_versions_there_are_are_named_when_one_is_unknown(client: ApiClient) -> None:
    version = client.put(PATH, json=ONE).json()["version"]

    answer = client.get(f"{PATH}/versions/{'0' * 12}")

    assert answer.status_code == 404
    assert version in answer.json()["detail"]
