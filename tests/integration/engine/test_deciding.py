"""Steps that decide on a real worker: conditions, triggers, and what a failure ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.workflows.definition.steps import WorkflowStep
from celeriac.engine.workflows.progress.views import ExecutionView
from tests.support.executions import starts, statuses, step_of, wait_until_ended
from tests.support.workflows import step

pytestmark = pytest.mark.usefixtures("shared_worker")

SUCCESS, FAILURE, SKIPPED = "success", "failure", "skipped"


def play(
    engine: WorkflowEngine, steps: list[WorkflowStep], input: dict[str, Any] | None = None, **options: Any
) -> ExecutionView:
    engine.register_workflow("deciding", steps, **options)
    return wait_until_ended(engine, engine.execute_workflow("deciding", input or {}))


def condition(kind: str = "value_greater_than", field: str = "size", **params: Any) -> dict[str, Any]:
    return {"type": kind, "params": {"field": field, **params}}


def failing(name: str, after: str | list[str] = (), **fields: Any) -> WorkflowStep:  # type: ignore[assignment]
    return step(name, "tests.raise_error", after, **{"retry_count": 0, **fields})


# -- conditions


BRANCH = {
    "large": {**condition(threshold=1000), "task": "detailed"},
    "small": {**condition("value_less_than", threshold=10), "task": "quick"},
}


@pytest.mark.parametrize(
    ("size", "reasons", "after"),
    [
        (2000, {"detailed": None, "quick": "detailed was chosen: size > 1000 was true: 2,000"}, SUCCESS),
        (5, {"detailed": "size > 1000 was false: 5", "quick": None}, SUCCESS),
        (
            500,
            {"detailed": "size > 1000 was false: 500", "quick": "size < 10 was false: 500"},
            SKIPPED,
        ),
    ],
)
def test_the_reason_is_shown_when_a_branch_leaves_a_step_out(
    shared_engine: WorkflowEngine, size: int, reasons: dict[str, str | None], after: str
) -> None:
    steps = [
        step("measure", "echo", conditions=BRANCH, parameters={"size": size}),
        step("detailed"),
        step("quick"),
        step("report", after=["detailed", "quick"]),
    ]

    execution = play(shared_engine, steps)

    assert execution["status"] == SUCCESS
    assert execution["progress"]["percentage"] == 100
    assert {name: step_of(execution, name)["reason"] for name in reasons} == reasons
    assert statuses(execution) == {
        "measure": SUCCESS,
        **{name: SKIPPED if reason else SUCCESS for name, reason in reasons.items()},
        "report": after,
    }
    events = shared_engine.executions.events(execution["execution_id"])
    skipped = {
        e["step"]: e["reason"] for e in events if e["event"] == "step_skipped" and e["step"] in reasons
    }
    assert skipped == {name: reason for name, reason in reasons.items() if reason}


def test_the_step_runs_or_not_when_it_has_a_condition_of_its_own(shared_engine: WorkflowEngine) -> None:
    steps = [
        step("first", "echo", parameters={"size": 52_000}),
        step("runs", after="first", only_if=condition(threshold=1000)),
        step("does_not", after="first", only_if=condition(threshold=1_000_000)),
        step("by_input", only_if=condition("value_equals", "input.day", value="Monday")),
    ]

    execution = play(shared_engine, steps, {"day": "Sunday"})

    assert execution["status"] == SUCCESS
    assert step_of(execution, "runs")["status"] == SUCCESS
    assert step_of(execution, "does_not")["reason"] == "size > 1000000 was false: 52,000"
    assert step_of(execution, "by_input")["reason"] == 'input.day = "Monday" was false: "Sunday"'


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {},
            "size > 1000 cannot be decided: neither the result of first nor the input has size;"
            " check value_exists first, in an all, if it may be missing",
        ),
        (
            {"size": "large"},
            'size > 1000 cannot be decided: size is a text ("large"), which has no order with a number',
        ),
    ],
)
def test_the_step_fails_when_its_condition_cannot_be_decided(
    shared_engine: WorkflowEngine, parameters: dict[str, Any], message: str
) -> None:
    steps = [
        step("first", "echo", parameters=parameters),
        step("asks", after="first", only_if=condition(threshold=1000)),
        step("last", after="asks"),
    ]

    execution = play(shared_engine, steps)

    error = step_of(execution, "asks")["error"]
    assert statuses(execution) == {"first": SUCCESS, "asks": FAILURE, "last": SKIPPED}
    assert error is not None
    assert (error["kind"], error["message"]) == ("bad_condition", message)
    assert execution["error"] is not None
    assert (execution["error"]["step"], execution["error"]["message"]) == ("asks", message)
    assert step_of(execution, "asks")["attempt"] == 1  # it is not tried again


def test_the_branch_fails_when_its_condition_cannot_be_decided(
    shared_engine: WorkflowEngine, tmp_path: Path
) -> None:
    steps = [
        step("measure", "tests.mark", conditions=BRANCH, parameters={"marks": str(tmp_path / "marks")}),
        step("detailed"),
        step("quick"),
    ]

    execution = play(shared_engine, steps)

    error = step_of(execution, "measure")["error"]
    assert statuses(execution) == {"measure": FAILURE, "detailed": SKIPPED, "quick": SKIPPED}
    assert error is not None
    assert error["kind"] == "bad_condition"
    assert error["message"].startswith("condition 'large': size > 1000 cannot be decided: ")
    assert starts(tmp_path / "marks") == 1


# -- triggers and failures


def test_the_reason_names_what_has_failed_when_another_failure_was_allowed(
    shared_engine: WorkflowEngine,
) -> None:
    steps = [
        failing("may_fail", allow_failure=True),
        failing("breaks"),
        step("last", after=["may_fail", "breaks"]),
    ]

    execution = play(shared_engine, steps, on_failure="continue")

    assert step_of(execution, "last")["reason"] == "breaks did not succeed"


@pytest.mark.parametrize(
    ("trigger", "reason"),
    [
        ("none_failed", "breaks did not succeed"),
        ("all_success", "breaks did not succeed"),
        ("any_success", None),
        ("any_failure", None),
        ("all_done", None),
        ("always", None),
    ],
)
def test_the_trigger_decides_when_one_of_two_has_failed(
    shared_engine: WorkflowEngine, trigger: str, reason: str | None
) -> None:
    steps = [step("works"), failing("breaks"), step("last", after=["works", "breaks"], trigger=trigger)]

    execution = play(shared_engine, steps, on_failure="continue")

    assert execution["status"] == FAILURE
    assert step_of(execution, "last")["reason"] == reason
    assert step_of(execution, "last")["status"] == (SKIPPED if reason else SUCCESS)


@pytest.mark.parametrize(
    ("trigger", "reason"),
    [
        ("all_success", "left_out was skipped"),
        ("any_success", None),
        ("any_failure", "none of its dependencies failed"),
        ("all_done", None),
        ("always", None),
    ],
)
def test_the_trigger_decides_when_one_of_two_was_skipped(
    shared_engine: WorkflowEngine, trigger: str, reason: str | None
) -> None:
    left_out = step("left_out", only_if=condition("value_exists", "nowhere"))
    steps = [step("works"), left_out, step("last", after=["works", "left_out"], trigger=trigger)]

    execution = play(shared_engine, steps)

    assert execution["status"] == SUCCESS
    assert step_of(execution, "last")["reason"] == reason
    assert step_of(execution, "last")["status"] == (SKIPPED if reason else SUCCESS)


def test_nothing_is_stopped_when_the_failure_was_allowed(shared_engine: WorkflowEngine) -> None:
    steps = [
        failing("may_fail", allow_failure=True),
        step("other"),
        step("after", "tests.everything", after=["may_fail", "other"]),
    ]

    execution = play(shared_engine, steps)

    failed = step_of(execution, "may_fail")
    assert (execution["status"], execution["error"]) == (SUCCESS, None)
    assert execution["progress"]["percentage"] == 100
    assert (failed["status"], failed["allowed"], (failed["error"] or {})["kind"]) == (FAILURE, True, "error")  # type: ignore[index]
    assert execution["result"] == {"after": {"input": {}, "may_fail": None, "other": None}}


def test_independent_steps_go_on_when_the_workflow_continues_on_failure(
    shared_engine: WorkflowEngine,
) -> None:
    steps = [
        failing("breaks"),
        step("behind", after="breaks"),
        step("far_behind", after="behind"),
        step("beside"),
        step("behind_beside", after="beside"),
    ]

    execution = play(shared_engine, steps, on_failure="continue")

    assert execution["status"] == FAILURE
    assert statuses(execution) == {
        "breaks": FAILURE,
        "behind": SKIPPED,
        "far_behind": SKIPPED,
        "beside": SUCCESS,
        "behind_beside": SUCCESS,
    }
    assert step_of(execution, "far_behind")["reason"] == "behind did not succeed"


def test_the_clean_up_has_its_own_retries_when_a_failure_has_stopped_the_rest(
    shared_engine: WorkflowEngine, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    steps = [
        step("prepare"),
        failing("breaks", after="prepare"),
        step("never", after="breaks"),
        failing(
            "clean_up",
            after=["prepare", "breaks"],
            trigger="any_failure",
            retry_count=2,
            parameters={"marks": str(marks), "times": 2},
        ),
        step("tell", "tests.everything", after="clean_up", trigger="all_done"),
    ]

    execution = play(shared_engine, steps)

    assert execution["status"] == FAILURE
    assert statuses(execution) == {
        "prepare": SUCCESS,
        "breaks": FAILURE,
        "never": SKIPPED,
        "clean_up": SUCCESS,
        "tell": SUCCESS,
    }
    assert step_of(execution, "never")["reason"] == "stopped after breaks failed"
    assert (step_of(execution, "clean_up")["attempt"], starts(marks)) == (3, 3)
    result = shared_engine.steps.get(execution["execution_id"], "tell")["result"]
    assert result == {"input": {}, "clean_up": "recovered"}
    assert (execution["error"] or {})["step"] == "breaks"  # type: ignore[index]
