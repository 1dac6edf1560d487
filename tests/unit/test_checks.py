"""Every finding of the checks: when it appears, and when it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from celeriac.engine.doctor.findings import (
    Facts,
    Finding,
    StepFacts,
    WorkerFacts,
    check_everything,
    check_store,
)
from celeriac.engine.runtime.broker_facts import BrokerFacts, Stranger
from celeriac.engine.store.read.server_facts import StoreFacts
from celeriac.engine.store.unreadable import UnreadableFacts, UnreadableMessage

STORE = StoreFacts(
    url="redis://store",
    product="Valkey 9.1.2",
    version="7.2.4",
    policy="noeviction",
    used_memory=10_000_000,
    max_memory=0,
    append_only=True,
    snapshots=False,
    writing_works=True,
    refusal="",
    latency_ms=0.2,
    schema=1,
    expected_schema=1,
    meta_type="hash",
    namespace="celeriac",
)
BROKER = BrokerFacts(url="redis://store/1", transport="redis", trouble="", broadcasts=True)
WORKER = WorkerFacts(
    name="w1@here",
    version="1.0",
    broker="redis://store/1",
    queues=frozenset({"default"}),
    tasks=frozenset({"echo"}),
)
STEP = StepFacts(workflow_id="flow", step="first", queue="default", task="echo")
FINE = Facts(store=STORE, broker=BROKER, workers=(WORKER,), steps=(STEP,), version="1.0")


def of_store(**changes: Any) -> list[Finding]:
    return check_store(replace(STORE, **changes))


def with_(**changes: Any) -> list[Finding]:
    return check_everything(replace(FINE, **changes))


def codes(found: list[Finding]) -> list[tuple[str, str, bool]]:
    return [(finding["code"], finding["severity"], finding["refuse_start"]) for finding in found]


def test_there_is_nothing_to_mend_when_all_is_well() -> None:
    assert check_everything(FINE) == []


@pytest.mark.parametrize("version", ["6.2.14", "5.0", "", "unknown"])
def test_the_start_is_refused_when_the_store_is_too_old(version: str) -> None:
    assert codes(of_store(version=version)) == [("store_version", "error", True)]


@pytest.mark.parametrize("version", ["7.0.15", "7.2.4", "8.2", "10.0.1"])
def test_a_version_is_fine_when_it_is_new_enough(version: str) -> None:
    assert of_store(version=version) == []


def test_the_start_is_refused_when_keys_may_be_evicted() -> None:
    (found,) = of_store(policy="allkeys-lru")

    assert codes([found]) == [("eviction_policy", "error", True)]
    assert "allkeys-lru" in found["what"]
    assert "CONFIG SET maxmemory-policy noeviction" in found["remedy"]
    assert "CELERIAC_ALLOW_EVICTION=1" in found["remedy"]


def test_eviction_is_only_warned_of_when_the_override_is_given() -> None:
    found = check_store(replace(STORE, policy="volatile-lru"), eviction_allowed=True)

    assert codes(found) == [("eviction_policy", "warning", False)]


@pytest.mark.parametrize(
    ("snapshots", "code"), [(False, "no_persistence"), (True, "snapshots_only"), (None, "snapshots_only")]
)
def test_it_is_warned_of_losses_when_there_is_no_append_only_file(snapshots: bool | None, code: str) -> None:
    assert codes(of_store(append_only=False, snapshots=snapshots)) == [(code, "warning", False)]


def test_it_is_an_error_when_the_store_cannot_write_its_files() -> None:
    assert codes(of_store(writing_works=False)) == [("persistence_failing", "error", False)]


def test_it_is_an_error_with_the_reason_of_the_store_when_that_refuses_changes() -> None:
    (found,) = of_store(refusal="NOREPLICAS Not enough good replicas to write.")

    assert (found["code"], found["severity"], found["refuse_start"]) == (
        "store_refuses_changes",
        "error",
        False,
    )
    assert found["what"] == "The store refuses changes: NOREPLICAS Not enough good replicas to write."


def test_it_is_warned_of_when_the_store_answers_slowly() -> None:
    (found,) = of_store(latency_ms=34.6)

    assert codes([found]) == [("store_latency", "warning", False)]
    assert "35 ms" in found["what"]


@pytest.mark.parametrize(
    ("used", "expected"),
    [(79, []), (80, [("store_memory", "warning", False)]), (96, [("store_memory", "error", False)])],
)
def test_memory_is_reported_when_it_comes_near_its_limit(used: int, expected: list[Any]) -> None:
    assert codes(of_store(used_memory=used * 1_000_000, max_memory=100_000_000)) == expected


def test_the_start_is_refused_when_the_data_has_another_schema() -> None:
    assert codes(of_store(schema=2)) == [("schema", "error", True)]


def test_a_store_is_fine_when_nothing_was_ever_stored_in_it() -> None:
    assert of_store(schema=None, meta_type="none") == []


def test_the_start_is_refused_when_the_namespace_holds_somebody_elses_data() -> None:
    (found,) = of_store(meta_type="string", schema=None)

    assert codes([found]) == [("namespace_clash", "error", True)]
    assert "{celeriac}:meta" in found["what"]


def test_it_is_an_error_when_the_broker_cannot_be_reached() -> None:
    (found,) = with_(broker=replace(BROKER, trouble="Connection refused"))

    assert codes([found]) == [("broker_unreachable", "error", False)]
    assert "redis://store/1" in found["what"]
    assert "Connection refused" in found["what"]


def test_it_is_an_error_when_the_transport_cannot_reach_all_workers() -> None:
    (found,) = with_(broker=replace(BROKER, transport="sqs", broadcasts=False))

    assert codes([found]) == [("broker_transport", "error", False)]
    assert "sqs" in found["what"]


def test_it_is_an_error_when_a_worker_without_the_package_takes_messages() -> None:
    stranger = Stranger(name="old@there", queues=("default", "mail"))

    (found,) = with_(broker=replace(BROKER, strangers=(stranger,)))

    assert codes([found]) == [("worker_without_engine", "error", False)]
    assert "old@there" in found["what"]
    assert "default, mail" in found["what"]


@pytest.mark.parametrize(
    ("number", "what"), [(1, "1 message was set aside"), (1204, "1,204 messages were set aside")]
)
def test_it_is_warned_of_when_messages_were_set_aside(number: int, what: str) -> None:
    newest = UnreadableMessage(queue="default", reason="it is not a message of Celery", text="garbage")
    unreadable = UnreadableFacts(key="{ns}:unreadable", number=number, newest=newest)

    (found,) = with_(unreadable=unreadable)

    assert codes([found]) == [("unreadable_messages", "warning", False)]
    assert found["what"] == f"{what}; the newest, from default: it is not a message of Celery."
    assert "redis-cli DEL '{ns}:unreadable'" in found["remedy"]


def test_there_is_nothing_to_mend_when_no_message_was_set_aside() -> None:
    assert with_(unreadable=UnreadableFacts(key="{ns}:unreadable")) == []


def test_it_is_warned_of_when_a_worker_has_another_version() -> None:
    (found,) = with_(workers=(WORKER, replace(WORKER, name="w2@here", version="0.9")))

    assert codes([found]) == [("worker_version", "warning", False)]
    assert found["what"].startswith("w2@here: Celeriac 0.9; this process has 1.0")


def test_it_is_warned_of_when_workers_of_one_namespace_use_several_brokers() -> None:
    (found,) = with_(workers=(WORKER, replace(WORKER, name="w2@here", broker="amqp://rabbit")))

    assert codes([found]) == [("broker_split", "warning", False)]
    assert "amqp://rabbit, redis://store/1" in found["what"]


def test_it_is_an_error_when_two_workers_have_one_name() -> None:
    assert codes(with_(workers=(WORKER, WORKER))) == [("worker_name_twice", "error", False)]


def test_it_is_an_error_when_no_worker_is_alive() -> None:
    assert codes(with_(workers=())) == [("no_worker", "error", False)]


def test_nothing_waits_when_there_is_no_workflow() -> None:
    assert with_(workers=(), steps=()) == []


def test_it_is_an_error_when_nobody_takes_from_a_queue_that_workflows_use() -> None:
    steps = [replace(STEP, workflow_id=f"flow{n}", queue="gpu") for n in range(5)]

    (found,) = with_(steps=(STEP, *steps))

    assert codes([found]) == [("queue_without_worker", "error", False)]
    assert "flow0, flow1, flow2 and 2 more" in found["what"]
    assert "celeriac worker -Q gpu" in found["remedy"]


def test_it_is_an_error_when_no_worker_knows_a_task() -> None:
    (found,) = with_(steps=(STEP, replace(STEP, step="second", task="no.such")))

    assert codes([found]) == [("unknown_task", "error", False)]
    assert "no.such of flow.second: no live worker has it" in found["what"]
    assert "CELERIAC_WORKFLOWS" in found["remedy"]


def test_the_worker_is_named_when_another_one_knows_the_task() -> None:
    (found,) = with_(workers=(WORKER, replace(WORKER, name="w2@here", tasks=frozenset())))

    assert "echo of flow.first: w2@here does not have it" in found["what"]


def test_a_task_is_fine_when_workers_of_other_queues_do_not_know_it() -> None:
    other = replace(WORKER, name="w2@here", queues=frozenset({"mail"}), tasks=frozenset())

    assert with_(workers=(WORKER, other)) == []


def test_errors_come_first_when_there_are_warnings_too() -> None:
    found = with_(store=replace(STORE, latency_ms=99.0), workers=())

    assert [finding["severity"] for finding in found] == ["error", "warning"]


def test_every_finding_says_what_to_do_when_there_are_many() -> None:
    found = check_everything(
        replace(
            FINE,
            store=replace(STORE, policy="allkeys-lru", append_only=False, latency_ms=50.0, schema=9),
            broker=replace(BROKER, trouble="gone", broadcasts=False),
            workers=(),
        )
    )

    assert len(found) == 7
    assert all(finding[part].endswith(".") for finding in found for part in ("what", "why", "remedy"))
