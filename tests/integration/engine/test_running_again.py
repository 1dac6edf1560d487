"""Executions that are taken up again, on a real worker; and what cannot be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import (
    BranchNotMarkable,
    Conflict,
    ExecutionActive,
    ExecutionNotFound,
    InvalidInput,
    NothingToRetry,
    ResumedMeanwhile,
    StepNotFound,
    StepNotMarkable,
    StepSkippedByBranch,
)
from celeriac.engine.operations.retry import plan_retry, start_retry
from tests.support.executions import statuses, step_of, wait_for_step, wait_until_ended
from tests.support.taken_up import attempts, branch, failing_once, launch, play
from tests.support.workflows import chain, step

pytestmark = pytest.mark.usefixtures("shared_worker")

SUCCESS, FAILURE, SKIPPED, CANCELLED = "success", "failure", "skipped", "cancelled"


# -- retry


def test_what_has_succeeded_is_kept_when_a_failed_execution_is_retried(
    shared_engine: WorkflowEngine, tmp_path: Path
) -> None:
    failed = play(shared_engine, failing_once(tmp_path / "marks"), on_failure="continue")
    assert statuses(failed)["beside"] == SUCCESS

    again = shared_engine.executions.retry(failed["execution_id"])

    execution = wait_until_ended(shared_engine, failed["execution_id"])
    assert again == ["middle", "last"]
    assert (execution["status"], execution["round"], execution["error"]) == (SUCCESS, 2, None)
    assert attempts(execution) == {"first": 1, "middle": 2, "last": 1, "beside": 1}
    told = [
        (event["event"], event.get("step"))
        for event in shared_engine.executions.events(execution["execution_id"], after=failed["seq"])
    ]
    assert told[:3] == [("execution_retried", None), ("step_reset", "middle"), ("step_reset", "last")]
    assert told[-1] == ("execution_ended", None)


def test_what_was_cancelled_runs_when_the_execution_is_retried(
    shared_engine: WorkflowEngine, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    steps = [
        step("first"),
        step("waits", "tests.wait_for_file", after="first", parameters={"path": str(gate)}),
    ]
    execution_id = launch(shared_engine, steps)
    wait_for_step(shared_engine, execution_id, "waits", "running")
    shared_engine.cancel_workflow(execution_id)
    assert wait_until_ended(shared_engine, execution_id)["status"] == CANCELLED

    gate.touch()
    assert shared_engine.executions.retry(execution_id) == ["waits"]

    execution = wait_until_ended(shared_engine, execution_id)
    assert (execution["status"], execution["cancel_requested"]) == (SUCCESS, False)


def test_the_branch_keeps_its_choice_when_the_chosen_step_is_retried(
    shared_engine: WorkflowEngine, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    chosen = step("one", "tests.raise_error", retry_count=0, parameters={"marks": str(marks), "times": 1})
    failed = play(shared_engine, [branch(), chosen, step("other"), step("join", after=["one", "other"])])

    assert shared_engine.executions.retry(failed["execution_id"]) == ["one", "join"]

    execution = wait_until_ended(shared_engine, failed["execution_id"])
    assert statuses(execution) == {
        "choose": SUCCESS,
        "one": SUCCESS,
        "other": SKIPPED,
        "join": SUCCESS,
    }
    assert attempts(execution)["choose"] == 1


# -- re-run


def test_a_preview_tells_what_would_run_again_when_it_changes_nothing(shared_engine: WorkflowEngine) -> None:
    before = play(shared_engine, chain(4))
    execution_id = before["execution_id"]

    assert shared_engine.executions.preview_retry(execution_id, from_step="s3") == ["s3", "s4"]

    after = shared_engine.get_workflow_status(execution_id)
    assert (after["status"], after["round"], after["seq"]) == (SUCCESS, 1, before["seq"])


def test_the_step_and_all_behind_it_run_again_when_a_success_is_run_again_from_there(
    shared_engine: WorkflowEngine,
) -> None:
    execution_id = play(shared_engine, chain(4))["execution_id"]

    assert shared_engine.executions.retry(execution_id, from_step="s3") == ["s3", "s4"]

    execution = wait_until_ended(shared_engine, execution_id)
    assert (execution["status"], execution["round"]) == (SUCCESS, 2)
    assert attempts(execution) == {"s1": 1, "s2": 1, "s3": 2, "s4": 2}


def test_the_branch_chooses_anew_when_it_runs_again(shared_engine: WorkflowEngine, tmp_path: Path) -> None:
    marks = str(tmp_path / "marks")
    few = {"type": "value_less_than", "params": {"field": "starts", "threshold": 2}}
    steps = [
        step(
            "choose",
            "tests.mark",
            parameters={"marks": marks},
            conditions={"few": {**few, "task": "one"}, "default": {"task": "other"}},
        ),
        step("one"),
        step("other"),
        step("join", after=["one", "other"]),
    ]
    first = play(shared_engine, steps)
    assert (statuses(first)["one"], statuses(first)["other"]) == (SUCCESS, SKIPPED)

    again = shared_engine.executions.retry(first["execution_id"], from_step="choose")

    execution = wait_until_ended(shared_engine, first["execution_id"])
    assert again == ["choose", "one", "other", "join"]
    assert statuses(execution) == {"choose": SUCCESS, "one": SKIPPED, "other": SUCCESS, "join": SUCCESS}
    assert step_of(execution, "one")["reason"] == "starts < 2 was false: 2"


# -- what cannot be taken up


def test_a_retry_is_refused_when_the_execution_is_active(
    shared_engine: WorkflowEngine, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    execution_id = launch(
        shared_engine, [step("waits", "tests.wait_for_file", parameters={"path": str(gate)})]
    )
    wait_for_step(shared_engine, execution_id, "waits", "running")

    with pytest.raises(ExecutionActive) as refused:
        shared_engine.executions.retry(execution_id)

    assert str(refused.value) == f"Execution '{execution_id}' is still running; wait for its end."
    gate.touch()
    assert wait_until_ended(shared_engine, execution_id)["round"] == 1


def test_a_retry_is_refused_when_everything_has_succeeded(shared_engine: WorkflowEngine) -> None:
    execution_id = play(shared_engine, chain(1))["execution_id"]

    with pytest.raises(NothingToRetry) as refused:
        shared_engine.executions.preview_retry(execution_id)

    assert str(refused.value) == (
        f"Execution '{execution_id}' has nothing to retry: no step failed or was cancelled."
        " Re-run it from a step instead."
    )


def test_a_re_run_is_refused_when_the_branch_has_left_the_step_out(shared_engine: WorkflowEngine) -> None:
    execution_id = play(shared_engine, [branch(), step("one"), step("other")])["execution_id"]

    with pytest.raises(StepSkippedByBranch) as refused:
        shared_engine.executions.retry(execution_id, from_step="other")

    assert str(refused.value) == (
        "Step 'other' was skipped because 'choose' did not choose it; re-run from 'choose' instead."
    )


def test_one_of_two_is_refused_when_both_retry_at_the_same_time(
    shared_engine: WorkflowEngine, tmp_path: Path
) -> None:
    execution_id = play(shared_engine, failing_once(tmp_path / "marks"))["execution_id"]
    context = shared_engine.context
    first, second = plan_retry(context, execution_id), plan_retry(context, execution_id)

    start_retry(context, first)
    with pytest.raises(ResumedMeanwhile) as refused:
        start_retry(context, second)

    assert str(refused.value) == (
        f"Execution '{execution_id}' was retried by another request in the meantime. Reload it."
    )
    execution = wait_until_ended(shared_engine, execution_id)
    assert (execution["status"], execution["round"]) == (SUCCESS, 2)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda engine, _: engine.executions.retry("gone"),
            ExecutionNotFound,
            "Execution 'gone' not found. It may have been cleaned up.",
        ),
        (
            lambda engine, known: engine.executions.retry(known, from_step="nope"),
            StepNotFound,
            "Execution '{known}' has no step 'nope'.",
        ),
        (
            lambda engine, known: engine.steps.skip(known, "nope", "why"),
            StepNotFound,
            "Execution '{known}' has no step 'nope'.",
        ),
        (
            lambda engine, known: engine.steps.skip(known, "s1", " "),
            InvalidInput,
            "the reason must be a string of 1 to 200 characters",
        ),
        (
            lambda engine, known: engine.steps.succeed(known, "s1", "why"),
            StepNotMarkable,
            "Step 's1' of execution '{known}' is success and cannot be marked. Only a waiting step can be marked,"
            " or in an ended execution a step that failed, was cancelled or could not run.",
        ),
    ],
)
def test_it_is_refused_with_a_clear_text_when_it_names_what_is_not_there(
    shared_engine: WorkflowEngine,
    call: Callable[[WorkflowEngine, str], Any],
    error: type[Exception],
    message: str,
) -> None:
    known = play(shared_engine, chain(1))["execution_id"]

    with pytest.raises(error) as refused:
        call(shared_engine, known)

    assert str(refused.value) == message.format(known=known)


def test_every_refusal_is_a_conflict_when_it_is_about_the_state() -> None:
    refusals = (
        BranchNotMarkable,
        ExecutionActive,
        NothingToRetry,
        ResumedMeanwhile,
        StepNotMarkable,
        StepSkippedByBranch,
    )

    assert {(issubclass(each, Conflict), each.http_status) for each in refusals} == {(True, 409)}
