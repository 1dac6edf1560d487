"""A worker leaves: what it still holds is for the caller to end, then it is off the list."""

from __future__ import annotations

from celeriac.engine.engine import WorkflowEngine
from tests.support.transitions import WORKER, claimed, fail, launch
from tests.support.workflows import single


def workers(engine: WorkflowEngine) -> list[bytes]:
    found: list[bytes] = engine.store.client.zrange(engine.store.keys.leases(), 0, -1)
    return found


def test_it_is_off_the_list_when_what_it_held_has_ended(engine: WorkflowEngine) -> None:
    created = launch(engine, "one", single("noop"))
    held = claimed(engine, created.orders[0])
    engine.store.transitions.heartbeat(WORKER, b"{}", ["task"])

    (end,) = engine.store.transitions.retire_worker(WORKER)

    assert (end.unit, end.attempt, end.kind, end.worker_id) == ("0", 1, "interrupted", WORKER)
    assert workers(engine) == [WORKER.encode()]
    assert fail(engine, held, kind=end.kind, name=end.claim) == "failure"
    assert engine.store.transitions.retire_worker(WORKER) == ()
    assert workers(engine) == []


def test_nothing_happens_when_the_worker_is_unknown(engine: WorkflowEngine) -> None:
    assert engine.store.transitions.retire_worker("nowhere@test#1") == ()
