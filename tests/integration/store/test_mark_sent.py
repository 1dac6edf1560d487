"""Messages have reached the broker: their timer waits for a claim from now on."""

from __future__ import annotations

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.store.transitions import Created
from tests.support.transitions import claimed, clean, make_due, timer_of


def test_the_timer_waits_for_a_claim_when_the_message_was_sent(engine: WorkflowEngine, line: Created) -> None:
    (message,) = line.orders
    before = timer_of(engine, message)

    engine.store.transitions.mark_sent([message])

    after, gap = timer_of(engine, message), engine.settings.unclaimed - engine.settings.publish_lease
    assert before is not None
    assert after is not None
    assert after - before >= gap * 1000  # both begin when they are set
    clean(engine, line.execution_id)


def test_the_wait_is_doubled_when_the_message_was_handed_out_again(
    engine: WorkflowEngine, line: Created
) -> None:
    make_due(engine, line.orders[0])
    (again,) = engine.store.transitions.tick().orders
    before = engine.store.now()

    engine.store.transitions.mark_sent([again])  # type: ignore[list-item]

    timer = timer_of(engine, line.orders[0])
    assert timer is not None
    assert timer - before >= 2 * engine.settings.unclaimed * 1000
    clean(engine, line.execution_id)


def test_the_deadline_stays_when_the_claim_came_first(engine: WorkflowEngine, line: Created) -> None:
    claimed(engine, line.orders[0])
    before = timer_of(engine, line.orders[0])

    engine.store.transitions.mark_sent(line.orders)

    assert timer_of(engine, line.orders[0]) == before
    clean(engine, line.execution_id)
