"""Workers of two releases on one queue: a step runs where its task is, and is not used up where it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from celeriac.engine.workflows.definition.definition import WorkflowStep
from celeriac.words.waiting import wait_words
from tests.support.executions import step_of, wait_until_ended
from tests.support.waiting import eventually
from tests.support.workers import Worker

NEW, OLD = "tests.support.new_tasks", "tests.support.old_tasks"
LIST = {"list": [1, 2, 3, 4]}


@pytest.fixture
def mixed(engine: WorkflowEngine) -> WorkflowEngine:
    engine.register_workflow(
        "mixed",
        [
            WorkflowStep("a", "mixed.one", map_over="input.list"),
            WorkflowStep("after", "mixed.gather", depends_on=["a"]),
        ],
    )
    return engine


def test_every_step_runs_on_its_first_attempt_when_one_of_two_workers_lacks_its_task(
    mixed: WorkflowEngine, settings: Settings, start_worker: Callable[..., Worker]
) -> None:
    for module in (NEW, OLD):
        start_worker("-c", "1", settings=replace(settings, workflows=(module,)))

    ids = [mixed.execute_workflow("mixed", LIST) for _ in range(6)]

    for execution_id in ids:
        execution = wait_until_ended(mixed, execution_id)
        assert execution["result"] == {"after": 4}
        items = mixed.steps.items(execution_id, "a")["items"]
        assert [item["attempt"] for item in items] == [1, 1, 1, 1]


def test_a_step_waits_and_says_why_when_no_worker_has_its_task_and_goes_on_when_one_has(
    mixed: WorkflowEngine, settings: Settings, start_worker: Callable[..., Worker]
) -> None:
    patient = replace(settings, unknown_task_grace=600.0)
    old = start_worker("-c", "1", settings=replace(patient, workflows=(OLD,)))
    execution_id = mixed.execute_workflow("mixed", LIST)

    def sentence() -> str:
        waiting = mixed.steps.get(execution_id, "a", item=0)["waiting"]
        words = wait_words(waiting)
        return "" if words is None else words.before

    expected = f"Waits for a worker with the task mixed.one: {old.name}@"
    eventually(lambda: sentence().startswith(expected))
    start_worker("-c", "1", settings=replace(patient, workflows=(NEW,)))

    assert wait_until_ended(mixed, execution_id)["result"] == {"after": 4}


def test_a_step_fails_when_no_worker_has_its_task_for_too_long(
    mixed: WorkflowEngine, settings: Settings, start_worker: Callable[..., Worker]
) -> None:
    hasty = replace(settings, unknown_task_grace=0.5)
    start_worker("-c", "1", settings=replace(hasty, workflows=(OLD,)))

    execution = wait_until_ended(mixed, mixed.execute_workflow("mixed", LIST))

    error = step_of(execution, "a")["error"]
    assert execution["status"] == "failure"
    assert error is not None
    assert error["kind"] == "items"
    failed = mixed.steps.items(execution["execution_id"], "a", status="failure")["items"]
    assert {(item["error"] or {})["kind"] for item in failed} == {"unknown_task"}
