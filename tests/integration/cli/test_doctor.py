"""`celeriac doctor` on real servers, and the same checks before `worker`, `web` and `up` start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from tests.conftest import make_settings, opened_engine
from tests.support.command import command, command_for
from tests.support.processes import LoggedProcess, child_environment, free_port, python_command
from tests.support.servers import StoreServer
from tests.support.webserver import WebServer
from tests.support.workers import Worker
from tests.support.workflows import single


@pytest.fixture
def own_settings(own_store_server: StoreServer, tmp_path: Path) -> Settings:
    return make_settings(own_store_server, tmp_path / "data", port=free_port())


def found(settings: Settings) -> dict[str, str]:
    """Code and severity of what `doctor` finds."""
    findings = command_for(settings)("doctor", "--json").json["findings"]
    return {finding["code"]: finding["severity"] for finding in findings}


def test_there_is_nothing_to_mend_when_store_broker_and_worker_are_fine(
    own_settings: Settings, own_store_server: StoreServer, tmp_path: Path
) -> None:
    worker = Worker(own_settings, log_directory=tmp_path / "logs").start()
    try:
        seen = command_for(own_settings)("doctor")
        as_json = command_for(own_settings)("doctor", "--json").json
    finally:
        worker.stop()

    assert (seen.status, seen.err) == (0, "")
    assert "No problems found" in seen.out
    assert as_json["healthy"] is True
    assert as_json["findings"] == []
    assert as_json["examined"]["store"]["url"] == own_settings.redis_url
    assert as_json["examined"]["broker"]["reachable"] is True
    assert [name.partition("@")[0] for name in as_json["examined"]["workers"]] == [worker.name]


def test_every_error_is_named_with_its_remedy_when_there_is_something_to_mend(
    own_settings: Settings, own_store_server: StoreServer
) -> None:
    with opened_engine(own_settings) as engine:
        engine.register_workflow("alone", single("noop"))
        engine.publish_workflows()
    with own_store_server.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("appendonly", "no")

    seen = command_for(own_settings)("doctor")

    assert seen.status == 1
    assert "error: The store's maxmemory-policy is allkeys-lru." in seen.out
    assert "Remedy: Run CONFIG SET maxmemory-policy noeviction" in seen.out
    assert seen.out.index("error:") < seen.out.index("warning:")
    assert "Errors: 2, warnings: 1" in seen.out
    assert found(own_settings) == {
        "eviction_policy": "error",
        "no_worker": "error",
        "no_persistence": "warning",
    }


def test_the_missing_worker_and_task_are_found_when_workflows_ask_for_them(
    engine: WorkflowEngine, settings: Settings, worker: Worker
) -> None:
    engine.register_workflow("gpu", single("noop", queue="gpu"))
    engine.register_workflow("typo", single("nooop"))
    engine.publish_workflows()

    assert found(settings) == {
        "queue_without_worker": "error",
        "unknown_task": "error",
        "no_persistence": "warning",
    }


def test_it_is_found_when_the_broker_does_not_answer(store_server: StoreServer, tmp_path: Path) -> None:
    settings = make_settings(store_server, tmp_path, broker_url=f"amqp://127.0.0.1:{free_port()}//")

    assert found(settings)["broker_unreachable"] == "error"


def test_nothing_is_written_when_an_unused_namespace_is_examined(
    store_server: StoreServer, tmp_path: Path
) -> None:
    settings = make_settings(store_server, tmp_path)

    found(settings)

    with store_server.client() as client:
        assert list(client.scan_iter(f"{{{settings.namespace}}}*")) == []


@pytest.mark.parametrize("arguments", [("doctor",), ("doctor", "--json")])
def test_the_status_is_three_when_the_store_cannot_be_reached(arguments: tuple[str, ...]) -> None:
    call = command({"CELERIAC_REDIS_URL": f"redis://127.0.0.1:{free_port()}"})

    refused = call(*arguments)

    assert (refused.status, refused.out) == (3, "")
    assert "cannot be reached" in refused.err


@pytest.mark.parametrize("what", ["schema", "type"])
def test_the_data_is_found_unusable_when_it_is_not_ours(
    own_settings: Settings, own_store_server: StoreServer, what: str
) -> None:
    meta = f"{{{own_settings.namespace}}}:meta"
    with own_store_server.client() as client:
        if what == "schema":
            client.hset(meta, "schema", 99)
        else:
            client.set(meta, "not ours")

    assert found(own_settings) == {"schema" if what == "schema" else "namespace_clash": "error"}
    assert command_for(own_settings)("worker").status == 3


@pytest.mark.parametrize("process", ["worker", "web", "up"])
def test_the_start_is_refused_when_the_store_may_evict_keys(
    own_settings: Settings, own_store_server: StoreServer, tmp_path: Path, process: str
) -> None:
    with own_store_server.client() as client:
        client.config_set("maxmemory-policy", "volatile-ttl")
    started = LoggedProcess(
        python_command("-m", "celeriac", process),
        name=process,
        log_file=tmp_path / "log",
        environment=child_environment(own_settings.as_environment()),
    )

    assert started.wait_until_ended(within=60) == 3
    assert "maxmemory-policy is volatile-ttl" in started.log()
    assert "CELERIAC_ALLOW_EVICTION=1" in started.log()
    started.stop()


@pytest.mark.parametrize("kind", [Worker, WebServer])
def test_it_starts_with_a_warning_when_eviction_is_allowed(
    own_store_server: StoreServer, tmp_path: Path, kind: Callable[..., Worker | WebServer]
) -> None:
    settings = make_settings(own_store_server, tmp_path / "data", allow_eviction=True)
    with own_store_server.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
    process = kind(settings, log_directory=tmp_path / "logs")
    try:
        process.start()
        assert "maxmemory-policy is allkeys-lru" in process.process.log()
    finally:
        process.stop()
