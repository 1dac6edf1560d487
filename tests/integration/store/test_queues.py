"""Places in queues and who takes from them, read from a real store; workers are played."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import StepNotFound
from celeriac.engine.settings import Settings
from celeriac.engine.store.transitions import Claim
from celeriac.engine.workflows.progress.views import QueuePosition
from tests.conftest import make_settings
from tests.support.playing import WORKER, hold, play, release
from tests.support.servers import StoreServer
from tests.support.workflows import single, step


@pytest.fixture
def settings(store_server: StoreServer, tmp_path: Path) -> Settings:
    """At most two are published; timers stay away while a test looks."""
    return make_settings(
        store_server, tmp_path / "data", window=2, publish_lease=60.0, retry_base=60.0, retry_cap=600.0
    )


@pytest.fixture
def six(engine: WorkflowEngine) -> Iterator[str]:
    """An execution of six steps that do not wait for each other, `s1` first; nobody takes them."""
    engine.register_workflow("six", [step(f"s{n}") for n in range(1, 7)])
    engine.publish_workflows()
    execution_id = engine.execute_workflow("six", {})
    yield execution_id
    release(engine, execution_id)


def place_of(engine: WorkflowEngine, execution_id: str, name: str) -> QueuePosition:
    return engine.executions.queue_positions(execution_id, [name])[name]


def take(engine: WorkflowEngine, execution_id: str, name: str) -> None:
    """By w@test#1, which runs it from now on."""
    index = engine.store.reader.definition_of(execution_id).index_of(name)
    claim = engine.store.transitions.claim_step(execution_id, str(index), 1, f"task.{name}", WORKER)
    assert isinstance(claim, Claim)


def start(engine: WorkflowEngine, worker: str, *queues: str, slots: int = 2) -> None:
    """A worker that says that it is there, and does nothing."""
    info = json.dumps({"queues": queues, "concurrency": slots}).encode()
    engine.store.transitions.heartbeat(worker, info, [], slots)


def stop(engine: WorkflowEngine, *workers: str) -> None:
    for worker in workers:
        engine.store.transitions.retire_worker(worker)
        engine.store.transitions.retire_worker(worker)


def test_place_is_counted_through_window_and_list_when_nobody_takes(engine: WorkflowEngine, six: str) -> None:
    places = engine.executions.queue_positions(six, [f"s{n}" for n in range(1, 7)])

    assert [(place["ahead"], place["next_of"]) for place in places.values()] == [
        *((0, 2), (0, 2)),
        *((2, None), (3, None), (4, None), (5, None)),
    ]
    assert {(each["queue"], each["attempt"], each["workers"]) for each in places.values()} == {
        ("default", 1, 0)
    }
    assert places["s1"]["since"] == engine.get_workflow_status(six)["start_time"]


def test_those_of_another_execution_are_ahead_when_it_is_their_turn_first(
    engine: WorkflowEngine, six: str
) -> None:
    engine.register_workflow("one", single("noop"))
    engine.publish_workflows()
    before = place_of(engine, six, "s6")["ahead"]

    other = engine.execute_workflow("one", {})

    assert (before, place_of(engine, six, "s6")["ahead"]) == (5, 6)
    assert place_of(engine, other, "only")["ahead"] < 4  # executions take turns
    play(engine, other)


def test_place_falls_when_others_are_taken(engine: WorkflowEngine, six: str) -> None:
    before = place_of(engine, six, "s6")["ahead"]

    take(engine, six, "s1")

    assert (before, place_of(engine, six, "s6")["ahead"]) == (5, 4)
    take(engine, six, "s2")
    assert place_of(engine, six, "s3")["ahead"] == 0


def test_slots_are_busy_when_workers_hold_steps_of_any_queue(engine: WorkflowEngine, six: str) -> None:
    start(engine, WORKER, "default", "other", slots=1)
    start(engine, "v@test#1", "default", slots=3)
    start(engine, "u@test#1", "other", slots=5)
    take(engine, six, "s1")

    place = place_of(engine, six, "s6")

    assert (place["workers"], place["slots"], place["busy"]) == (2, 4, 1)
    stop(engine, "v@test#1", "u@test#1")


