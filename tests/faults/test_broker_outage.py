"""The broker, another server than the store, loses messages, goes away, is emptied or demoted: no execution notices."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from celeriac.engine.workflows.definition.steps import WorkflowStep
from celeriac.supervision.identity import born
from tests.conftest import make_settings
from tests.support.command import command_for
from tests.support.executions import starts, wait_for_step, wait_until_ended
from tests.support.processes import LoggedProcess, child_environment, python_command
from tests.support.servers import StoreServer
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import chain, single, step


@pytest.fixture
def broker() -> Iterator[StoreServer]:
    """A server for messages alone, which may be killed: the state lies elsewhere."""
    server = StoreServer(tcp=True).start()
    yield server
    server.stop()


@pytest.fixture
def settings(store_server: StoreServer, broker: StoreServer, tmp_path: Path) -> Settings:
    # A long grace: a step that is cancelled in these tests was confirmed to have stopped.
    url = broker.tcp_url + "/0"
    return make_settings(store_server, tmp_path / "data", broker_url=url, cancel_grace=60.0)


def waiting_step(tmp_path: Path, name: str = "waits", **fields: Any) -> tuple[Path, Path, WorkflowStep]:
    """A step that runs until the test lets it, its marks and its gate."""
    marks, gate = tmp_path / "marks", tmp_path / "gate"
    parameters = {"path": str(gate), "marks": str(marks)}
    return marks, gate, step(name, "tests.wait_for_file", parameters=parameters, **fields)


def test_the_step_is_published_again_when_a_frozen_worker_took_its_message_and_died(
    engine: WorkflowEngine, start_worker: Callable[..., Worker], broker: StoreServer
) -> None:
    """The transport takes a message out of the queue before it notes that it has it."""
    engine.register_workflow("taken", chain(2))
    worker = start_worker()
    with broker.client() as client:

        def handed_to_the_frozen_worker() -> str | None:
            """a frozen worker's pending BRPOP takes the message: no queue has it, and nobody has noted it"""
            worker.freeze()
            if any("b" in each["flags"] and each["cmd"] == "brpop" for each in client.client_list()):
                execution_id = engine.execute_workflow("taken", {})
                if client.llen(f"{engine.settings.namespace}:broker:default") == 0:
                    return execution_id
            # The wait had just run out, after its second: the next one.
            worker.thaw()
            return None

        execution_id = eventually(handed_to_the_frozen_worker, within=60)
        assert execution_id is not None
        assert client.exists(f"{engine.settings.namespace}:broker:unacked") == 0
    worker.kill()
    start_worker()

    assert wait_until_ended(engine, execution_id, within=40)["status"] == "success"


def test_only_duplicates_are_refused_when_the_broker_delivers_late_acknowledged_messages_again(
    engine: WorkflowEngine, settings: Settings, tmp_path: Path, start_worker: Callable[..., Worker]
) -> None:
    """An application of the user's own with `acks_late` and a visibility timeout shorter than the step."""
    marks, gate, waits = waiting_step(tmp_path)
    engine.register_workflow("redelivered", [waits])
    worker = start_worker(settings=replace_app(settings, "tests.support.late_app:app"))
    execution_id = engine.execute_workflow("redelivered", {})
    eventually(lambda: starts(marks) == 1)

    eventually(lambda: " refused: " in worker.log(), within=40)
    gate.touch()

    assert wait_until_ended(engine, execution_id)["status"] == "success"
    assert starts(marks) == 1


def replace_app(settings: Settings, app: str) -> Settings:
    return Settings.from_environment({**settings.as_environment(), "CELERIAC_APP": app})


def test_every_execution_ends_when_the_broker_is_emptied_with_a_backlog(
    engine: WorkflowEngine, start_worker: Callable[..., Worker], broker: StoreServer, settings: Settings
) -> None:
    engine.register_workflow("backlog", chain(2))
    ids = [engine.execute_workflow("backlog", {}) for _ in range(40)]
    with broker.client() as client:
        lost = client.llen(f"{settings.namespace}:broker:default")
        client.flushall()
    assert 0 < lost <= settings.window

    start_worker()

    for execution_id in ids:
        assert wait_until_ended(engine, execution_id, within=60)["status"] == "success"


def test_the_running_step_ends_and_the_rest_follows_when_the_broker_is_down_meanwhile(
    engine: WorkflowEngine, worker: Worker, broker: StoreServer, tmp_path: Path
) -> None:
    marks, gate, waits = waiting_step(tmp_path)
    engine.register_workflow("down", [waits, step("after", after="waits")])
    execution_id = engine.execute_workflow("down", {})
    eventually(lambda: starts(marks) == 1)

    broker.kill()
    eventually(lambda: "Connection to broker lost" in worker.log() or "Cannot connect" in worker.log())
    gate.touch()
    # The result is recorded while there is no broker; what it releases has to wait for one.
    wait_for_step(engine, execution_id, "waits", "success")
    launched_meanwhile = engine.execute_workflow("down", {})
    broker.start()

    assert wait_until_ended(engine, execution_id, within=60)["status"] == "success"
    assert wait_until_ended(engine, launched_meanwhile, within=60)["status"] == "success"
    assert worker.alive
    assert starts(marks) == 2


