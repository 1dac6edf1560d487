"""An ended execution is taken up: steps are reset or given an end, once for each round."""

from __future__ import annotations

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import (
    ExecutionNotFound,
)
from tests.support.executions import statuses
from tests.support.transitions import claimed, clean, fail, launch
from tests.support.workflows import chain


@pytest.fixture
def failed(engine: WorkflowEngine) -> str:
    """Of two steps, the first succeeded, the second failed."""
    created = launch(engine, "line", chain(2))
    _, (second,), _ = engine.store.transitions.complete_step(claimed(engine, created.orders[0]), b"1")
    assert fail(engine, claimed(engine, second, "task.2")) == "failure"
    return created.execution_id


def test_the_steps_that_are_reset_run_again_with_the_results_of_the_others(
    engine: WorkflowEngine, failed: str
) -> None:
    resumed, (message,) = engine.store.transitions.resume_execution(failed, 1, {1: False}, None)

    assert (resumed, message.unit, message.attempt) == (True, "1", 2)
    assert statuses(engine.get_workflow_status(failed)) == {"s1": "success", "s2": "queued"}
    again = claimed(engine, message, "task.3")
    assert again.results == (b"1",)
    engine.store.transitions.complete_step(again, b"2")
    execution = engine.get_workflow_status(failed)
    assert (execution["status"], execution["error"]) == ("success", None)


def test_one_is_let_through_when_two_take_up_the_same_round(engine: WorkflowEngine, failed: str) -> None:
    resume = engine.store.transitions.resume_execution
    assert resume(failed, 1, {1: False}, None)[0] is True

    assert resume(failed, 1, {1: False}, None) == (False, ())  # another call has started round 2
    assert resume(failed, 2, {1: False}, None) == (False, ())  # which is active

    clean(engine, failed)


def test_what_follows_is_released_when_a_step_is_given_its_end_by_hand(engine: WorkflowEngine) -> None:
    created = launch(engine, "line", chain(2))
    assert fail(engine, claimed(engine, created.orders[0])) == "failure"

    resumed, (message,) = engine.store.transitions.resume_execution(
        created.execution_id, 1, {1: False}, (0, "s", "done elsewhere")
    )

    assert (resumed, message.unit) == (True, "1")
    assert statuses(engine.get_workflow_status(created.execution_id)) == {"s1": "success", "s2": "queued"}
    clean(engine, created.execution_id)


def test_it_is_refused_when_the_execution_is_unknown(engine: WorkflowEngine) -> None:
    with pytest.raises(ExecutionNotFound):
        engine.store.transitions.resume_execution("nowhere", 1, {}, None)
