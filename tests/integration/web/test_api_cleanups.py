"""POST /api/v1/cleanups."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.web.conftest import EXECUTIONS, ApiClient

CLEANUPS = "/api/v1/cleanups"


def test_nothing_is_removed_when_it_is_a_dry_run(client: ApiClient) -> None:
    client.launch_ended("data_processing")
    client.launch_ended("parallel_processing")
    client.launch()

    answer = client.post(CLEANUPS, json={"max_age_hours": 0, "dry_run": True})

    preview = answer.json()
    assert answer.status_code == 200
    assert preview["count"] == 2
    assert preview["by_status"]["cancelled"] == 2
    assert preview["by_workflow"] == {"data_processing": 1, "parallel_processing": 1}
    assert preview["oldest"] <= preview["before"]
    assert client.get(EXECUTIONS).json()["total"] == 3


def test_exactly_the_previewed_go_when_before_is_passed_back(client: ApiClient) -> None:
    gone = client.launch_ended()
    pinned = client.launch_ended()
    active = client.launch()
    client.post(f"{EXECUTIONS}/{pinned}/pin")
    preview = client.post(CLEANUPS, json={"max_age_hours": 0, "dry_run": True}).json()
    later = client.launch_ended()

    answer = client.post(CLEANUPS, json={"max_age_hours": 0, "before": preview["before"]})

    assert (answer.status_code, answer.json()) == (200, {"removed": preview["count"]})
    left = {execution["execution_id"] for execution in client.get(EXECUTIONS).json()["executions"]}
    assert left == {pinned, active, later}
    assert gone not in left


def test_young_executions_stay_when_the_age_is_left_out(client: ApiClient) -> None:
    client.launch_ended()

    assert client.post(CLEANUPS, json={}).json() == {"removed": 0}


def test_other_statuses_stay_when_some_are_named(client: ApiClient) -> None:
    client.launch_ended()

    body = {"max_age_hours": 0, "statuses": ["success", "failure"]}

    assert client.post(CLEANUPS, json=body).json() == {"removed": 0}
    assert client.post(CLEANUPS, json={**body, "statuses": ["cancelled"]}).json() == {"removed": 1}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], ""),
        ({"max_age": 1}, "/max_age"),
        ({"max_age_hours": -1}, "/max_age_hours"),
        ({"max_age_hours": "24"}, "/max_age_hours"),
        ({"max_age_hours": True}, "/max_age_hours"),
        ({"max_age_hours": 1e300}, "/max_age_hours"),
        ({"max_age_hours": 0, "statuses": []}, "/statuses"),
        ({"max_age_hours": 0, "statuses": ["running"]}, "/statuses"),
        ({"max_age_hours": 0, "statuses": [["cancelled"]]}, "/statuses"),
        ({"max_age_hours": 0, "statuses": "cancelled"}, "/statuses"),
        ({"max_age_hours": 0, "dry_run": "true"}, "/dry_run"),
        ({"max_age_hours": 0, "before": "tomorrow"}, "/before"),
        ({"max_age_hours": 0, "before": 5}, "/before"),
        ({"max_age_hours": 0, "dry_run": True, "before": "2026-11-22T10:00:00Z"}, "/before"),
    ],
)
def test_nothing_is_removed_when_the_body_is_wrong(client: ApiClient, body: Any, pointer: str) -> None:
    client.launch_ended()

    answer = client.post(CLEANUPS, json=body)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert client.get(EXECUTIONS).json()["total"] == 1
