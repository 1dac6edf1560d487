"""The store, which is also the broker, goes away in the middle of executions and comes back."""

from __future__ import annotations

import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import StoreFull, StoreUnavailable
from celeriac.engine.settings import Settings
from tests.support.executions import starts, wait_until_ended
from tests.support.invariants import violations
from tests.support.servers import StoreServer
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import chain, layered, single, step


@pytest.fixture
def own_worker(own_settings: Settings, tmp_path: Path) -> Iterator[Worker]:
    """A worker that is started again when it exits, as its supervisor does.

    Celery 5.7 exits when an acknowledgement is under way at the moment its broker goes away.
    """
    worker = Worker(own_settings, log_directory=tmp_path / "logs").start()
    over = threading.Event()

    def supervise() -> None:
        while not over.wait(0.2):
            if not worker.alive:
                worker.start(wait=False)

    supervisor = threading.Thread(target=supervise)
    supervisor.start()
    yield worker
    over.set()
    supervisor.join()
    worker.stop()


def test_the_result_is_recorded_without_another_attempt_when_the_store_is_down_as_the_body_ends(
    own_store_server: StoreServer, own_engine: WorkflowEngine, own_worker: Worker, tmp_path: Path
) -> None:
    marks, gate = tmp_path / "marks", tmp_path / "gate"
    waits = step("waits", "tests.wait_for_file", parameters={"path": str(gate), "marks": str(marks)})
    own_engine.register_workflow("outage", [waits, step("after", after="waits")])
    execution_id = own_engine.execute_workflow("outage", {})
    eventually(lambda: starts(marks) == 1)

    own_store_server.kill()
    gate.touch()
    eventually(lambda: "waiting for the store" in own_worker.log())
    own_store_server.start()

    execution = wait_until_ended(own_engine, execution_id, within=60)
    assert execution["status"] == "success"
    assert starts(marks) == 1


def test_every_execution_ends_when_the_store_is_killed_twice(
    own_store_server: StoreServer, own_engine: WorkflowEngine, own_worker: Worker
) -> None:
    steps = layered(5, 4)
    for each in steps:
        each.task_name, each.parameters = "sleep", {"seconds": 0.1}
    own_engine.register_workflow("outages", steps)
    ids = [own_engine.execute_workflow("outages", {}) for _ in range(3)]
    for _ in range(2):
        done = own_engine.get_workflow_status(ids[0])["progress"]["completed_steps"]
        eventually(
            lambda before=done: (
                own_engine.get_workflow_status(ids[0])["progress"]["completed_steps"] > before
            ),  # type: ignore[misc]
            within=60,
        )
        own_store_server.kill()
        own_store_server.start()

    for execution_id in ids:
        assert wait_until_ended(own_engine, execution_id, within=90)["status"] == "success"
        events = own_engine.executions.events(execution_id)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


def test_no_step_is_held_for_lost_when_the_store_was_away_for_longer_than_a_lease(
    own_store_server: StoreServer,
    own_engine: WorkflowEngine,
    own_worker: Worker,
    own_settings: Settings,
    tmp_path: Path,
) -> None:
    marks, gate = tmp_path / "marks", tmp_path / "gate"
    own_engine.register_workflow(
        "amnesty", [step("waits", "tests.wait_for_file", parameters={"path": str(gate), "marks": str(marks)})]
    )
    execution_id = own_engine.execute_workflow("amnesty", {})
    eventually(lambda: starts(marks) == 1)
    last_seen = own_engine.store.now()

    own_store_server.kill()
    own_store_server.start()
    # The clock of the lease is made to run out instead of being waited for.
    with own_store_server.client() as client:
        root = "{" + own_settings.namespace + "}"
        worker_id = client.zrange(f"{root}:leases", 0, -1)[0]
        client.zadd(f"{root}:leases", {worker_id: last_seen - 60_000})
        client.hset(f"{root}:meta", "last_tick", last_seen - 60_000)
    eventually(lambda: own_engine.workers()[0]["alive"])
    gate.touch()

    execution = wait_until_ended(own_engine, execution_id, within=60)
    assert execution["status"] == "success"
    assert starts(marks) == 1


