"""An application of the user's own, or a pool, that would keep steps from running: it works, or the start is refused."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from tests.conftest import opened_engine
from tests.support.command import command_for
from tests.support.executions import starts, wait_until_ended
from tests.support.processes import LoggedProcess, child_environment, free_port, python_command
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import chain, diamond, single, step


def on(settings: Settings, name: str) -> Settings:
    return replace(settings, app=f"tests.support.odd_apps:{name}")


def start_of(settings: Settings, directory: Path, *arguments: str) -> LoggedProcess:
    """A process that may end by itself."""
    return LoggedProcess(
        python_command("-m", "celeriac", *arguments),
        name=arguments[0],
        log_file=directory / "log",
        environment=child_environment(settings.as_environment()),
    )


def test_steps_run_and_are_stopped_when_the_application_accepts_no_json(
    engine: WorkflowEngine, settings: Settings, start_worker: Callable[..., Worker], tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    parameters = {"path": str(tmp_path / "gate"), "marks": str(marks)}
    engine.register_workflow("runs", chain(2))
    engine.register_workflow("waits", single("tests.wait_for_file", parameters=parameters))
    worker = start_worker(settings=on(settings, "no_json"))
    assert wait_until_ended(engine, engine.execute_workflow("runs", {}))["status"] == "success"
    execution_id = engine.execute_workflow("waits", {})
    eventually(lambda: starts(marks) == 1)

    engine.cancel_workflow(execution_id)

    assert wait_until_ended(engine, execution_id)["status"] == "cancelled"
    assert "SIGTERM sent" in worker.log()
    assert "accept_content is ['yaml', 'json'] in this worker, not ['yaml']" in worker.log()


def test_steps_run_when_the_application_makes_no_missing_queues(
    settings: Settings, start_worker: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = on(settings, "closed_queues")
    for name, value in closed.as_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, "tests.support.odd_apps", raising=False)
    with opened_engine(closed) as engine:
        engine.register_workflow("closed", [step("a", queue="gpu"), step("b", after="a")])
        execution_id = engine.execute_workflow("closed", {})
        start_worker(settings=closed)

        assert wait_until_ended(engine, execution_id)["status"] == "success"
        assert "gpu" not in engine.app.amqp.queues


@pytest.mark.parametrize("process", ["worker", "web", "up"])
def test_the_start_is_refused_when_the_application_has_no_broker(
    settings: Settings, tmp_path: Path, process: str
) -> None:
    started = start_of(replace(on(settings, "no_broker"), port=free_port()), tmp_path, process)

    assert started.wait_until_ended(within=60) == 2
    assert "it has no broker; set its broker_url, or CELERY_BROKER_URL" in started.log()
    assert "Traceback" not in started.log()
    started.stop()


def test_doctor_names_the_remedy_when_the_application_has_no_broker(settings: Settings) -> None:
    refused = command_for(on(settings, "no_broker"))("doctor")

    assert refused.status == 2
    assert "it has no broker" in refused.err


@pytest.mark.parametrize(
    ("name", "options"),
    [("", ("-P", "gevent")), ("", ("-Peventlet",)), ("", ("--pool=gevent",)), ("green", ())],
)
def test_the_start_is_refused_when_the_pool_is_green(
    settings: Settings, tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    started = start_of(on(settings, name) if name else settings, tmp_path, "worker", *options)

    assert started.wait_until_ended(within=60) == 2
    assert "cannot run steps: choose one of prefork, threads and solo" in started.log()
    assert "Traceback" not in started.log()
    started.stop()


@pytest.mark.parametrize("pool", ["threads", "solo"])
def test_a_workflow_runs_when_the_pool_has_no_processes(
    engine: WorkflowEngine, start_worker: Callable[..., Worker], pool: str
) -> None:
    engine.register_workflow("small", diamond())
    start_worker("-P", pool)

    assert wait_until_ended(engine, engine.execute_workflow("small", {}))["status"] == "success"


def test_short_steps_do_not_wait_behind_a_long_one_when_the_application_prefetches(
    settings: Settings, start_worker: Callable[..., Worker], tmp_path: Path
) -> None:
    marks, gate = tmp_path / "marks", tmp_path / "gate"
    parameters = {"path": str(gate), "marks": str(marks)}
    # Otherwise a message that waits in the busy worker is published again, for the other one.
    patient = replace(settings, unclaimed=3600.0)
    with opened_engine(patient) as engine:
        engine.register_workflow("long", single("tests.wait_for_file", parameters=parameters))
        engine.register_workflow("short", chain(1))
        workers = [start_worker("-c", "1", settings=on(patient, "greedy")) for _ in range(2)]
        long = engine.execute_workflow("long", {})
        eventually(lambda: starts(marks) == 1)

        short = [engine.execute_workflow("short", {}) for _ in range(12)]

        assert {wait_until_ended(engine, each)["status"] for each in short} == {"success"}
        assert engine.get_workflow_status(long)["status"] == "running"
        gate.touch()
        assert wait_until_ended(engine, long)["status"] == "success"
    assert all("worker_prefetch_multiplier is 1 in this worker, not 8" in each.log() for each in workers)
