"""A worker reports what it holds: attempts it no longer holds are lost, its slots get messages."""

from __future__ import annotations

from celeriac.engine.engine import WorkflowEngine
from tests.support.transitions import WORKER, claimed, clean, launch
from tests.support.workflows import single, step


def test_an_attempt_is_lost_when_its_worker_does_not_hold_it_for_two_beats(engine: WorkflowEngine) -> None:
    created = launch(engine, "one", single("noop"))
    claimed(engine, created.orders[0], "abc.1")
    beat = engine.store.transitions.heartbeat

    assert beat(WORKER, b"{}", []) == ()
    assert beat(WORKER, b"{}", ["abc"]) == ()
    assert beat(WORKER, b"{}", []) == ()
    (end,) = beat(WORKER, b"{}", [])

    assert (end.kind, end.claim) == ("lost", "abc.")
    clean(engine, created.execution_id)
    engine.store.transitions.retire_worker(WORKER)


def test_as_many_messages_are_published_as_workers_have_slots(engine: WorkflowEngine) -> None:
    engine.store.transitions.heartbeat(WORKER, b"{}", [], slots=40)

    created = launch(engine, "wide", [step(f"s{n}") for n in range(100)])

    assert len(created.orders) == 40
    clean(engine, created.execution_id)
    engine.store.transitions.retire_worker(WORKER)
