"""A slot goes on with further steps of its queue, without a message for each, and everything else holds as before."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from celery.app import Celery

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from tests.conftest import opened_engine
from tests.support.executions import ENDED, starts, step_of, wait_for_step, wait_until_ended
from tests.support.invariants import violations
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import chain, fan, step

StartWorker = Callable[..., Worker]
#: The second step ignores its soft limit.
DEAF = [step("first", timeout=1), step("deaf", "tests.ignore_soft_limit", "first", timeout=1, retry_count=0)]


@pytest.fixture
def patient(settings: Settings) -> Settings:
    """A slot goes on for longer than these tests take, however slow the machine is."""
    return replace(settings, slot_time=60.0)


def messages(worker: Worker) -> int:
    """How many messages of steps a worker has received."""
    return len(re.findall(r"Task \S+\[[0-9a-f]{12}\] received", worker.log()))


def attempts(engine: WorkflowEngine, execution_id: str, name: str) -> list[str | None]:
    """The kinds of the errors of a step's attempts, None for a success."""
    found = engine.steps.get(execution_id, name)["attempts"]
    return [attempt["error"] and attempt["error"]["kind"] for attempt in found]


@pytest.mark.parametrize("pool", ["prefork", "threads", "solo"])
def test_a_chain_takes_one_message(
    engine: WorkflowEngine, patient: Settings, start_worker: StartWorker, pool: str
) -> None:
    engine.register_workflow("line", chain(20))
    worker = start_worker("-P", pool, "-c", "1", settings=patient)

    execution = wait_until_ended(engine, engine.execute_workflow("line", {}))

    assert execution["status"] == "success"
    assert messages(worker) == 1


@pytest.mark.parametrize(
    ("slot_time", "options"),
    [(0.0, ()), (60.0, ("--max-tasks-per-child", "1"))],
    ids=["no time", "one a process"],
)
def test_each_step_takes_a_message_when_a_slot_may_not_go_on(
    engine: WorkflowEngine,
    settings: Settings,
    start_worker: StartWorker,
    tmp_path: Path,
    slot_time: float,
    options: tuple[str, ...],
) -> None:
    marks = str(tmp_path / "marks")
    engine.register_workflow("line", chain(5, "tests.mark", parameters={"marks": marks}))
    worker = start_worker("-c", "1", *options, settings=replace(settings, slot_time=slot_time))

    execution = wait_until_ended(engine, engine.execute_workflow("line", {}))

    assert execution["status"] == "success"
    assert messages(worker) == 5


def test_two_slots_share_a_fan_when_both_are_idle(
    engine: WorkflowEngine, patient: Settings, start_worker: StartWorker, tmp_path: Path
) -> None:
    engine.register_workflow("fan", fan(30, "tests.everything"))
    worker = start_worker("-c", "2", settings=patient)
    pids: set[int] = set()

    for _ in range(5):
        execution = wait_until_ended(engine, engine.execute_workflow("fan", {}))
        assert execution["status"] == "success"
        pids |= {int(line) for line in re.findall(r"ForkPoolWorker-(\d+)\] Task tests", worker.log())}

    assert pids == {1, 2}


# -- ends that the main process sees


def test_a_following_step_is_timed_out_when_it_ignores_its_soft_limit(
    engine: WorkflowEngine, patient: Settings, start_worker: StartWorker
) -> None:
    engine.register_workflow("slow", DEAF)
    # The pool's limit belongs to the message and has the slot's time on top, so the deadline of the engine comes first.
    worker = start_worker("-c", "1", settings=patient)

    execution_id = engine.execute_workflow("slow", {})

    assert wait_until_ended(engine, execution_id)["status"] == "failure"
    assert attempts(engine, execution_id, "deaf") == ["timeout"]
    assert messages(worker) == 1


def test_the_process_of_a_following_step_is_killed_at_its_hard_limit(
    engine: WorkflowEngine, settings: Settings, start_worker: StartWorker
) -> None:
    engine.register_workflow("slow", DEAF)
    worker = start_worker("-c", "1", settings=settings)
    (child,) = worker.children()

    execution_id = engine.execute_workflow("slow", {})

    assert wait_until_ended(engine, execution_id)["status"] == "failure"
    assert attempts(engine, execution_id, "deaf") == ["timeout"]
    eventually(lambda: child not in worker.children())