def test_every_execution_ends_when_the_store_comes_back_without_its_last_changes(
    own_store_server: StoreServer,
    own_engine: WorkflowEngine,
    own_worker: Worker,
    own_settings: Settings,
    tmp_path: Path,
) -> None:
    """As after a power failure: `everysec` may lose the last second of the append-only file."""
    own_engine.register_workflow("rewound", chain(8, "sleep", parameters={"seconds": 0.2}))
    execution_id = own_engine.execute_workflow("rewound", {})

    def completed(count: int) -> bool:
        return own_engine.get_workflow_status(execution_id)["progress"]["completed_steps"] >= count

    eventually(lambda: completed(2))
    files = own_store_server.directory / "appendonlydir"
    shutil.copytree(files, tmp_path / "earlier")
    eventually(lambda: completed(4))
    own_store_server.kill()
    shutil.rmtree(files)
    shutil.copytree(tmp_path / "earlier", files)
    own_store_server.start()

    assert not completed(4)
    assert wait_until_ended(own_engine, execution_id, within=90)["status"] == "success"
    assert violations(own_settings) == []
    own_engine.register_workflow("next", chain(1))
    assert wait_until_ended(own_engine, own_engine.execute_workflow("next", {}))["status"] == "success"


def test_a_launch_is_refused_and_running_work_ends_when_the_store_is_full(
    own_store_server: StoreServer, own_engine: WorkflowEngine, own_worker: Worker, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    waits = step("waits", "tests.wait_for_file", parameters={"path": str(gate)})
    own_engine.register_workflow("full", [waits])
    own_engine.register_workflow("refused", single("noop"))
    execution_id = own_engine.execute_workflow("full", {})
    own_engine.execute_workflow("refused", {})
    eventually(lambda: own_engine.executions.count()["running"] == 1)
    with own_store_server.client() as client:
        client.config_set("maxmemory", 1)
        client.config_set("maxmemory-policy", "noeviction")
        try:
            with pytest.raises(StoreFull, match="memory limit"):
                own_engine.execute_workflow("refused", {})
            gate.touch()
            eventually(lambda: own_engine.get_workflow_status(execution_id)["status"] == "success")
        finally:
            client.config_set("maxmemory", 0)

    assert own_engine.executions.count()["all"] == 2


def test_the_error_names_the_server_when_the_store_is_down(
    own_store_server: StoreServer, own_engine: WorkflowEngine
) -> None:
    own_engine.register_workflow("down", chain(1))
    own_store_server.kill()

    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        own_engine.execute_workflow("down", {})


def test_executions_go_on_when_the_store_hangs_for_a_while(
    own_store_server: StoreServer, own_engine: WorkflowEngine, own_worker: Worker
) -> None:
    own_engine.register_workflow("hangs", chain(20, "sleep", parameters={"seconds": 0.05}))
    execution_id = own_engine.execute_workflow("hangs", {})
    eventually(lambda: own_engine.get_workflow_status(execution_id)["progress"]["completed_steps"] > 3)
    assert own_store_server.process is not None

    own_store_server.process.signal(signal.SIGSTOP)
    try:
        with pytest.raises(StoreUnavailable):
            impatient(own_engine).execute_workflow("hangs", {})
    finally:
        own_store_server.process.signal(signal.SIGCONT)

    assert wait_until_ended(own_engine, execution_id, within=60)["status"] == "success"


def impatient(engine: WorkflowEngine) -> WorkflowEngine:
    """An engine on the same store that gives up on it after a second."""
    other = WorkflowEngine(engine.settings)
    other.registered = engine.registered
    other.store.client.connection_pool.connection_kwargs.update(socket_timeout=0.5, retry=None)
    return other


def test_the_body_works_on_and_its_log_goes_on_when_the_store_is_down_for_a_while(
    own_store_server: StoreServer, own_engine: WorkflowEngine, own_worker: Worker, tmp_path: Path
) -> None:
    gate, rounds = tmp_path / "gate", tmp_path / "rounds"
    talks = single("tests.talk_until", parameters={"gate": str(gate), "rounds": str(rounds)})
    own_engine.register_workflow("talking", talks)
    execution_id = own_engine.execute_workflow("talking", {})
    eventually(lambda: own_engine.steps.get(execution_id, "only")["logs"])

    own_store_server.kill()
    eventually(lambda: "output of steps waits for the store" in own_worker.log())
    before = rounds.stat().st_size
    eventually(lambda: rounds.stat().st_size > before + 20)  # nothing holds the body up
    own_store_server.start()
    gate.touch()

    execution = wait_until_ended(own_engine, execution_id, within=60)
    step_view = own_engine.steps.get(execution_id, "only")
    assert (execution["status"], step_view["attempt"]) == ("success", 1)
    assert step_view["logs"][-1]["message"] == "the end"
