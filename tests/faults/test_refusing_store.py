"""A store that is there and refuses changes: finished work waits for it, nothing is lost, and reads go on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import redis

from celeriac.cli.statuses import NO_STORE
from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import StoreRefusal
from celeriac.engine.settings import Settings
from celeriac.web.app import create_app
from tests.support.asgi import AsgiClient
from tests.support.command import command_for
from tests.support.executions import step_of, wait_until_ended
from tests.support.invariants import violations
from tests.support.servers import StoreServer
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import single, step

Way = Callable[[StoreServer], AbstractContextManager[None]]


@contextmanager
def too_few_replicas(server: StoreServer) -> Iterator[None]:
    with server.client() as client:
        client.config_set("min-replicas-to-write", 1)
        yield
        client.config_set("min-replicas-to-write", 0)


@contextmanager
def full_disk(server: StoreServer) -> Iterator[None]:
    """The last snapshot could not be written: a directory is in the way of its file."""
    obstacle = server.directory / "dump.rdb"
    obstacle.mkdir()
    with server.client() as client:
        client.config_set("save", "3600 1")
        client.bgsave()
        eventually(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err")
        yield
        obstacle.rmdir()
        client.bgsave()
        eventually(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "ok")


@contextmanager
def account_without_rights(server: StoreServer) -> Iterator[None]:
    with server.client() as client:
        client.execute_command("ACL", "SETUSER", "default", "-@write")
        yield
        client.execute_command("ACL", "SETUSER", "default", "+@all")


@contextmanager
def replica(server: StoreServer) -> Iterator[None]:
    """The server has become a replica, as the old primary does after a failover."""
    with server.client() as client:
        client.replicaof("127.0.0.1", "1")
        yield
        client.replicaof("NO", "ONE")


@contextmanager
def busy_script(server: StoreServer) -> Iterator[None]:
    """A script runs and does not end."""

    def run() -> None:
        with server.client() as client, pytest.raises(redis.ResponseError):
            client.eval("while true do end", 0)

    with server.client() as client:
        client.config_set("busy-reply-threshold", 50)
        thread = threading.Thread(target=run)
        thread.start()
        eventually(lambda: _is_busy(client))
        yield
        client.script_kill()
        thread.join()


def _is_busy(client: redis.Redis) -> bool:
    """the store refuses a read because of the script"""
    try:
        client.get("none")
    except redis.ResponseError:
        return True
    return False


WAYS = [too_few_replicas, full_disk, account_without_rights, replica, busy_script]


@pytest.mark.parametrize("refusing", WAYS, ids=lambda way: way.__name__)
def test_finished_work_is_reported_when_the_store_takes_changes_again(
    own_store_server: StoreServer,
    own_settings: Settings,
    own_engine: WorkflowEngine,
    tmp_path: Path,
    refusing: Way,
) -> None:
    gate = tmp_path / "gate"
    waits = step("waits", "tests.wait_for_file", parameters={"path": str(gate)}, retry_count=0)
    own_engine.register_workflow("once", [waits, step("next", after="waits")])
    own_engine.register_workflow("refused", single("noop"))
    own_engine.publish_workflows()
    worker = Worker(own_settings, log_directory=tmp_path / "logs").start()
    try:
        execution_id = own_engine.execute_workflow("once", {})
        eventually(lambda: own_engine.executions.count()["running"] == 1)

        with refusing(own_store_server):
            with pytest.raises(StoreRefusal, match="refused a command"):
                own_engine.execute_workflow("refused", {})
            gate.touch()
            eventually(lambda: "waiting for the store" in worker.log())
            if refusing is not busy_script:
                status = own_engine.get_workflow_status(execution_id)
                assert step_of(status, "waits")["status"] == "running"

        ended = wait_until_ended(own_engine, execution_id, within=30)
        assert (ended["status"], step_of(ended, "waits")["attempt"]) == ("success", 1)
        assert own_engine.executions.count()["all"] == 1
        assert violations(own_settings) == []
    finally:
        worker.stop()


def test_a_result_is_kept_when_the_store_refuses_it_for_longer_than_a_lease(
    own_store_server: StoreServer, own_settings: Settings, own_engine: WorkflowEngine, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    own_engine.register_workflow(
        "once", single("tests.wait_for_file", parameters={"path": str(gate)}, retry_count=0)
    )
    worker = Worker(own_settings, log_directory=tmp_path / "logs").start()
    try:
        execution_id = own_engine.execute_workflow("once", {})
        eventually(lambda: own_engine.executions.count()["running"] == 1)

        with too_few_replicas(own_store_server):
            gate.touch()
            # Celery logs that the first report, which repeats for a lease, has given up.
            eventually(lambda: "its end is reported again" in worker.log(), within=30)

        assert wait_until_ended(own_engine, execution_id, within=30)["status"] == "success"
        assert violations(own_settings) == []
    finally:
        worker.stop()


def test_doctor_examines_the_rest_when_its_account_may_not_read_the_configuration(
    own_store_server: StoreServer, own_settings: Settings
) -> None:
    with own_store_server.client() as client:
        client.execute_command("ACL", "SETUSER", "default", "-config")
        examined = command_for(own_settings)("doctor", "--json")
        client.execute_command("ACL", "SETUSER", "default", "+@all")

    assert (examined.status, examined.err) == (0, "")
    assert examined.json["examined"]["store"]["url"] == own_settings.redis_url


def test_commands_and_the_api_give_its_reason_when_the_store_refuses_changes(
    own_store_server: StoreServer, own_settings: Settings, own_engine: WorkflowEngine
) -> None:
    own_engine.register_workflow("refused", single("noop"))
    own_engine.publish_workflows()
    execution_id = own_engine.execute_workflow("refused", {})
    call, web = command_for(own_settings), AsgiClient(create_app(own_engine, own_settings))

    with too_few_replicas(own_store_server):
        launched, shown, examined = (
            call("launch", "refused"),
            call("show", execution_id),
            call("doctor", "--json"),
        )
        posted = web.post("/api/v1/workflows/refused/executions", json={"input": {}})
        form = web.post("/workflows/refused/launch", data={"input": "{}", "key": "k"})
        page = web.get(f"/executions/{execution_id}")

    assert (launched.status, launched.err.count("\n")) == (NO_STORE, 1)
    assert "refused a command: NOREPLICAS Not enough good replicas to write." in launched.err
    assert "celeriac up" not in launched.err
    assert shown.status == 0
    assert "store_refuses_changes" in [finding["code"] for finding in examined.json["findings"]]
    assert (posted.status_code, posted.headers["retry-after"]) == (503, "5")
    assert "NOREPLICAS" in posted.json()["detail"]
    assert "NOREPLICAS" in form.text
    assert page.status_code == 200
    assert own_engine.executions.count()["all"] == 1
