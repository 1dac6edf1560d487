"""A step is decided before it starts: it starts, is skipped, fails, or gets its items; once."""

from __future__ import annotations

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.store.orders import DecideOrder, PublishOrder
from tests.support.transitions import claimed, clean, launch
from tests.support.workflows import step


@pytest.fixture
def undecided(engine: WorkflowEngine) -> DecideOrder:
    """The order for `maybe`, the only step, which has a condition."""
    condition = {"type": "value_exists", "params": {"field": "input.x"}}
    (order,) = launch(engine, "deciding", [step("maybe", only_if=condition, retry_count=0)]).orders
    assert isinstance(order, DecideOrder)
    return order


def status_of(engine: WorkflowEngine, execution_id: str) -> tuple[str, str]:
    """Of the execution, and of its one step."""
    execution = engine.get_workflow_status(execution_id)
    return execution["status"], execution["steps"][0]["status"]


def test_it_is_published_when_it_starts(engine: WorkflowEngine, undecided: DecideOrder) -> None:
    (message,) = engine.store.transitions.decide_step(undecided, "start")

    assert isinstance(message, PublishOrder)
    assert (message.unit, message.attempt) == ("0", 1)
    engine.store.transitions.complete_step(claimed(engine, message), b"1")
    assert status_of(engine, undecided.execution_id) == ("success", "success")


def test_the_first_decision_holds_when_a_second_one_comes(
    engine: WorkflowEngine, undecided: DecideOrder
) -> None:
    assert engine.store.transitions.decide_step(undecided, "start")

    assert engine.store.transitions.decide_step(undecided, "skip", "input.x is missing") == ()

    assert status_of(engine, undecided.execution_id) == ("pending", "queued")
    clean(engine, undecided.execution_id)


def test_it_ends_without_an_attempt_when_it_is_skipped(
    engine: WorkflowEngine, undecided: DecideOrder
) -> None:
    assert engine.store.transitions.decide_step(undecided, "skip", "input.x is missing") == ()

    assert status_of(engine, undecided.execution_id) == ("success", "skipped")
    assert engine.steps.get(undecided.execution_id, "maybe")["attempts"] == []


def test_the_execution_fails_when_nothing_can_be_decided(
    engine: WorkflowEngine, undecided: DecideOrder
) -> None:
    error = b'{"kind":"decision","type":"Undecidable","message":"m"}'

    assert engine.store.transitions.decide_step(undecided, "fail", "decision", error) == ()

    assert status_of(engine, undecided.execution_id) == ("failure", "failure")


def test_every_item_is_published_when_a_list_is_mapped(engine: WorkflowEngine) -> None:
    (order,) = launch(engine, "mapped", [step("each", map_over="input.files")]).orders
    assert isinstance(order, DecideOrder)

    messages = engine.store.transitions.decide_step(order, "map", b'"a"', b'"b"')

    assert [message.unit for message in messages] == ["0[0]", "0[1]"]
    assert [claimed(engine, each, f"task{each.unit}.1").item for each in messages] == [b'"a"', b'"b"']  # type: ignore[arg-type]
    engine.store.transitions.cancel_execution(order.execution_id)
    for unit in ("0[0]", "0[1]"):
        state = engine.store.reader.unit_state(order.execution_id, unit)
        engine.store.transitions.fail_step(
            order.execution_id, unit, state.attempt, state.claim,
            kind="interrupted", retry_in=None, uses_attempt=False, error=b"", traceback="", stopped=True,
        )  # fmt: skip
