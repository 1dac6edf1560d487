"""State and messages on other servers than one: apart, behind TLS, and watched by sentinels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import StoreUnavailable
from celeriac.engine.settings import Settings
from tests.conftest import make_settings, opened_engine
from tests.support.command import command_for
from tests.support.executions import starts, wait_for_step, wait_until_ended
from tests.support.rabbitmq import RabbitMq
from tests.support.server_group import (
    Certificates,
    OneServer,
    SentinelGroup,
    tls_server,
    tls_server_program,
)
from tests.support.servers import StoreServer
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import chain, single, step


@pytest.fixture
def run_worker(tmp_path: Path) -> Iterator[Callable[[Settings], Worker]]:
    workers: list[Worker] = []

    def run(settings: Settings) -> Worker:
        workers.append(Worker(settings, log_directory=tmp_path / "logs"))
        return workers[-1].start()

    yield run
    for worker in workers:
        worker.stop()


@pytest.fixture
def tls_store(certificates: Certificates) -> Iterator[OneServer]:
    program = tls_server_program()
    if program is None:
        pytest.skip("no server with TLS on PATH: apt-get install redis-server, or make test as root")
    server = tls_server(program, certificates)
    yield server
    server.stop()


@pytest.fixture
def group() -> Iterator[SentinelGroup]:
    group = SentinelGroup()
    yield group
    group.stop()


def settings_on(url: str, directory: Path, server: StoreServer, **changes: str) -> Settings:
    return make_settings(server, directory, redis_url=url, **changes)


def test_the_broker_holds_no_state_when_it_is_another_server(
    store_server: StoreServer,
    own_store_server: StoreServer,
    run_worker: Callable[[Settings], Worker],
    tmp_path: Path,
) -> None:
    settings = make_settings(own_store_server, tmp_path, broker_url=store_server.tcp_url + "/3")
    with opened_engine(settings) as engine:
        run_worker(settings)
        engine.register_workflow("apart", chain(3))

        assert wait_until_ended(engine, engine.execute_workflow("apart", {}))["status"] == "success"

    with store_server.client(3) as broker, own_store_server.client() as state:
        assert {key.split(":")[1] for key in broker.scan_iter(f"{settings.namespace}:*")} == {"broker"}
        assert list(broker.scan_iter("{*")) == []
        assert list(state.scan_iter(f"{settings.namespace}:broker:*")) == []
        broker.delete(*broker.scan_iter(f"{settings.namespace}:*"))


def test_steps_run_when_store_and_broker_speak_tls(
    tls_store: OneServer,
    certificates: Certificates,
    store_server: StoreServer,
    run_worker: Callable[[Settings], Worker],
    tmp_path: Path,
) -> None:
    url = f"rediss://127.0.0.1:{tls_store.port}/0?ssl_ca_certs={certificates.authority}"
    settings = settings_on(url, tmp_path, store_server)
    with opened_engine(settings) as engine:
        run_worker(settings)
        engine.register_workflow("tls", chain(3))

        assert wait_until_ended(engine, engine.execute_workflow("tls", {}))["status"] == "success"
    assert command_for(settings)("doctor").status == 0


def test_the_store_is_refused_when_its_certificate_is_not_trusted(
    tls_store: OneServer, store_server: StoreServer, tmp_path: Path
) -> None:
    settings = settings_on(f"rediss://127.0.0.1:{tls_store.port}", tmp_path, store_server)
    with (
        opened_engine(settings) as engine,
        pytest.raises(StoreUnavailable, match="certificate verify failed"),
    ):
        engine.store.now()
    refused = command_for(settings)("doctor")

    assert refused.status == 3
    assert "certificate verify failed" in refused.err


def test_steps_run_when_rabbitmq_speaks_tls(
    rabbitmq: RabbitMq,
    certificates: Certificates,
    store_server: StoreServer,
    run_worker: Callable[[Settings], Worker],
    tmp_path: Path,
) -> None:
    url = f"amqps://guest:guest@localhost:{rabbitmq.tls_port}//?ssl_ca_certs={certificates.authority}"
    settings = make_settings(store_server, tmp_path, broker_url=url)
    with opened_engine(settings) as engine:
        run_worker(settings)
        engine.register_workflow("tls", chain(3))

        assert wait_until_ended(engine, engine.execute_workflow("tls", {}))["status"] == "success"
    untrusting = make_settings(store_server, tmp_path, broker_url=url.partition("?")[0])
    refused = command_for(untrusting)("doctor", "--json")

    assert refused.status == 1
    assert "certificate verify failed" in refused.json["findings"][0]["what"]


def test_the_execution_goes_on_when_sentinel_promotes_the_replica(
    group: SentinelGroup,
    store_server: StoreServer,
    run_worker: Callable[[Settings], Worker],
    tmp_path: Path,
) -> None:
    marks, gate = tmp_path / "marks", tmp_path / "gate"
    settings = settings_on(group.url, tmp_path / "data", store_server)
    with opened_engine(settings) as engine:
        worker = run_worker(settings)
        waits = step("waits", "tests.wait_for_file", parameters={"path": str(gate), "marks": str(marks)})
        engine.register_workflow("failover", [waits, *chain_after("waits", 3)])
        execution_id = engine.execute_workflow("failover", {})
        eventually(lambda: starts(marks) == 1)
        replicated(group, engine, execution_id)

        group.fail_over()
        gate.touch()

        execution = wait_until_ended(engine, execution_id, within=60)
        assert execution["status"] == "success"
        assert worker.alive
        engine.register_workflow("after", single("noop"))
        assert wait_until_ended(engine, engine.execute_workflow("after", {}))["status"] == "success"


def replicated(group: SentinelGroup, engine: WorkflowEngine, execution_id: str) -> None:
    """Waits until the replica has what the master has: replication lags behind, and a failover loses that."""
    wait_for_step(engine, execution_id, "waits", "running")
    with group.master.client() as master:
        eventually(lambda: master.wait(1, 1000) == 1)


def chain_after(first: str, length: int) -> list:  # type: ignore[type-arg]
    steps = chain(length)
    steps[0].depends_on = [first]
    return steps


def test_the_error_names_the_sentinels_when_none_of_them_answers(
    group: SentinelGroup, store_server: StoreServer, tmp_path: Path
) -> None:
    group.sentinel.kill()
    settings = settings_on(group.url, tmp_path, store_server)

    refused = command_for(settings)("workflows")

    assert refused.status == 3
    assert f"sentinel://127.0.0.1:{group.sentinel.port}" in refused.err
