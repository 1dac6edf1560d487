"""The clock is looked at: what is published again, overdue, or lost with its worker."""

from __future__ import annotations

from celeriac.engine.engine import WorkflowEngine
from tests.support.transitions import WORKER, claimed, clean, launch, make_due
from tests.support.workflows import single


def test_the_timer_hands_out_a_message_again_when_nobody_said_it_was_sent(engine: WorkflowEngine) -> None:
    created = launch(engine, "one", single("noop"))
    make_due(engine, created.orders[0])

    tick = engine.store.transitions.tick()

    assert [(message.unit, message.attempt) for message in tick.orders] == [("0", 1)]
    clean(engine, created.execution_id)


def test_the_timer_ends_an_attempt_when_its_deadline_has_passed(engine: WorkflowEngine) -> None:
    created = launch(engine, "one", single("noop"))
    held = claimed(engine, created.orders[0])
    make_due(engine, created.orders[0])

    (end,) = engine.store.transitions.tick().ends

    assert (end.unit, end.attempt, end.kind, end.claim) == ("0", 1, "timeout", held.claim)
    clean(engine, created.execution_id)


def test_the_attempts_of_a_worker_are_lost_when_its_lease_has_run_out(engine: WorkflowEngine) -> None:
    created = launch(engine, "one", single("noop"))
    claimed(engine, created.orders[0])
    engine.store.transitions.tick()
    store = engine.store
    store.client.zadd(store.keys.leases(), {WORKER: store.now() - 1})
    store.client.hset(store.keys.meta(), "last_tick", store.now() - 1000)

    (end,) = store.transitions.tick().ends

    assert (end.kind, end.worker_id) == ("lost", WORKER)
    clean(engine, created.execution_id)
    store.transitions.retire_worker(WORKER)