def test_a_following_step_has_its_own_soft_limit(
    engine: WorkflowEngine, patient: Settings, start_worker: StartWorker
) -> None:
    engine.register_workflow(
        "slow",
        [
            step("first", timeout=1),
            step("slow", "sleep", "first", parameters={"seconds": 30}, timeout=1, retry_count=0),
        ],
    )
    worker = start_worker("-c", "1", settings=patient)
    (child,) = worker.children()

    execution_id = engine.execute_workflow("slow", {})

    assert wait_until_ended(engine, execution_id)["status"] == "failure"
    assert attempts(engine, execution_id, "slow") == ["timeout"]
    assert worker.children() == [child]


def test_a_following_step_is_lost_and_runs_again_when_its_process_dies(
    engine: WorkflowEngine, patient: Settings, start_worker: StartWorker, tmp_path: Path
) -> None:
    marks = str(tmp_path / "marks")
    dies = step("dies", "tests.kill_itself", "first", parameters={"marks": marks, "times": 1})
    engine.register_workflow("dying", [step("first"), dies, step("last", after="dies")])
    start_worker("-c", "1", settings=patient)

    execution_id = engine.execute_workflow("dying", {})

    assert wait_until_ended(engine, execution_id)["status"] == "success"
    assert attempts(engine, execution_id, "dies") == ["lost", None]
    assert attempts(engine, execution_id, "first") == [None]


# -- stop orders


def test_a_following_step_is_stopped_when_it_is_cancelled(
    engine: WorkflowEngine, patient: Settings, start_worker: StartWorker, tmp_path: Path
) -> None:
    waits = step("waits", "tests.wait_for_file", "first", parameters={"path": str(tmp_path / "never")})
    engine.register_workflow("waiting", [step("first"), waits])
    start_worker("-c", "1", settings=patient)
    execution_id = engine.execute_workflow("waiting", {})
    wait_for_step(engine, execution_id, "waits", "running")

    engine.cancel_workflow(execution_id)

    execution = wait_until_ended(engine, execution_id)
    assert execution["status"] == "cancelled"
    assert step_of(execution, "waits").get("stopped") is not False