def test_the_execution_ends_when_the_broker_is_demoted_to_a_replica_and_promoted_again(
    engine: WorkflowEngine, worker: Worker, broker: StoreServer
) -> None:
    engine.register_workflow("demoted", chain(3))
    wait_until_ended(engine, engine.execute_workflow("demoted", {}))
    since = worker.process.log_size()

    with broker.client() as client:
        client.replicaof("127.0.0.1", 1)
        execution_id = engine.execute_workflow("demoted", {})
        eventually(
            lambda: "master -> replica" in worker.process.log(since=since) or "read only" in worker.log()
        )
        client.replicaof("NO", "ONE")

    assert wait_until_ended(engine, execution_id, within=60)["status"] == "success"
    assert worker.alive


def test_a_running_step_is_stopped_within_seconds_when_the_control_connection_was_cut(
    engine: WorkflowEngine, worker: Worker, broker: StoreServer, tmp_path: Path
) -> None:
    marks, _, waits = waiting_step(tmp_path)
    engine.register_workflow("cut", [waits])
    execution_id = engine.execute_workflow("cut", {})
    eventually(lambda: starts(marks) == 1)

    with broker.client() as client:
        assert client.execute_command("CLIENT", "KILL", "TYPE", "pubsub") > 0
    engine.cancel_workflow(execution_id)

    # The pool itself may take five seconds to notice that its process is dead.
    assert wait_until_ended(engine, execution_id, within=15)["status"] == "cancelled"
    pid = int(next(marks.iterdir()).name.split("-")[1])
    assert born(pid) is None


def test_the_step_runs_elsewhere_when_a_worker_without_the_engine_throws_its_message_away(
    engine: WorkflowEngine, settings: Settings, start_worker: Callable[..., Worker], stranger: LoggedProcess
) -> None:
    engine.register_workflow("thrown", chain(2))
    execution_id = engine.execute_workflow("thrown", {})
    eventually(lambda: "Received unregistered task" in stranger.log())
    findings = command_for(settings)("doctor", "--json").json["findings"]
    stranger.stop()
    start_worker()

    assert wait_until_ended(engine, execution_id, within=60)["status"] == "success"
    (named,) = [finding for finding in findings if finding["code"] == "worker_without_engine"]
    assert named["what"].startswith("The worker stranger@")
    assert "default" in named["what"]


@pytest.fixture
def stranger(settings: Settings, tmp_path: Path) -> Iterator[LoggedProcess]:
    """A worker of another application that takes messages from our queue."""
    process = LoggedProcess(
        python_command(
            *("-m", "celery", "-A", "tests.support.stranger", "worker"),
            *("-P", "solo", "-Q", "default", "-n", "stranger@%h", "-l", "info"),
        ),
        name="stranger",
        log_file=tmp_path / "logs" / "stranger.log",
        environment=child_environment(
            {"STRANGER_BROKER": settings.broker_url, "STRANGER_PREFIX": f"{settings.namespace}:broker:"}
        ),
    )
    process.wait_for_log(" ready.", within=60)
    yield process
    process.stop()


def test_the_step_fails_with_the_reason_when_its_worker_does_not_know_its_task(
    engine: WorkflowEngine, worker: Worker
) -> None:
    engine.register_workflow("unknown", single("tests.no_such_task", retry_count=3))
    execution = wait_until_ended(engine, engine.execute_workflow("unknown", {}))

    (attempt,) = engine.steps.get(execution["execution_id"], "only")["attempts"]
    assert execution["status"] == "failure"
    assert attempt["error"] is not None
    assert attempt["error"]["kind"] == "unknown_task"
    assert "CELERIAC_WORKFLOWS" in attempt["error"]["message"]


def test_the_step_runs_again_when_its_child_process_is_killed_while_the_broker_is_away(
    engine: WorkflowEngine, worker: Worker, broker: StoreServer, tmp_path: Path
) -> None:
    marks, gate, waits = waiting_step(tmp_path)
    engine.register_workflow("both", [waits])
    execution_id = engine.execute_workflow("both", {})
    eventually(lambda: starts(marks) == 1)

    broker.kill()
    os.kill(int(next(marks.iterdir()).name.split("-")[1]), signal.SIGKILL)
    wait_for_step(engine, execution_id, "waits", "retrying", "queued", within=40)
    broker.start()
    eventually(lambda: starts(marks) == 2, within=60)
    gate.touch()

    assert wait_until_ended(engine, execution_id)["status"] == "success"
