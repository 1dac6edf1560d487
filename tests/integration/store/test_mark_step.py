"""A person ends a step of an active execution: what waits may be skipped or succeed, what runs be skipped."""

from __future__ import annotations

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.store.transitions import Created
from tests.support.executions import statuses
from tests.support.transitions import claim, claimed, clean, fail


def test_a_step_that_waits_ends_without_being_started_when_it_is_marked(
    engine: WorkflowEngine, line: Created
) -> None:
    marked, stops, orders = engine.store.transitions.mark_step(line.execution_id, "1", "s", "done elsewhere")

    assert (marked, stops, orders) == (True, (), ())
    assert statuses(engine.get_workflow_status(line.execution_id)) == {"s1": "queued", "s2": "success"}
    engine.store.transitions.complete_step(claimed(engine, line.orders[0]), b"1")
    assert engine.get_workflow_status(line.execution_id)["status"] == "success"


def test_what_follows_is_released_when_a_queued_step_is_marked_a_success(
    engine: WorkflowEngine, line: Created
) -> None:
    marked, _, (message,) = engine.store.transitions.mark_step(line.execution_id, "0", "s", "done elsewhere")

    assert (marked, message.unit) == (True, "1")
    assert claim(engine, line.orders[0]) == "s attempt 1"  # its message came late
    clean(engine, line.execution_id)


def test_a_running_step_is_stopped_when_it_is_skipped_and_cannot_be_a_success(
    engine: WorkflowEngine, line: Created
) -> None:
    held = claimed(engine, line.orders[0])

    assert engine.store.transitions.mark_step(line.execution_id, "0", "s", "why") == (False, (), ())
    marked, (stop,), orders = engine.store.transitions.mark_step(line.execution_id, "0", "k", "why")

    assert (marked, stop.claim, orders) == (True, "task.1", ())
    assert fail(engine, held, kind="interrupted") == "skipped"


def test_nothing_changes_when_the_step_has_ended_or_the_execution_is_cancelled(
    engine: WorkflowEngine, line: Created
) -> None:
    mark = engine.store.transitions.mark_step
    held = claimed(engine, line.orders[0])
    engine.store.transitions.complete_step(held, b"1")
    assert mark(line.execution_id, "0", "k", "why") == (False, (), ())

    clean(engine, line.execution_id)

    assert mark(line.execution_id, "1", "k", "why") == (False, (), ())
    assert mark("nowhere", "0", "k", "why") == (False, (), ())
