"""POST /api/v1/workflows/{id}/executions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.web.conftest import EXECUTIONS, ApiClient

LAUNCH = "/api/v1/workflows/data_processing/executions"


def test_execution_is_created_when_launched(client: ApiClient) -> None:
    body = {"input": {"n": 1, "text": "Grüße"}, "labels": {"team": "data"}, "note": "first"}

    answer = client.post(LAUNCH, json=body)

    execution_id = answer.json()["execution_id"]
    assert answer.status_code == 201
    assert answer.json() == {"execution_id": execution_id}
    assert answer.headers["location"] == f"{EXECUTIONS}/{execution_id}"
    execution = client.get(answer.headers["location"]).json()
    assert {name: execution[name] for name in body} == body
    assert execution["status"] == "pending"


def test_input_is_empty_when_the_body_has_none(client: ApiClient) -> None:
    execution_id = client.post(LAUNCH, json={}).json()["execution_id"]

    assert client.get(f"{EXECUTIONS}/{execution_id}").json()["input"] == {}


def test_big_integers_and_key_order_survive_when_launched(client: ApiClient) -> None:
    text = '{"z":123456789012345678901234567890,"a":1.0,"m":[]}'

    answer = client.post(LAUNCH, content=f'{{"input":{text}}}', headers={"content-type": "application/json"})

    assert f'"input":{text}' in client.get(answer.headers["location"]).text


def test_two_executions_are_created_when_launched_twice(client: ApiClient) -> None:
    assert client.launch() != client.launch()


def test_same_execution_answers_when_the_key_is_used_again(client: ApiClient) -> None:
    headers = {"idempotency-key": "order-17"}
    first = client.post(LAUNCH, json={"input": {"n": 1}}, headers=headers)

    again = client.post(LAUNCH, json={"input": {"n": 1}}, headers=headers)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.headers["location"] == again.headers["location"]
    assert client.get(EXECUTIONS).json()["total"] == 1


def test_launch_conflicts_when_the_key_comes_with_another_body(client: ApiClient) -> None:
    headers = {"idempotency-key": "order-17"}
    client.post(LAUNCH, json={"input": {"n": 1}}, headers=headers)

    answer = client.post(LAUNCH, json={"input": {"n": 2}}, headers=headers)

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:celeriac:problem:idempotency-conflict"
    assert client.get(EXECUTIONS).json()["total"] == 1


@pytest.mark.parametrize("keys", [[""], ["a b"], ["x" * 256], ["a", "b"]])
def test_launch_is_refused_when_the_key_is_none(client: ApiClient, keys: list[str]) -> None:
    answer = client.post(LAUNCH, json={}, headers=[("idempotency-key", key) for key in keys])

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["header"] == "Idempotency-Key"
    assert client.get(EXECUTIONS).json()["total"] == 0


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ([], [""]),
        ("text", [""]),
        (None, [""]),
        ({"inputs": {}}, ["/inputs"]),
        ({"a/b~c": 1, "input": [], "labels": 3, "note": 4}, ["/a~1b~0c", "/input", "/labels", "/note"]),
        ({"input": None}, ["/input"]),
        ({"input": {"x": "y" * 262_144}}, ["/input"]),
        ({"labels": {"a": 1}}, ["/labels/a"]),
        ({"note": "x" * 100_000}, ["/note"]),
    ],
)
def test_every_mistake_is_named_when_the_body_is_wrong(
    client: ApiClient, body: Any, pointers: list[str]
) -> None:
    headers = {"content-type": "application/json"}

    answer = client.post(LAUNCH, content=json.dumps(body), headers=headers)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == pointers
    assert client.get(EXECUTIONS).json()["total"] == 0


def test_known_keys_are_listed_when_one_is_unknown(client: ApiClient) -> None:
    answer = client.post(LAUNCH, json={"inptu": {}})

    assert (
        answer.json()["detail"] == "/inptu: unknown key 'inptu'; known are input, labels, note, launched_from"
    )


def test_workflow_is_404_when_nobody_registered_it(client: ApiClient) -> None:
    answer = client.post("/api/v1/workflows/nobody/executions", json={})

    assert answer.status_code == 404
    assert "data_processing" in answer.json()["detail"]


@pytest.mark.parametrize(
    "media_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin-1",
        "application/jsonp",
    ],
)
def test_body_is_refused_when_it_does_not_say_that_it_is_json(
    client: ApiClient, media_type: str | None
) -> None:
    headers = {} if media_type is None else {"content-type": media_type}

    answer = client.post(LAUNCH, content=b"{}", headers=headers)

    assert answer.status_code == 415
    assert client.get(EXECUTIONS).json()["total"] == 0


@pytest.mark.parametrize(
    "media_type", ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=utf8"]
)
def test_body_is_read_when_it_says_that_it_is_json(client: ApiClient, media_type: str) -> None:
    assert client.post(LAUNCH, content=b"{}", headers={"content-type": media_type}).status_code == 201
