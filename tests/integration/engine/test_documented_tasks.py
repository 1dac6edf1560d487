"""What Celery's documentation promises of tasks holds in a step. Each test names its page, below docs.celeryq.dev/en/stable/."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from celeriac.engine.workflows.progress.views import StepDetail
from tests.support.executions import wait_for_step, wait_until_ended
from tests.support.workers import Worker
from tests.support.workflows import step


@pytest.fixture(scope="module", autouse=True)
def worker(shared_settings: Settings) -> Iterator[Worker]:
    settings = replace(shared_settings, app="tests.support.documented_tasks:app")
    worker = Worker(
        settings, log_directory=shared_settings.data_dir.parent / "logs", options=("-c", "1")
    ).start()
    yield worker
    worker.stop()


def run(engine: WorkflowEngine, name: str, **parameters: Any) -> StepDetail:
    engine.register_workflow(name, [step("only", f"documented.{name}", parameters=parameters)])
    execution_id = engine.execute_workflow(name, {})
    wait_until_ended(engine, execution_id)
    return engine.steps.get(execution_id, "only")


def delays(engine: WorkflowEngine, execution_id: str) -> list[float]:
    events = engine.executions.events(execution_id)
    return [event["delay"] for event in events if event["event"] == "step_retrying"]


def kind_of(detail: StepDetail) -> str:
    assert detail["error"] is not None
    return detail["error"]["kind"]


def test_a_bound_task_has_itself_and_its_request(shared_engine: WorkflowEngine) -> None:
    """userguide/tasks.html#bound-tasks, userguide/tasks.html#task-request"""
    detail = run(shared_engine, "bound")

    name, request_id, retries = detail["result"]
    assert (name, retries) == ("documented.bound", 0)
    assert [line["message"] for line in detail["logs"]] == [f"runs as {request_id}"]


@pytest.mark.parametrize(("countdown", "delay"), [(None, 30 * 60), (60, 60)])
def test_a_retry_waits_for_the_default_delay_or_its_countdown(
    shared_engine: WorkflowEngine, countdown: float | None, delay: float
) -> None:
    """userguide/tasks.html#using-a-custom-retry-delay"""
    shared_engine.register_workflow(
        "retries", [step("only", "documented.retries", parameters={"countdown": countdown})]
    )
    execution_id = shared_engine.execute_workflow("retries", {})
    wait_for_step(shared_engine, execution_id, "only", "retrying")

    assert delays(shared_engine, execution_id) == [delay]
    shared_engine.cancel_workflow(execution_id)
    wait_until_ended(shared_engine, execution_id)


def test_known_exceptions_are_retried_as_often_as_the_task_says(shared_engine: WorkflowEngine) -> None:
    """userguide/tasks.html#automatic-retry-for-known-exceptions"""
    detail = run(shared_engine, "autoretry")

    assert detail["error"] is not None
    assert detail["error"]["type"] == "ServiceDown"
    assert len(detail["attempts"]) == 3


def test_backoff_doubles_up_to_its_maximum(shared_engine: WorkflowEngine) -> None:
    """userguide/tasks.html#Task.retry_backoff"""
    shared_engine.register_workflow("backoff", [step("only", "documented.backoff")])
    execution_id = shared_engine.execute_workflow("backoff", {})

    assert wait_until_ended(shared_engine, execution_id)["result"] == {"only": 3}
    assert delays(shared_engine, execution_id) == [1, 2, 2]


def test_a_base_class_is_created_once_for_each_process(shared_engine: WorkflowEngine) -> None:
    """userguide/tasks.html#instantiation, userguide/tasks.html#per-task-usage"""
    assert [run(shared_engine, "connected")["result"] for _ in range(3)] == ["connection 1"] * 3


def test_handlers_are_called_with_the_id_of_the_request(
    shared_engine: WorkflowEngine, tmp_path: Path
) -> None:
    """userguide/tasks.html#handlers"""
    path = tmp_path / "notice"

    run(shared_engine, "notifies", path=str(path))

    assert path.read_text().endswith(" failed: no response")
    assert len(path.read_text().split()[0]) == 36


def test_an_expected_exception_is_a_failure_without_a_traceback_in_the_log(
    shared_engine: WorkflowEngine, worker: Worker
) -> None:
    """userguide/tasks.html#Task.throws"""
    detail = run(shared_engine, "throws")

    assert kind_of(detail) == "error"
    line = next(line for line in worker.log().splitlines() if "ServiceDown('expected')" in line)
    assert "INFO" in line


@pytest.mark.parametrize("name", ["ignores", "rejects"])
def test_predicates_give_no_result(shared_engine: WorkflowEngine, name: str) -> None:
    """userguide/tasks.html#ignore, userguide/tasks.html#reject"""
    assert kind_of(run(shared_engine, name)) == "no_result"


def test_a_soft_limit_can_be_caught_to_clean_up(shared_engine: WorkflowEngine, tmp_path: Path) -> None:
    """userguide/workers.html#time-limits"""
    path = tmp_path / "cleaned"

    detail = run(shared_engine, "limited", path=str(path))

    assert detail["result"] == "in a hurry"
    assert path.read_text() == "cleaned up"


def test_an_abortable_task_ends_by_itself_when_it_is_not_aborted(shared_engine: WorkflowEngine) -> None:
    """reference/celery.contrib.abortable.html"""
    assert run(shared_engine, "abortable")["result"] == "done"


def test_custom_states_need_no_backend(shared_engine: WorkflowEngine) -> None:
    """userguide/tasks.html#custom-states"""
    assert run(shared_engine, "reports", total=4)["result"] == 4