def test_a_following_step_that_ignores_sigterm_is_killed_when_it_is_cancelled(
    engine: WorkflowEngine, patient: Settings, start_worker: StartWorker, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    deaf = step("deaf", "tests.ignore_sigterm", "first", parameters={"marks": str(marks)})
    engine.register_workflow("deaf", [step("first"), deaf])
    worker = start_worker("-c", "1", settings=patient)
    (child,) = worker.children()
    execution_id = engine.execute_workflow("deaf", {})
    eventually(lambda: marks.exists() and starts(marks) == 1)

    engine.cancel_workflow(execution_id)

    assert wait_until_ended(engine, execution_id)["status"] == "cancelled"
    eventually(lambda: child not in worker.children())


@pytest.mark.timeout(120)
def test_no_other_execution_is_hit_when_sixty_are_cancelled_as_their_steps_follow_one_another(
    engine: WorkflowEngine, patient: Settings, start_worker: StartWorker
) -> None:
    engine.register_workflow("short", chain(6, "sleep", parameters={"seconds": 0.01}, retry_count=0))
    start_worker("-c", "2", settings=patient)
    launched = [engine.execute_workflow("short", {}) for _ in range(120)]

    for execution_id in launched[::2]:
        if engine.get_workflow_status(execution_id)["status"] not in ENDED:
            engine.cancel_workflow(execution_id)

    ended = {each: wait_until_ended(engine, each, within=90) for each in launched}
    assert {ended[each]["status"] for each in launched[1::2]} == {"success"}
    spared = [ended[each] for each in launched[1::2]]
    assert {step["attempt"] for execution in spared for step in execution["steps"]} == {1}
    assert violations(patient) == []


def test_no_attempt_is_used_when_a_worker_is_stopped_in_the_middle_of_many_steps(
    engine: WorkflowEngine, patient: Settings, start_worker: StartWorker
) -> None:
    engine.register_workflow("long", chain(200, "sleep", parameters={"seconds": 0.02}, retry_count=0))
    worker = start_worker("-c", "1", settings=patient)
    execution_id = engine.execute_workflow("long", {})
    wait_for_step(engine, execution_id, "s10", "success")

    worker.process.signal(signal.SIGTERM)
    eventually(lambda: not worker.alive)
    start_worker("-c", "1", settings=patient)

    execution = wait_until_ended(engine, execution_id)
    assert execution["status"] == "success"
    assert {each["attempt"] for each in execution["steps"]} == {1}


def test_the_next_step_is_attempted_again_without_using_an_attempt_when_a_signal_comes_between_two(
    engine: WorkflowEngine, patient: Settings, start_worker: StartWorker
) -> None:
    """Signals from somewhere else, at any moment: between two steps none is lost."""
    engine.register_workflow("long", chain(150, "sleep", parameters={"seconds": 0.005}, retry_count=5))
    worker = start_worker("-c", "1", settings=patient)
    execution_id = engine.execute_workflow("long", {})
    wait_for_step(engine, execution_id, "s3", "success")
    for child in worker.children():
        os.kill(child, signal.SIGTERM)

    execution = wait_until_ended(engine, execution_id, within=60)

    assert execution["status"] == "success"
    assert sum(each["attempt"] for each in execution["steps"]) <= 151


# -- others on the same queue


@contextmanager
def application(settings: Settings) -> Iterator[tuple[WorkflowEngine, Celery]]:
    with opened_engine(replace(settings, app="tests.support.own_app:app")) as engine:
        yield engine, engine.app


def test_another_task_of_the_application_runs_in_the_middle_of_a_large_plan(
    settings: Settings, start_worker: StartWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    own = replace(settings, app="tests.support.own_app:app")
    worker = start_worker("-c", "1", settings=own)
    with application(settings) as (engine, app):
        engine.register_workflow(
            "large", [step(f"s{n}", "own.double", parameters={"number": n}) for n in range(800)]
        )
        execution_id = engine.execute_workflow("large", {})
        wait_for_step(engine, execution_id, "s20", "success")

        app.send_task("own.double", args=[21], task_id="between", queue="default", serializer="json")
        worker.process.wait_for_log("[between] succeeded", within=60)

        assert engine.get_workflow_status(execution_id)["status"] == "running"
        assert wait_until_ended(engine, execution_id, within=60)["status"] == "success"


# -- Celery's events


def test_events_of_every_step_are_sent_when_a_worker_sends_them(
    engine: WorkflowEngine, patient: Settings, start_worker: StartWorker
) -> None:
    engine.register_workflow(
        "seen",
        [step("first"), step("second", after="first"), step("third", "fail", after="second", retry_count=0)],
    )
    worker = start_worker("-c", "1", "-E", settings=patient)
    seen: list[tuple[str, str]] = []
    names: dict[str, str] = {}

    def note(event: dict[str, str]) -> None:
        if event["type"].startswith("task-"):
            names.setdefault(event["uuid"], event.get("name", ""))
            seen.append((event["type"], names[event["uuid"]]))

    with engine.app.connection_for_read() as connection:
        receiver = engine.app.events.Receiver(connection, handlers={"*": note})
        thread = threading.Thread(
            target=lambda: receiver.capture(limit=None, timeout=None, wakeup=False), daemon=True
        )
        thread.start()
        eventually(lambda: worker_is_seen(engine, worker))
        execution_id = engine.execute_workflow("seen", {})
        wait_until_ended(engine, execution_id)
        eventually(lambda: ("task-failed", "fail") in seen)
        receiver.should_stop = True

    assert messages(worker) == 1
    assert [event for event in seen if event[1] == "noop"].count(("task-succeeded", "noop")) == 2
    assert ("task-started", "fail") in seen


def worker_is_seen(engine: WorkflowEngine, worker: Worker) -> bool:
    return any(each["alive"] for each in engine.store.workers.all())
