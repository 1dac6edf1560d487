"""Steps with the trigger always: they run after any end, and after a cancellation, which ends with the last of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import StepNotMarkable
from celeriac.engine.workflows.definition.steps import WorkflowStep
from celeriac.engine.workflows.progress.views import ExecutionView
from tests.support.executions import starts, statuses, step_of, wait_for_step, wait_until_ended
from tests.support.workers import Worker
from tests.support.workflows import step

LONG = {"seconds": 60}


def launch(engine: WorkflowEngine, *steps: WorkflowStep, **fields: object) -> str:
    engine.register_workflow("clean", list(steps), **fields)  # type: ignore[arg-type]
    return engine.execute_workflow("clean", {})


def cancel_while_runs(engine: WorkflowEngine, execution_id: str, name: str) -> ExecutionView:
    """Cancels the execution once the step runs, and waits until it has ended."""
    wait_for_step(engine, execution_id, name, "running")
    engine.cancel_workflow(execution_id)
    return wait_until_ended(engine, execution_id)


def test_the_clean_up_runs_when_the_execution_is_cancelled_while_a_step_runs(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    execution_id = launch(
        shared_engine,
        step("a", "sleep", parameters=LONG),
        step("next", after="a"),
        step("clean", after="a", trigger="always"),
        step("tell", after=["next", "clean"], trigger="always"),
        step("after_clean", after="clean"),
        step("done", after="a", trigger="all_done"),
    )

    execution = cancel_while_runs(shared_engine, execution_id, "a")

    assert execution["status"] == "cancelled"
    assert statuses(execution) == {
        "a": "cancelled",
        "next": "cancelled",
        "clean": "success",
        "done": "cancelled",
        "tell": "success",
        "after_clean": "cancelled",
    }
    events = [(event["event"], event.get("step")) for event in shared_engine.executions.events(execution_id)]
    assert events[-2:] == [("step_success", "tell"), ("execution_ended", None)]
    assert events.index(("step_cancelled", "a")) < events.index(("step_queued", "clean"))


def test_the_clean_up_runs_when_the_execution_is_cancelled_before_a_worker_exists(
    engine: WorkflowEngine, start_worker: Callable[[], Worker], tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    execution_id = launch(
        engine,
        step("a", "tests.mark", parameters={"marks": str(marks)}),
        step("b", after="a"),
        step("clean", after=["a", "b"], trigger="always"),
    )

    engine.cancel_workflow(execution_id)

    waiting = engine.get_workflow_status(execution_id)
    assert (waiting["status"], waiting["cancel_requested"]) == ("pending", True)
    assert statuses(waiting) == {"a": "cancelled", "b": "cancelled", "clean": "queued"}
    start_worker()
    execution = wait_until_ended(engine, execution_id)
    assert execution["status"] == "cancelled"
    assert (step_of(execution, "clean")["status"], starts(marks)) == ("success", 0)


def test_the_clean_up_runs_when_a_failure_has_stopped_the_rest(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    execution_id = launch(
        shared_engine,
        step("a", "tests.raise_error", retry_count=0),
        step("next", after="a"),
        step("clean", after=["a", "next"], trigger="always"),
    )

    execution = wait_until_ended(shared_engine, execution_id)

    assert execution["status"] == "failure"
    assert statuses(execution) == {"a": "failure", "next": "skipped", "clean": "success"}


def test_the_clean_up_goes_on_with_its_own_retries_when_it_runs_as_the_cancellation_comes(
    shared_engine: WorkflowEngine, shared_worker: Worker, tmp_path: Path
) -> None:
    marks, gate = tmp_path / "marks", tmp_path / "gate"
    execution_id = launch(
        shared_engine,
        step("a"),
        step("long", "sleep", after="a", parameters=LONG),
        step(
            "clean",
            "tests.fail_then_wait",
            after="a",
            trigger="always",
            retry_count=2,
            parameters={"marks": str(marks), "times": 1, "gate": str(gate)},
        ),
        step("tell", "tests.tell_current_step", after="clean", trigger="always"),
    )
    wait_for_step(shared_engine, execution_id, "clean", "running", "retrying")
    wait_for_step(shared_engine, execution_id, "long", "running")

    shared_engine.cancel_workflow(execution_id)
    shared_engine.cancel_workflow(execution_id)  # a repeated request does not stop it either

    wait_for_step(shared_engine, execution_id, "long", "cancelled")
    gate.touch()
    execution = wait_until_ended(shared_engine, execution_id)
    assert (execution["status"], step_of(execution, "long")["status"]) == ("cancelled", "cancelled")
    assert (step_of(execution, "clean")["status"], starts(marks)) == ("success", 2)
    result = shared_engine.steps.get(execution_id, "tell")["result"]
    assert isinstance(result, dict)
    assert result["cancelled"] is False


def test_the_clean_up_alone_can_be_skipped_when_the_execution_is_being_cancelled(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    execution_id = launch(
        shared_engine,
        step("a"),
        step("long", "tests.ignore_sigterm", after="a"),
        step("clean", "sleep", after="a", trigger="always", parameters=LONG),
    )
    wait_for_step(shared_engine, execution_id, "clean", "running")
    wait_for_step(shared_engine, execution_id, "long", "running")
    shared_engine.cancel_workflow(execution_id)

    assert shared_engine.steps.get(execution_id, "clean")["actions"] == ["skip"]
    assert shared_engine.steps.get(execution_id, "long")["actions"] == []
    with pytest.raises(StepNotMarkable):
        shared_engine.steps.skip(execution_id, "long", "it hangs")
    shared_engine.steps.skip(execution_id, "clean", "it hangs")

    execution = wait_until_ended(shared_engine, execution_id)
    assert (execution["status"], step_of(execution, "clean")["status"]) == ("cancelled", "skipped")


def test_conditions_and_lists_are_decided_when_the_clean_up_follows_a_cancellation(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    exists = {"type": "value_exists", "params": {"field": "a.rows"}}
    execution_id = launch(
        shared_engine,
        step("made", "echo", parameters={"value": [1, 2]}),
        step("a", "sleep", after="made", parameters=LONG),
        step("each", after=["made", "a"], trigger="always", map_over="made.value"),
        step("lost_list", after="a", trigger="always", map_over="a.rows"),
        step("not_needed", after="a", trigger="always", only_if=exists),
        step("tell", after=["each", "lost_list", "not_needed"], trigger="always"),
    )

    execution = cancel_while_runs(shared_engine, execution_id, "a")

    assert execution["status"] == "cancelled"
    assert statuses(execution) == {
        "made": "success",
        "a": "cancelled",
        "each": "success",
        "lost_list": "failure",
        "not_needed": "skipped",
        "tell": "success",
    }
    assert (step_of(execution, "lost_list")["error"] or {})["kind"] == "bad_items"  # type: ignore[index]


def test_the_clean_up_runs_again_when_the_cancelled_execution_is_retried(
    shared_engine: WorkflowEngine, shared_worker: Worker, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    execution_id = launch(
        shared_engine,
        step("a", "tests.wait_for_file", parameters={"path": str(gate)}),
        step("clean", after="a", trigger="always"),
    )
    cancel_while_runs(shared_engine, execution_id, "a")
    gate.touch()

    shared_engine.executions.retry(execution_id)

    execution = wait_until_ended(shared_engine, execution_id)
    assert (execution["status"], statuses(execution)) == ("success", {"a": "success", "clean": "success"})
    assert step_of(execution, "clean")["attempt"] == 2