def test_worker_counts_no_more_when_its_lease_has_run_out(engine: WorkflowEngine, six: str) -> None:
    start(engine, WORKER, "default")
    assert place_of(engine, six, "s1")["workers"] == 1

    engine.store.client.zadd(engine.store.keys.leases(), {WORKER: engine.store.now() - 1})

    assert place_of(engine, six, "s1")["workers"] == 0


def test_only_what_waits_has_a_place_when_steps_are_asked_for(engine: WorkflowEngine) -> None:
    engine.register_workflow("two", [step("a"), step("b", queue="gpu"), step("c", after="a")])
    engine.publish_workflows()
    execution_id = engine.execute_workflow("two", {})

    places = engine.executions.queue_positions(execution_id, ["a", "b", "c"])

    assert {name: place["queue"] for name, place in places.items()} == {"a": "default", "b": "gpu"}
    assert engine.executions.queue_positions(execution_id, []) == {}
    with pytest.raises(StepNotFound):
        engine.executions.queue_positions(execution_id, ["nobody"])
    hold(engine, execution_id)
    assert engine.executions.queue_positions(execution_id, ["a", "b"]) == {}
    release(engine, execution_id)


def test_reason_is_told_with_the_step_when_it_waits(engine: WorkflowEngine) -> None:
    steps = [step("load", queue="gpu"), step("clean", after="load"), step("report", after="clean")]
    engine.register_workflow("line", steps)
    engine.publish_workflows()
    execution_id = engine.execute_workflow("line", {})

    load = engine.steps.get(execution_id, "load")["waiting"]
    assert load
    assert (load["reason"], load["queue"], load["place"]["next_of"]) == ("no_worker", "gpu", 1)
    hold(engine, execution_id)
    started = engine.steps.get(execution_id, "load")
    assert started["waiting"] is None
    assert engine.steps.get(execution_id, "clean")["waiting"] == {
        "reason": "dependencies",
        "steps": [{"name": "load", "status": "running", "start_time": started["start_time"]}],
    }
    report = engine.steps.get(execution_id, "report")["waiting"]
    assert report
    assert [each["status"] for each in report["steps"]] == ["pending"]
    release(engine, execution_id)
    assert engine.steps.get(execution_id, "report")["waiting"] is None


def test_time_of_the_next_attempt_is_told_when_one_has_failed(engine: WorkflowEngine) -> None:
    engine.register_workflow("one", single("noop", retry_count=3))
    engine.publish_workflows()
    execution_id = engine.execute_workflow("one", {})
    (claim,) = hold(engine, execution_id)
    engine.store.transitions.fail_step(
        execution_id, claim.unit, claim.attempt, claim.claim,
        kind="error", retry_in=90.0, uses_attempt=True, error=b'{"kind":"error","type":"E","message":"m"}',
        traceback="", stopped=True,
    )  # fmt: skip

    waiting = engine.steps.get(execution_id, "only")["waiting"]

    (event,) = [e for e in engine.executions.events(execution_id) if e["event"] == "step_retrying"]
    assert waiting
    assert (waiting["reason"], waiting["attempt"], waiting["attempt_limit"]) == ("retry", 2, 4)
    assert event["delay"] == 90.0
    assert (waiting["until"] or "") > event["time"]
    engine.cancel_workflow(execution_id)
    stop(engine, WORKER)


def test_item_stands_in_the_queue_by_itself_when_its_step_is_mapped(engine: WorkflowEngine) -> None:
    mapped = step("load", map_over="input.files", max_parallel=3)
    engine.register_workflow("mapped", [mapped])
    engine.publish_workflows()
    execution_id = engine.execute_workflow("mapped", {"files": list("abcde")})

    whole = place_of(engine, execution_id, "load")
    third, fourth = (engine.steps.get(execution_id, "load", item=n)["waiting"] for n in (2, 3))

    assert (whole["ahead"], whole["next_of"]) == (0, None)
    assert third
    assert (third["reason"], third["place"]["ahead"]) == ("no_worker", 2)
    assert fourth == {"reason": "parallel", "most": 3}
    play(engine, execution_id)
