"""…/retry and …/mark: taking up what has ended, and ends given by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.web.conftest import EXECUTIONS, ApiClient
from tests.integration.web.test_hostile_bodies import HOSTILE, JSON
from tests.support.executions import statuses
from tests.support.playing import hold, play, release
from tests.support.workflows import step

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine


@pytest.fixture
def failed(client: ApiClient, engine: WorkflowEngine) -> str:
    """`load -> clean -> report`, failed at `clean`."""
    steps = [step("load"), step("clean", after="load"), step("report", after="clean")]
    engine.register_workflow("three", steps)
    engine.publish_workflows()
    execution_id = engine.execute_workflow("three", {"day": 1})
    play(engine, execution_id, {"clean": ValueError("no")})
    return execution_id


def test_what_failed_runs_again_when_retried(client: ApiClient, engine: WorkflowEngine, failed: str) -> None:
    answer = client.post(f"{EXECUTIONS}/{failed}/retry")

    assert answer.status_code == 202
    assert answer.json() == {"execution_id": failed, "round": 2, "steps": ["clean", "report"]}
    play(engine, failed)
    execution = engine.get_workflow_status(failed)
    assert (execution["status"], execution["round"]) == ("success", 2)


def test_a_step_runs_again_when_retried_from_it(
    client: ApiClient, engine: WorkflowEngine, failed: str
) -> None:
    answer = client.post(f"{EXECUTIONS}/{failed}/retry", json={"from_step": "load"})

    assert answer.json()["steps"] == ["load", "clean", "report"]
    play(engine, failed)


@pytest.mark.parametrize(
    ("body", "steps"),
    [
        ({"dry_run": True}, ["clean", "report"]),
        ({"dry_run": True, "from_step": "load"}, ["load", "clean", "report"]),
    ],
)
def test_nothing_changes_when_only_asked_what_would_run(
    client: ApiClient, engine: WorkflowEngine, failed: str, body: dict[str, Any], steps: list[str]
) -> None:
    before = engine.get_workflow_status(failed)

    answer = client.post(f"{EXECUTIONS}/{failed}/retry", json=body)

    assert answer.status_code == 200
    assert answer.json() == {"execution_id": failed, "round": 2, "steps": steps}
    assert engine.get_workflow_status(failed) == before


def test_retry_is_refused_when_there_is_nothing_to_retry(client: ApiClient, engine: WorkflowEngine) -> None:
    active = client.launch()
    engine.register_workflow("single", [step("only")])
    engine.publish_workflows()
    done = engine.execute_workflow("single", {})
    play(engine, done)

    refusals = [client.post(f"{EXECUTIONS}/{each}/retry") for each in (active, done)]

    assert [refusal.status_code for refusal in refusals] == [409, 409]
    assert [refusal.json()["type"].rpartition(":")[2] for refusal in refusals] == [
        "execution-active",
        "nothing-to-retry",
    ]


def test_retry_is_404_when_the_step_is_unknown(client: ApiClient, failed: str) -> None:
    answer = client.post(f"{EXECUTIONS}/{failed}/retry", json={"from_step": "nothing"})

    assert (answer.status_code, answer.json()["type"]) == (404, "urn:celeriac:problem:step-not-found")


@pytest.mark.parametrize("status", ["skipped", "success"])
def test_an_ended_execution_goes_on_when_its_failed_step_is_marked(
    client: ApiClient, engine: WorkflowEngine, failed: str, status: str
) -> None:
    body = {"status": status, "reason": "done by hand"}

    answer = client.post(f"{EXECUTIONS}/{failed}/steps/clean/mark", json=body)

    assert answer.status_code == 202
    assert answer.json() == {"execution_id": failed, "step": "clean", "status": status}
    play(engine, failed)
    execution = engine.get_workflow_status(failed)
    assert execution["status"] == "success"
    assert statuses(execution)["clean"] == status
    assert engine.steps.get(failed, "clean")["reason"] == "by hand: done by hand"


def test_a_waiting_step_is_skipped_when_marked_while_others_run(
    client: ApiClient, engine: WorkflowEngine, failed: str
) -> None:
    engine.executions.retry(failed)
    hold(engine, failed)

    marked = client.post(
        f"{EXECUTIONS}/{failed}/steps/report/mark", json={"status": "skipped", "reason": "x"}
    )
    too_late = client.post(
        f"{EXECUTIONS}/{failed}/steps/clean/mark", json={"status": "success", "reason": "x"}
    )

    assert (marked.status_code, too_late.status_code) == (202, 409)
    assert "clean" in too_late.json()["detail"]
    assert "is running" in too_late.json()["detail"]
    release(engine, failed)
    assert statuses(engine.get_workflow_status(failed))["report"] == "skipped"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"status": "skipped"}, "reason"),
        ({"reason": "x"}, "status"),
        ({"status": "failure", "reason": "x"}, "skipped, success"),
        ({"status": "skipped", "reason": 7}, "text"),
        ({"status": "skipped", "reason": "  "}, "1 to 200"),
        ({"status": "skipped", "reason": "x" * 201}, "1 to 200"),
        ({"status": "skipped", "reason": "x", "force": True}, "force"),
    ],
)
def test_mark_is_refused_when_its_body_is_wrong(
    client: ApiClient, engine: WorkflowEngine, failed: str, body: dict[str, Any], named: str
) -> None:
    before = engine.get_workflow_status(failed)

    answer = client.post(f"{EXECUTIONS}/{failed}/steps/clean/mark", json=body)

    assert answer.status_code == 422
    assert any(named in error["message"] for error in answer.json()["errors"]), answer.text
    assert engine.get_workflow_status(failed) == before


@pytest.mark.parametrize("path", ["/retry", "/steps/clean/mark"])
@pytest.mark.parametrize("name", [name for name in HOSTILE if name != "nothing"])
def test_body_is_refused_and_nothing_changes_when_it_is_no_strict_json(
    client: ApiClient, engine: WorkflowEngine, failed: str, path: str, name: str
) -> None:
    before = engine.get_workflow_status(failed)["seq"]

    answer = client.post(f"{EXECUTIONS}/{failed}{path}", content=HOSTILE[name], headers=JSON)

    assert answer.status_code == 400
    assert engine.get_workflow_status(failed)["seq"] == before


@pytest.mark.parametrize("path", ["/retry", "/steps/clean/mark"])
@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [(b"[]", JSON, 422), (b"{}", {"content-type": "text/plain"}, 415), (b'{"from_step": 7}', JSON, 422)],
)
def test_body_is_refused_when_it_is_of_another_kind(
    client: ApiClient, failed: str, path: str, content: bytes, headers: dict[str, str], status: int
) -> None:
    answer = client.post(f"{EXECUTIONS}/{failed}{path}", content=content, headers=headers)

    assert answer.status_code == status


# -- launched again


def test_a_launch_names_its_original_when_it_says_so(
    client: ApiClient, engine: WorkflowEngine, failed: str
) -> None:
    again = client.launch("three", input={"day": 2}, launched_from=failed)

    assert client.get(f"{EXECUTIONS}/{again}").json()["launched_from"] == failed
    assert client.get(f"{EXECUTIONS}/{failed}").json()["launched_again"] == again


def test_nothing_is_launched_when_the_original_is_unknown(client: ApiClient) -> None:
    body = {"launched_from": "data_processing-20200101T000000-aaaaaa"}

    answer = client.post("/api/v1/workflows/data_processing/executions", json=body)

    assert answer.status_code == 404
    assert client.get(EXECUTIONS).json()["total"] == 0
