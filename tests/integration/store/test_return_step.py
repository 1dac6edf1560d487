"""An attempt comes back from a worker without its task: it is published again, and fails only when no worker has it."""

from __future__ import annotations

import dataclasses

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.store.orders import PublishOrder
from celeriac.engine.store.transitions import Created
from tests.support.transitions import WORKER, claimed, clean


def give_back(engine: WorkflowEngine, line: Created, *, announced: bool) -> tuple[str, int]:
    order = line.orders[0]
    assert isinstance(order, PublishOrder)
    outcome, orders = engine.store.transitions.return_step(
        order.execution_id, order.unit, order.attempt, WORKER, announced=announced
    )
    return outcome, len(orders)


def test_it_is_published_at_once_three_times_then_after_a_pause(
    engine: WorkflowEngine, line: Created
) -> None:
    assert [give_back(engine, line, announced=True) for _ in range(5)] == [
        *[("returned", 1)] * 3,
        *[("returned", 0)] * 2,
    ]
    clean(engine, line.execution_id)


def test_it_waits_for_a_pause_and_then_is_missing_when_no_worker_has_it(
    engine: WorkflowEngine, line: Created
) -> None:
    transitions = engine.store.transitions
    transitions._settings = dataclasses.replace(engine.settings, unknown_task_grace=600.0)
    assert give_back(engine, line, announced=False) == ("returned", 0)

    transitions._settings = dataclasses.replace(engine.settings, unknown_task_grace=0.0)
    assert give_back(engine, line, announced=False) == ("missing", 0)
    clean(engine, line.execution_id)


def test_the_attempt_can_still_be_claimed(engine: WorkflowEngine, line: Created) -> None:
    give_back(engine, line, announced=True)

    assert claimed(engine, line.orders[0]).attempt == 1
    clean(engine, line.execution_id)


def test_it_is_stale_when_it_was_claimed(engine: WorkflowEngine, line: Created) -> None:
    claimed(engine, line.orders[0])

    assert give_back(engine, line, announced=True) == ("stale", 0)
    clean(engine, line.execution_id)
