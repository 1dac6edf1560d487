"""A cancellation is requested: what waits ends at once, what runs is to be stopped."""

from __future__ import annotations

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import (
    ExecutionEnded,
    ExecutionNotFound,
)
from celeriac.engine.store.transitions import Created
from tests.support.executions import statuses
from tests.support.transitions import WORKER, claim, claimed, fail, launch
from tests.support.workflows import diamond, step


def test_a_finished_step_stays_a_success_when_the_cancellation_came_first(
    engine: WorkflowEngine, line: Created
) -> None:
    held = claimed(engine, line.orders[0])
    engine.store.transitions.cancel_execution(line.execution_id)

    assert engine.store.transitions.complete_step(held, b"1") == ("success", (), None)

    execution = engine.get_workflow_status(line.execution_id)
    assert execution["status"] == "cancelled"
    assert statuses(execution) == {"s1": "success", "s2": "cancelled"}


def test_what_waits_is_cancelled_and_what_runs_is_stopped_when_it_is_requested(
    engine: WorkflowEngine,
) -> None:
    created = launch(engine, "diamond", diamond())
    _, (left, right), _ = engine.store.transitions.complete_step(claimed(engine, created.orders[0]), b"0")
    held = claimed(engine, left, "task.left")

    stops, orders = engine.store.transitions.cancel_execution(created.execution_id)

    assert ([(stop.claim, stop.worker_id) for stop in stops], orders) == ([("task.left", WORKER)], ())
    assert claim(engine, right, "task.right") == "c attempt 1"
    assert engine.get_workflow_status(created.execution_id)["status"] == "running"
    assert fail(engine, held, kind="interrupted") == "cancelled"
    execution = engine.get_workflow_status(created.execution_id)
    assert execution["status"] == "cancelled"
    assert statuses(execution) == {
        "top": "success",
        "left": "cancelled",
        "right": "cancelled",
        "bottom": "cancelled",
    }


def test_the_clean_up_starts_when_the_last_step_before_it_has_confirmed_its_stop(
    engine: WorkflowEngine,
) -> None:
    steps = [step("a"), step("b", after="a"), step("clean", after=["a", "b"], trigger="always")]
    created = launch(engine, "clean", steps)
    held = claimed(engine, created.orders[0])
    mark = engine.store.transitions.mark_step

    stops, orders = engine.store.transitions.cancel_execution(created.execution_id)

    assert (len(stops), orders) == (1, ())
    assert engine.store.reader.read(created.execution_id)[0].vector == "rcp"
    assert mark(created.execution_id, "0", "k", "why") == (False, (), ())
    assert fail(engine, held, kind="interrupted") == "cancelled"
    assert engine.store.reader.read(created.execution_id)[0].vector == "ccq"
    assert mark(created.execution_id, "2", "k", "why") == (True, (), ())
    assert engine.get_workflow_status(created.execution_id)["status"] == "cancelled"


def test_the_clean_up_is_not_stopped_when_the_cancellation_is_requested_again(engine: WorkflowEngine) -> None:
    created = launch(engine, "clean", [step("a"), step("clean", after="a", trigger="always")])
    _, (order,), _ = engine.store.transitions.complete_step(claimed(engine, created.orders[0]), b"1")
    held = claimed(engine, order, "clean.1")

    for _ in range(2):
        assert engine.store.transitions.cancel_execution(created.execution_id) == ((), ())

    assert fail(engine, held, retry_in=0.0) == "retrying"
    assert engine.store.reader.read(created.execution_id)[0].vector == "sq"
    assert engine.get_workflow_status(created.execution_id)["cancel_requested"] is True
    engine.steps.skip(created.execution_id, "clean", "enough")


def test_it_is_refused_when_the_execution_has_ended_or_is_unknown(
    engine: WorkflowEngine, line: Created
) -> None:
    engine.store.transitions.cancel_execution(line.execution_id)

    with pytest.raises(ExecutionEnded):
        engine.store.transitions.cancel_execution(line.execution_id)
    with pytest.raises(ExecutionNotFound):
        engine.store.transitions.cancel_execution("nowhere")
