"""The message of an attempt was lost before its claim: the next tick hands it out again."""

from __future__ import annotations

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.store.transitions import Created
from tests.support.transitions import claimed, clean, timer_of


def test_the_next_tick_hands_out_the_message_when_it_was_lost(engine: WorkflowEngine, line: Created) -> None:
    engine.store.transitions.mark_sent(line.orders)

    engine.store.transitions.resend_step(line.execution_id, "0", 1)

    assert engine.store.transitions.tick().orders == line.orders
    clean(engine, line.execution_id)


def test_no_timer_changes_when_the_attempt_is_claimed_or_unknown(
    engine: WorkflowEngine, line: Created
) -> None:
    claimed(engine, line.orders[0])
    before = timer_of(engine, line.orders[0])

    engine.store.transitions.resend_step(line.execution_id, "0", 1)
    engine.store.transitions.resend_step(line.execution_id, "0", 2)
    engine.store.transitions.resend_step("nowhere", "0", 1)

    assert timer_of(engine, line.orders[0]) == before
    clean(engine, line.execution_id)
