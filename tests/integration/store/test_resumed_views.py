"""What executions and steps say of rounds, marks and launches that came after."""

from __future__ import annotations

import pytest

from celeriac.engine.engine import WorkflowEngine
from tests.support.executions import step_of
from tests.support.playing import hold, play, release
from tests.support.workflows import step


@pytest.fixture
def failed(engine: WorkflowEngine) -> str:
    """`load -> clean -> report`, failed at `clean`."""
    steps = [step("load"), step("clean", after="load", retry_count=1), step("report", after="clean")]
    engine.register_workflow("three", steps)
    engine.publish_workflows()
    execution_id = engine.execute_workflow("three", {})
    play(engine, execution_id, {"clean": ValueError("no")})
    return execution_id


def actions(engine: WorkflowEngine, execution_id: str, *names: str) -> list[list[str]]:
    return [engine.steps.get(execution_id, name)["actions"] for name in names]


def test_actions_are_those_that_apply_when_an_execution_has_ended(
    engine: WorkflowEngine, failed: str
) -> None:
    undone = ["rerun", "skip", "succeed"]

    assert actions(engine, failed, "load", "clean", "report") == [["rerun"], undone, undone]


def test_actions_are_those_that_apply_when_an_execution_is_active(
    engine: WorkflowEngine, failed: str
) -> None:
    engine.executions.retry(failed)
    hold(engine, failed)

    assert actions(engine, failed, "load", "clean", "report") == [[], ["skip"], ["skip", "succeed"]]
    engine.cancel_workflow(failed)
    assert actions(engine, failed, "report") == [[]]
    release(engine, failed)


def test_a_branch_names_its_choice_and_what_it_rejected_cannot_be_rerun(engine: WorkflowEngine) -> None:
    ways = {
        "big": {"type": "value_greater_than", "params": {"field": "n", "threshold": 9}, "task": "large"},
        "default": {"task": "small"},
    }
    engine.register_workflow("deciding", [step("decide", conditions=ways), step("large"), step("small")])
    engine.publish_workflows()
    execution_id = engine.execute_workflow("deciding", {"n": 3})
    assert engine.steps.get(execution_id, "decide")["chosen"] is None
    play(engine, execution_id)

    large = engine.steps.get(execution_id, "large")

    assert engine.steps.get(execution_id, "decide")["chosen"] == "small"
    assert (large["actions"], large["reason"], large["blocked"]) == ([], "n > 9 was false: 3", False)


def test_a_step_says_that_a_failure_kept_it_from_running(engine: WorkflowEngine, failed: str) -> None:
    assert step_of(engine.get_workflow_status(failed), "report")["blocked"] is True


def test_the_last_attempt_counts_on_when_there_are_further_rounds(
    engine: WorkflowEngine, failed: str
) -> None:
    before = engine.steps.get(failed, "clean")["attempt_limit"]
    engine.executions.retry(failed)
    play(engine, failed)

    step = engine.steps.get(failed, "clean")
    assert (before, step["attempt"], step["attempt_limit"]) == (2, 2, 3)


def test_a_launch_and_its_original_name_each_other_until_it_is_gone(
    engine: WorkflowEngine, failed: str
) -> None:
    again = engine.executions.launch("three", {}, launched_from=failed).execution_id
    play(engine, again)

    assert engine.get_workflow_status(again)["launched_from"] == failed
    assert engine.get_workflow_status(failed)["launched_again"] == again
    engine.executions.delete(again)
    assert engine.get_workflow_status(failed)["launched_again"] is None


def test_a_level_counts_failures_that_were_allowed(engine: WorkflowEngine) -> None:
    engine.register_workflow("allowing", [step("may_fail", allow_failure=True, retry_count=0)])
    engine.publish_workflows()
    execution_id = engine.execute_workflow("allowing", {})
    play(engine, execution_id, {"may_fail": ValueError("no")})

    (level,) = engine.get_workflow_status(execution_id)["levels"]
    assert (level["failure"], level["allowed"], level["completed"]) == (1, 1, 1)


def test_events_name_the_round_the_reason_and_what_a_failure_kept_from_running(
    engine: WorkflowEngine, failed: str
) -> None:
    engine.steps.succeed(failed, "clean", "done elsewhere")
    play(engine, failed)

    events = engine.executions.events(failed)
    assert [event["round"] for event in events if event["event"] == "execution_retried"] == [2]
    assert [event["blocked"] for event in events if event["event"] == "step_skipped"] == [True]
    by_hand = [event["reason"] for event in events if event["event"] == "step_success" and "reason" in event]
    assert by_hand == ["by hand: done elsewhere"]
