"""Others write to the broker: no message ends a worker or holds up the queue, and a forged one runs nothing of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.runtime.dispatch import RUNNER
from celeriac.engine.settings import Settings
from celeriac.supervision.identity import born
from tests.support.cases import check_each
from tests.support.command import command_for
from tests.support.executions import starts, wait_until_ended
from tests.support.poison import COMMANDS, ELEMENTS, MESSAGES, in_redis
from tests.support.servers import StoreServer
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import chain, fan, single, step


def set_aside(engine: WorkflowEngine) -> int:
    return engine.store.unreadable.facts().number


def queue_of(settings: Settings) -> str:
    return f"{settings.namespace}:broker:default"


def each_is_set_aside(
    engine: WorkflowEngine, worker: Worker, push: Callable[[Any], object], cases: list[Any]
) -> None:
    """Pushes every case, with an execution behind it that must end."""
    engine.register_workflow("behind", chain(2))
    pid, before = worker.pid, set_aside(engine)

    def check(case: Any) -> None:
        already = set_aside(engine)
        push(case)
        execution = wait_until_ended(engine, engine.execute_workflow("behind", {}), within=10)
        assert execution["status"] == "success"
        eventually(lambda: set_aside(engine) == already + 1, within=5)

    check_each(cases, check, name=lambda case: case[0] if isinstance(case, tuple) else case)
    assert set_aside(engine) - before == len(cases)
    assert worker.alive
    assert worker.pid == pid
    assert "Traceback" not in worker.log()


def test_the_queue_goes_on_when_messages_cannot_be_run(
    engine: WorkflowEngine, worker: Worker, settings: Settings, store_server: StoreServer
) -> None:
    with store_server.client(1) as broker:
        each_is_set_aside(
            engine, worker, lambda case: broker.lpush(queue_of(settings), in_redis(case)), MESSAGES
        )

    seen = command_for(settings)("doctor", "--json").json["findings"]
    (finding,) = [each for each in seen if each["code"] == "unreadable_messages"]
    assert f"{len(MESSAGES)} messages" in finding["what"]
    assert f"{{{settings.namespace}}}:unreadable" in finding["remedy"]
    log = worker.log()
    assert log.count("cannot be read and is set aside") == len(MESSAGES)
    assert not set(log) & {"\x00", "\x1b"}


def test_the_queue_goes_on_when_its_elements_are_not_messages(
    engine: WorkflowEngine, worker: Worker, settings: Settings, store_server: StoreServer
) -> None:
    with store_server.client(1) as broker:
        each_is_set_aside(
            engine, worker, lambda case: broker.lpush(queue_of(settings), case[1]), list(ELEMENTS.items())
        )

    newest = engine.store.unreadable.facts().newest
    assert newest is not None
    assert newest.queue == "default"
    assert newest.text.startswith('{"body"')
    assert newest.worker.startswith(worker.name)


def test_no_slot_is_lost_when_hundreds_of_bad_messages_lie_before_the_steps(
    engine: WorkflowEngine, settings: Settings, start_worker: Callable[..., Worker], store_server: StoreServer
) -> None:
    with store_server.client(1) as broker:
        broker.lpush(queue_of(settings), *(in_redis(each) for each in MESSAGES * 3), *ELEMENTS.values())
    engine.register_workflow("behind", fan(20))
    execution_id = engine.execute_workflow("behind", {})
    worker = start_worker()

    assert wait_until_ended(engine, execution_id)["status"] == "success"
    eventually(lambda: set_aside(engine) == len(MESSAGES) * 3 + len(ELEMENTS))
    with store_server.client() as store:
        assert store.xlen(f"{{{settings.namespace}}}:unreadable") == 100
    assert worker.alive


def test_commands_still_arrive_when_others_were_garbage(
    engine: WorkflowEngine, worker: Worker, settings: Settings, store_server: StoreServer, tmp_path: Path
) -> None:
    channel = f"{settings.namespace}:broker:/1.celery.pidbox"
    with store_server.client(1) as broker:
        for text in (*ELEMENTS.values(), *map(command_text, COMMANDS.values())):
            assert broker.publish(channel, text) == 1
    # An empty publication carries nothing to set aside.
    eventually(lambda: set_aside(engine) == len(ELEMENTS) - 1 + len(COMMANDS))

    stops_a_running_step(engine, tmp_path)
    assert worker.alive
    assert "Traceback" not in worker.log()


def command_text(body: Any) -> str:
    message = json.loads(in_redis(MESSAGES[0], headers={"clock": 1, "expires": 0}))
    message["properties"]["delivery_info"] = {"exchange": "celery.pidbox", "routing_key": ""}
    return json.dumps({**message, "body": json.dumps(body), "properties": without_encoding(message)})


def without_encoding(message: dict[str, Any]) -> dict[str, Any]:
    return {**message["properties"], "body_encoding": None}


def stops_a_running_step(engine: WorkflowEngine, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    parameters = {"path": str(tmp_path / "gate"), "marks": str(marks)}
    engine.register_workflow("stopped", single("tests.wait_for_file", parameters=parameters))
    execution_id = engine.execute_workflow("stopped", {})
    eventually(lambda: starts(marks) == 1)
    engine.cancel_workflow(execution_id)
    assert wait_until_ended(engine, execution_id)["status"] == "cancelled"
    pid = int(next(marks.iterdir()).name.split("-")[1])
    eventually(lambda: born(pid) is None)


@pytest.mark.parametrize(
    "arguments", [{}, {"tasks": [1]}, {"tasks": "x"}, {"tasks": {"unknown": True}}, {"tasks": {"a": "yes"}}]
)
def test_nothing_happens_when_a_stop_command_makes_no_sense(
    shared_engine: WorkflowEngine, shared_worker: Worker, arguments: dict[str, Any]
) -> None:
    replies = shared_engine.app.control.broadcast("celeriac_stop", arguments=arguments, reply=True, limit=1)

    assert [set(next(iter(reply.values()))) <= {"ok", "error"} for reply in replies] == [True]
    assert "Traceback" not in shared_worker.log()


def test_a_worker_stays_as_it_is_when_it_is_controlled_from_elsewhere(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    control = shared_engine.app.control
    for command in ("shutdown", "pool_restart", "pool_grow", "add_consumer"):
        (reply,) = control.broadcast(command, arguments={"queue": "other"}, reply=True, limit=1)
        assert "refused" in next(iter(reply.values()))["error"]

    assert control.inspect().ping()
    assert shared_worker.alive


def test_only_what_the_store_has_handed_out_runs_when_messages_are_forged(
    engine: WorkflowEngine, worker: Worker, tmp_path: Path
) -> None:
    marks, gate = tmp_path / "marks", tmp_path / "gate"
    waits = step("waits", "tests.wait_for_file", parameters={"path": str(gate), "marks": str(marks)})
    after = step("after", "tests.mark", after="waits", parameters={"marks": str(marks)})
    engine.register_workflow("forged", [waits, after])
    execution_id = engine.execute_workflow("forged", {})
    eventually(lambda: starts(marks) == 1)
    forged = [("0", 1), ("0", 1), ("0", 2), ("0", 999_999), ("1", 1), ("7", 1), ("0[0]", 1), ("1[5]", 1)]

    def forge() -> None:
        since = worker.process.log_size()
        for unit, attempt in forged:
            engine.app.send_task(RUNNER, (execution_id, unit, attempt), queue="default")
        eventually(lambda: worker.process.log(since=since).count(" refused: ") == len(forged))

    forge()
    assert starts(marks) == 1
    gate.touch()
    assert wait_until_ended(engine, execution_id)["status"] == "success"
    forge()

    assert starts(marks) == 2
    assert set_aside(engine) == 0
    assert "cannot be run" not in worker.log()


def test_only_its_items_run_when_a_message_names_a_mapped_step(
    engine: WorkflowEngine, worker: Worker, tmp_path: Path
) -> None:
    marks, gate = tmp_path / "marks", tmp_path / "gate"
    parameters = {"path": str(gate), "marks": str(marks)}
    mapped = step("each", "tests.wait_for_file", map_over="input.parts", parameters=parameters)
    engine.register_workflow("mapped", [mapped])
    execution_id = engine.execute_workflow("mapped", {"parts": [1, 2, 3, 4]})
    eventually(lambda: starts(marks) == 2)

    for attempt in (1, 2):
        engine.app.send_task(RUNNER, (execution_id, "0", attempt), queue="default")
    gate.touch()

    assert wait_until_ended(engine, execution_id)["status"] == "success"
    eventually(lambda: worker.log().count(" refused: only its items run") == 2)
    assert starts(marks) == 4


def test_its_other_tasks_run_when_messages_for_an_application_of_the_user_are_bad(
    engine: WorkflowEngine, settings: Settings, start_worker: Callable[..., Worker], store_server: StoreServer
) -> None:
    worker = start_worker(settings=replace(settings, app="tests.support.own_app:app"))
    with store_server.client(1) as broker:
        broker.lpush(queue_of(settings), *ELEMENTS.values(), *(in_redis(each) for each in MESSAGES))
    engine.app.send_task("own.double", (21,), queue="default")
    eventually(lambda: "Task own.double[" in worker.log() and "succeeded" in worker.log())
    engine.register_workflow("own", [step("only", "own.double", parameters={"number": 21})])

    execution = wait_until_ended(engine, engine.execute_workflow("own", {}))

    assert execution["result"] == {"only": 42}
    assert worker.alive
