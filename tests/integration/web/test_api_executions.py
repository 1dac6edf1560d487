"""/api/v1/executions and /api/v1/workflows: read, list, cancel, pin, delete."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.engine.workflows.definition.views import WorkflowView
from celeriac.engine.workflows.progress.views import ExecutionSummary, ExecutionView, StepDetail
from tests.integration.web.conftest import EXECUTIONS, ApiClient


def test_workflows_are_listed_when_published(client: ApiClient) -> None:
    workflows = client.get("/api/v1/workflows").json()["workflows"]

    counts = {workflow["workflow_id"]: workflow["step_count"] for workflow in workflows}
    assert counts["data_processing"] == 6
    assert counts["parallel_processing"] == 9
    assert all(
        set(workflow) == {"workflow_id", "version", "source", "description", "step_count"}
        for workflow in workflows
    )


def test_workflow_is_shown_with_steps_and_levels_when_published(client: ApiClient) -> None:
    workflow = client.get("/api/v1/workflows/parallel_processing").json()

    assert set(workflow) == set(WorkflowView.__annotations__)
    assert [len(level) for level in workflow["levels"]] == [1, 3, 2, 1, 2]
    assert len(workflow["steps"]) == 9


def test_execution_has_every_declared_key_when_read(client: ApiClient) -> None:
    execution = client.get(f"{EXECUTIONS}/{client.launch()}").json()

    assert set(execution) == set(ExecutionView.__annotations__) | set(ExecutionSummary.__annotations__)
    assert len(execution["steps"]) == 9
    assert execution["progress"] == {"completed_steps": 0, "total_steps": 9, "percentage": 0}


def test_step_has_every_declared_key_when_read(client: ApiClient) -> None:
    execution_id = client.launch()
    first = client.get(f"{EXECUTIONS}/{execution_id}").json()["steps"][0]["name"]

    step = client.get(f"{EXECUTIONS}/{execution_id}/steps/{first}").json()

    of_some = {
        *("stopped", "progress", "log_lines", "items", "allowed", "blocked"),
        *("conditions", "map_over", "cleans_up", "without_task"),
    }
    assert set(step) | of_some == set(StepDetail.__annotations__)
    assert step["name"] == first


def test_step_tells_why_it_waits_when_nothing_of_it_runs(client: ApiClient) -> None:
    execution_id = client.launch("data_processing")

    first, second = (
        client.get(f"{EXECUTIONS}/{execution_id}/steps/{name}").json()["waiting"]
        for name in ("validate_input", "clean_data")
    )

    assert (first["reason"], first["queue"], first["place"]["workers"]) == ("no_worker", "priority", 0)
    assert first["place"]["since"].endswith("Z")
    assert second == {
        "reason": "dependencies",
        "steps": [{"name": "validate_input", "status": "queued", "start_time": None}],
    }


def test_step_waits_for_nothing_when_it_has_ended(client: ApiClient) -> None:
    execution_id = client.launch_ended("data_processing")

    step = client.get(f"{EXECUTIONS}/{execution_id}/steps/validate_input").json()

    assert (step["status"], step["waiting"]) == ("cancelled", None)


@pytest.mark.parametrize("path", ["", "/steps/x"])
def test_reading_is_404_when_the_execution_is_unknown(client: ApiClient, path: str) -> None:
    answer = client.get(f"{EXECUTIONS}/data_processing-20200101T000000-aaaaaa{path}")

    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:celeriac:problem:execution-not-found"


def test_step_is_404_when_the_execution_has_no_such_one(client: ApiClient) -> None:
    answer = client.get(f"{EXECUTIONS}/{client.launch()}/steps/no_such_step")

    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:celeriac:problem:step-not-found"


def test_newest_come_first_when_listed_page_by_page(client: ApiClient) -> None:
    launched = [client.launch() for _ in range(5)]

    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    pages = 0
    while True:
        page = client.get(EXECUTIONS, params=query).json()
        assert (page["total"], page["total_capped"]) == (5, False)
        seen += [execution["execution_id"] for execution in page["executions"]]
        pages += 1
        if page["next"] is None:
            break
        query["cursor"] = page["next"]

    assert pages == 3
    assert len(seen) == len(set(seen)) == 5
    assert set(seen) == set(launched)
    assert set(page["executions"][0]) == set(ExecutionSummary.__annotations__)


def test_only_matching_executions_are_listed_when_filtered(client: ApiClient) -> None:
    plain = client.launch("data_processing")
    labelled = client.launch("data_processing", labels={"team": "a"})
    ended = client.launch_ended("parallel_processing", labels={"team": "b"})

    def found(**query: str) -> set[str]:
        answer = client.get(EXECUTIONS, params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page["total"] == len(page["executions"])
        return {execution["execution_id"] for execution in page["executions"]}

    assert found() == found(status="", q="") == {plain, labelled, ended}
    assert found(workflow_id="data_processing") == {plain, labelled}
    assert found(status="cancelled") == {ended}
    assert found(workflow_id="data_processing", status="cancelled") == set()
    assert found(label="team=a") == {labelled}
    assert found(q=plain[:-1]) >= {plain}
    assert found(q="parallel") == {ended}
    assert found(since="2020-01-01T00:00:00Z") == {plain, labelled, ended}
    assert found(until="2020-01-01T00:00:00.000+01:00") == set()


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("stauts=failure", ["stauts"]),
        ("status=failed", ["status"]),
        ("status=failure&status=success", ["status"]),
        ("limit=0", ["limit"]),
        ("limit=201", ["limit"]),
        ("limit=ten", ["limit"]),
        ("limit=%D9%A3", ["limit"]),
        ("since=yesterday&until=2026-11-22T10:00:00", ["since", "until"]),
        ("since=99999999999999999999", ["since"]),
    ],
)
def test_every_wrong_parameter_is_named_when_listing(
    client: ApiClient, query: str, parameters: list[str]
) -> None:
    answer = client.get(f"{EXECUTIONS}?{query}")

    assert answer.status_code == 422
    assert [error["parameter"] for error in answer.json()["errors"]] == parameters


@pytest.mark.parametrize("query", ["cursor=%00", "cursor=x", "cursor=MTIz", "label=team", "cursor=%ff"])
def test_parameter_is_refused_when_the_engine_cannot_read_it(client: ApiClient, query: str) -> None:
    assert client.get(f"{EXECUTIONS}?{query}").status_code == 422


def test_cancellation_is_accepted_when_the_execution_is_active(client: ApiClient) -> None:
    execution_id = client.launch()

    answer = client.post(f"{EXECUTIONS}/{execution_id}/cancellation")

    assert (answer.status_code, answer.json()) == (
        202,
        {"execution_id": execution_id, "cancel_requested": True},
    )
    assert client.get(f"{EXECUTIONS}/{execution_id}").json()["status"] == "cancelled"


def test_cancellation_conflicts_when_the_execution_has_ended(client: ApiClient) -> None:
    execution_id = client.launch_ended()

    answer = client.post(f"{EXECUTIONS}/{execution_id}/cancellation")

    assert answer.status_code == 409
    assert "already ended with status cancelled" in answer.json()["detail"]


def test_execution_is_gone_when_deleted(client: ApiClient) -> None:
    execution_id = client.launch_ended()

    answer = client.delete(f"{EXECUTIONS}/{execution_id}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get(f"{EXECUTIONS}/{execution_id}").status_code == 404
    assert client.delete(f"{EXECUTIONS}/{execution_id}").status_code == 404


def test_deletion_conflicts_when_the_execution_is_active(client: ApiClient) -> None:
    execution_id = client.launch()

    assert client.delete(f"{EXECUTIONS}/{execution_id}").status_code == 409
    assert client.get(f"{EXECUTIONS}/{execution_id}").status_code == 200


def test_deletion_conflicts_when_the_execution_is_pinned(client: ApiClient) -> None:
    execution_id = client.launch_ended()
    pinned = client.post(f"{EXECUTIONS}/{execution_id}/pin")

    refused = client.delete(f"{EXECUTIONS}/{execution_id}")
    unpinned = client.delete(f"{EXECUTIONS}/{execution_id}/pin")
    removed = client.delete(f"{EXECUTIONS}/{execution_id}")

    assert (pinned.status_code, pinned.json()) == (200, {"execution_id": execution_id, "pinned": True})
    assert [answer.status_code for answer in (refused, unpinned, removed)] == [409, 204, 204]
