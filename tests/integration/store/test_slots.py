"""The slots of all workers together, which the window of every queue is made for."""

from __future__ import annotations

import pytest

from celeriac.engine.engine import WorkflowEngine


def slots(engine: WorkflowEngine) -> int:
    return int(engine.store.client.hget(engine.store.keys.meta(), "slots"))


def beat(engine: WorkflowEngine, worker: str, slots: int) -> None:
    assert engine.store.transitions.heartbeat(worker, b"{}", [], slots) == ()


@pytest.fixture
def two(engine: WorkflowEngine) -> WorkflowEngine:
    beat(engine, "a@test#1", 3)
    beat(engine, "b@test#1", 4)
    return engine


def retire(engine: WorkflowEngine, *workers: str) -> None:
    for worker in workers:
        engine.store.transitions.retire_worker(worker)


def test_slots_are_added_up_when_workers_come_and_go(two: WorkflowEngine) -> None:
    assert slots(two) == 7

    retire(two, "a@test#1")
    assert slots(two) == 4

    beat(two, "b@test#1", 4)
    assert slots(two) == 4
    retire(two, "b@test#1")
    assert slots(two) == 0


def test_slots_follow_when_a_worker_has_another_number_of_them(two: WorkflowEngine) -> None:
    beat(two, "a@test#1", 8)

    assert slots(two) == 12
    retire(two, "a@test#1", "b@test#1")


def test_slots_are_gone_when_the_lease_of_a_worker_has_run_out(two: WorkflowEngine) -> None:
    store = two.store
    store.transitions.tick()
    store.client.zadd(store.keys.leases(), {"a@test#1": store.now() - 1})
    store.client.hset(store.keys.meta(), "last_tick", store.now() - 1000)

    store.transitions.tick()

    assert slots(two) == 4
    beat(two, "a@test#1", 3)
    assert slots(two) == 7
    retire(two, "a@test#1", "b@test#1")


def test_slots_are_right_again_when_an_earlier_release_has_left_those_of_a_worker_that_is_gone(
    two: WorkflowEngine,
) -> None:
    two.store.client.hset(two.store.keys.meta(), "slots", 40)

    beat(two, "c@test#1", 1)

    assert slots(two) == 8
    retire(two, "a@test#1", "b@test#1", "c@test#1")


def test_a_heartbeat_reads_no_other_worker_when_nothing_has_changed(two: WorkflowEngine) -> None:
    two.store.client.hset(two.store.keys.meta(), "slots", 40)

    beat(two, "a@test#1", 3)

    assert slots(two) == 40  # not added up
    retire(two, "a@test#1", "b@test#1")
