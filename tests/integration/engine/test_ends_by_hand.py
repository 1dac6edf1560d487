"""Steps that a person skips or marks as a success, on a real worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import BranchNotMarkable, ItemNotFound, StepNotMapped, StepNotMarkable
from celeriac.engine.workflows.definition.steps import WorkflowStep
from tests.support import mapped as mapping
from tests.support.executions import starts, statuses, step_of, wait_for_step, wait_until_ended
from tests.support.taken_up import attempts, branch, failing_once, launch, play
from tests.support.waiting import eventually
from tests.support.workflows import step

pytestmark = pytest.mark.usefixtures("shared_worker")

SUCCESS, SKIPPED = "success", "skipped"

# -- while the execution is active


def gated(gate: Path, after_gate: WorkflowStep, *more: WorkflowStep) -> list[WorkflowStep]:
    return [step("waits", "tests.wait_for_file", parameters={"path": str(gate)}), after_gate, *more]


@pytest.mark.parametrize(
    ("mark", "end", "behind"),
    [("skip", SKIPPED, SKIPPED), ("succeed", SUCCESS, SUCCESS)],
)
def test_what_waits_for_a_step_goes_on_when_it_was_ended_by_hand(
    shared_engine: WorkflowEngine, tmp_path: Path, mark: str, end: str, behind: str
) -> None:
    gate, marks = tmp_path / "gate", tmp_path / "marks"
    by_hand = step("by_hand", "tests.mark", after="waits", parameters={"marks": str(marks)})
    steps = gated(gate, by_hand, step("behind", "tests.everything", after="by_hand"))
    execution_id = launch(shared_engine, steps)
    wait_for_step(shared_engine, execution_id, "waits", "running")

    getattr(shared_engine.steps, mark)(execution_id, "by_hand", "done on paper")
    now = shared_engine.get_workflow_status(execution_id)
    gate.touch()

    execution = wait_until_ended(shared_engine, execution_id)
    assert statuses(now)["by_hand"] == end  # at once
    assert step_of(execution, "by_hand")["reason"] == "by hand: done on paper"
    assert (execution["status"], execution["progress"]["percentage"]) == (SUCCESS, 100)
    assert statuses(execution)["behind"] == behind
    assert starts(marks) == 0
    if behind == SUCCESS:
        assert execution["result"] == {"behind": {"input": {}, "by_hand": None}}


def test_a_queued_step_never_starts_when_it_is_skipped(shared_engine: WorkflowEngine) -> None:
    execution_id = launch(shared_engine, [step("only", queue="nobody")])
    wait_for_step(shared_engine, execution_id, "only", "queued")

    shared_engine.steps.skip(execution_id, "only", "nobody serves it")

    execution = shared_engine.get_workflow_status(execution_id)
    assert (execution["status"], statuses(execution)) == (SUCCESS, {"only": SKIPPED})


def test_a_step_is_not_tried_again_when_it_is_marked_between_two_attempts(
    shared_engine: WorkflowEngine, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    parameters = {"marks": str(marks), "times": 9, "countdown": 600}
    execution_id = launch(shared_engine, [step("only", "tests.retry_itself", parameters=parameters)])
    wait_for_step(shared_engine, execution_id, "only", "retrying")

    shared_engine.steps.succeed(execution_id, "only", "it is there")

    execution = shared_engine.get_workflow_status(execution_id)
    assert (execution["status"], execution["result"]) == (SUCCESS, {"only": None})
    assert starts(marks) == 1


@pytest.mark.parametrize("task_name", ["tests.wait_for_file", "tests.ignore_sigterm"])
def test_a_step_that_runs_is_stopped_when_it_is_skipped(
    shared_engine: WorkflowEngine, tmp_path: Path, task_name: str
) -> None:
    parameters = {"path": str(tmp_path / "gate")} if task_name == "tests.wait_for_file" else {}
    execution_id = launch(
        shared_engine, [step("endless", task_name, parameters=parameters), step("last", after="endless")]
    )
    wait_for_step(shared_engine, execution_id, "endless", "running")

    shared_engine.steps.skip(execution_id, "endless", "no patience")

    execution = wait_until_ended(shared_engine, execution_id)
    assert (execution["status"], statuses(execution)) == (SUCCESS, {"endless": SKIPPED, "last": SKIPPED})
    assert step_of(execution, "endless")["reason"] == "by hand: no patience"
    assert step_of(execution, "endless")["attempt"] == 1


def test_a_success_by_hand_is_refused_when_the_step_runs(
    shared_engine: WorkflowEngine, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    execution_id = launch(shared_engine, gated(gate, step("last", after="waits")))
    wait_for_step(shared_engine, execution_id, "waits", "running")

    with pytest.raises(StepNotMarkable, match=r"'waits' of execution '.*' is running and cannot be marked"):
        shared_engine.steps.succeed(execution_id, "waits", "no patience")

    gate.touch()
    assert statuses(wait_until_ended(shared_engine, execution_id)) == {"waits": SUCCESS, "last": SUCCESS}


def test_items_end_alone_when_they_are_skipped_or_succeed_by_hand(shared_engine: WorkflowEngine) -> None:
    """Of four items one runs at a time: the first is stopped while it runs, the others are ended while they wait."""
    execution_id = mapping.launch(
        shared_engine, mapping.mapped(4, task_name="sleep", parameters={"seconds": 600}, max_parallel=1)
    )
    eventually(lambda: running_items(shared_engine, execution_id) == [0])
    shared_engine.steps.skip(execution_id, "each", "not this one", item=1)
    shared_engine.steps.succeed(execution_id, "each", "done on paper", item=2)

    shared_engine.steps.skip(execution_id, "each", "too slow", item=0)
    eventually(lambda: running_items(shared_engine, execution_id) == [3])
    shared_engine.steps.skip(execution_id, "each", "too slow", item=3)

    execution = wait_until_ended(shared_engine, execution_id)
    items = shared_engine.steps.items(execution_id, "each")["items"]
    assert execution["status"] == SUCCESS
    assert [item["status"] for item in items] == [SKIPPED, SKIPPED, SUCCESS, SKIPPED]
    assert items[0]["reason"] == "by hand: too slow"
    assert shared_engine.steps.get(execution_id, "each")["result"] == [None] * 4


def test_an_end_of_an_item_is_refused_when_there_is_none_to_give(shared_engine: WorkflowEngine) -> None:
    execution_id = mapping.launch(shared_engine, mapping.mapped(2))
    wait_until_ended(shared_engine, execution_id)

    with pytest.raises(StepNotMarkable, match=r"'each\[1\]' of execution '.*' is success"):
        shared_engine.steps.skip(execution_id, "each", "late", item=1)
    with pytest.raises(ItemNotFound):
        shared_engine.steps.skip(execution_id, "each", "beyond", item=2)
    with pytest.raises(StepNotMapped):
        shared_engine.steps.skip(execution_id, "sink", "no items", item=0)


def running_items(engine: WorkflowEngine, execution_id: str) -> list[int]:
    try:
        return [item["item"] for item in engine.steps.items(execution_id, "each", status="running")["items"]]
    except StepNotMapped:
        return []


def test_a_branch_can_be_skipped_but_not_succeed_when_it_is_ended_by_hand(
    shared_engine: WorkflowEngine, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    execution_id = launch(shared_engine, gated(gate, branch(after="waits"), step("one"), step("other")))
    wait_for_step(shared_engine, execution_id, "waits", "running")

    with pytest.raises(BranchNotMarkable, match="'choose' is a branch: marked as a success"):
        shared_engine.steps.succeed(execution_id, "choose", "why not")
    shared_engine.steps.skip(execution_id, "choose", "not today")
    gate.touch()

    execution = wait_until_ended(shared_engine, execution_id)
    assert (execution["status"], execution["progress"]["percentage"]) == (SUCCESS, 100)
    assert statuses(execution) == {"waits": SUCCESS, "choose": SKIPPED, "one": SKIPPED, "other": SKIPPED}
    assert step_of(execution, "one")["reason"] == ("choose, the branch that chooses it, decided nothing")


# -- after its end


@pytest.mark.parametrize(
    ("mark", "last", "result"),
    [("skip", SKIPPED, {}), ("succeed", SUCCESS, {"last": {"input": {}, "middle": None}})],
)
def test_the_rest_goes_on_when_the_failed_step_is_ended_by_hand(
    shared_engine: WorkflowEngine, tmp_path: Path, mark: str, last: str, result: dict[str, Any]
) -> None:
    marks = tmp_path / "marks"
    failed = play(shared_engine, failing_once(marks), on_failure="continue")

    getattr(shared_engine.steps, mark)(failed["execution_id"], "middle", "repaired by hand")

    execution = wait_until_ended(shared_engine, failed["execution_id"])
    assert (execution["status"], execution["round"], execution["error"]) == (SUCCESS, 2, None)
    assert execution["progress"]["percentage"] == 100
    assert step_of(execution, "middle")["reason"] == "by hand: repaired by hand"
    assert statuses(execution)["last"] == last
    assert {name: value for name, value in (execution["result"] or {}).items() if name == "last"} == result
    assert starts(marks) == 1
    assert attempts(execution)["beside"] == 1


def test_a_skip_stays_when_a_step_before_it_runs_again(shared_engine: WorkflowEngine, tmp_path: Path) -> None:
    failed = play(shared_engine, failing_once(tmp_path / "marks"))
    execution_id = failed["execution_id"]
    shared_engine.steps.skip(execution_id, "middle", "not needed")
    wait_until_ended(shared_engine, execution_id)

    again = shared_engine.executions.retry(execution_id, from_step="first")

    execution = wait_until_ended(shared_engine, execution_id)
    assert "middle" not in again
    assert statuses(execution)["middle"] == SKIPPED
    assert (execution["status"], execution["round"]) == (SUCCESS, 3)
