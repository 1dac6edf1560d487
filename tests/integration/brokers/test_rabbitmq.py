"""Messages in RabbitMQ, state in the store: the same promises as on one server."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from celeriac.supervision.identity import born
from tests.conftest import make_settings, opened_engine
from tests.support.executions import ENDED, starts, step_of, wait_for_step, wait_until_ended
from tests.support.rabbitmq import RabbitMq
from tests.support.servers import StoreServer
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import chain, fan, single, step


@pytest.mark.parametrize("workflow_id", ["conditional_processing", "data_processing", "parallel_processing"])
def test_the_example_ends_with_success_when_rabbitmq_is_the_broker(
    shared_engine: WorkflowEngine, shared_worker: Worker, workflow_id: str
) -> None:
    shared_engine.load_workflows()
    example = shared_engine.registered[workflow_id].example_input or {}

    execution = wait_until_ended(
        shared_engine, shared_engine.execute_workflow(workflow_id, example), within=60
    )

    assert execution["status"] == "success", execution["error"]


def test_the_process_is_gone_when_a_step_that_ignores_sigterm_is_cancelled(
    shared_engine: WorkflowEngine, shared_worker: Worker, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    shared_engine.register_workflow("deaf", single("tests.ignore_sigterm", parameters={"marks": str(marks)}))
    execution_id = shared_engine.execute_workflow("deaf", {})
    eventually(lambda: starts(marks) == 1)
    pid = int(next(marks.iterdir()).name.split("-")[1])

    shared_engine.cancel_workflow(execution_id)

    assert wait_until_ended(shared_engine, execution_id)["status"] == "cancelled"
    assert born(pid) is None


def test_the_steps_run_again_elsewhere_when_a_worker_is_killed(
    engine: WorkflowEngine, start_worker: Callable[..., Worker], tmp_path: Path
) -> None:
    marks, gate = tmp_path / "marks", tmp_path / "gate"
    waits = step("waits", "tests.wait_for_file", parameters={"path": str(gate), "marks": str(marks)})
    engine.register_workflow("killed", [waits, step("after", after="waits")])
    first = start_worker()
    execution_id = engine.execute_workflow("killed", {})
    eventually(lambda: starts(marks) == 1)

    first.kill()
    start_worker()
    eventually(lambda: starts(marks) == 2, within=40)
    gate.touch()

    execution = wait_until_ended(engine, execution_id)
    assert execution["status"] == "success"
    assert step_of(execution, "waits")["attempt"] == 2


def test_no_more_than_the_window_lies_in_the_broker_when_two_hundred_steps_are_ready(
    engine: WorkflowEngine, start_worker: Callable[..., Worker], settings: Settings
) -> None:
    engine.register_workflow("wide", fan(200))
    execution_id = engine.execute_workflow("wide", {})
    start_worker()
    depths: list[int] = []

    def ended() -> bool:
        with engine.app.connection_for_read() as connection:
            queue = engine.app.amqp.queues["default"](connection.default_channel)
            depths.append(queue.queue_declare(passive=True).message_count)
        return engine.get_workflow_status(execution_id)["status"] in ENDED

    eventually(ended, within=60)

    assert engine.get_workflow_status(execution_id)["status"] == "success"
    assert max(depths) <= settings.window


def test_queues_are_apart_when_two_installations_share_a_rabbitmq(
    shared_engine: WorkflowEngine,
    shared_worker: Worker,
    store_server: StoreServer,
    rabbitmq: RabbitMq,
    tmp_path: Path,
) -> None:
    other = make_settings(store_server, tmp_path / "other", broker_url=rabbitmq.url)
    with opened_engine(other) as elsewhere:
        elsewhere.register_workflow("waits", chain(1))
        theirs = elsewhere.execute_workflow("waits", {})
        shared_engine.register_workflow("ours", chain(3))

        assert (
            wait_until_ended(shared_engine, shared_engine.execute_workflow("ours", {}))["status"] == "success"
        )
        assert elsewhere.get_workflow_status(theirs)["status"] == "pending"
        assert "unknown execution" not in shared_worker.process.log()
        elsewhere.cancel_workflow(theirs)
        with store_server.client() as client:
            client.delete(*client.scan_iter(f"{{{other.namespace}}}*"))


def test_the_messages_are_published_again_when_rabbitmq_has_forgotten_them(
    engine: WorkflowEngine, start_worker: Callable[..., Worker]
) -> None:
    engine.register_workflow("forgotten", chain(3))
    execution_id = engine.execute_workflow("forgotten", {})
    with engine.app.connection_for_write() as connection:
        engine.app.amqp.queues["default"](connection.default_channel).purge()

    start_worker()

    assert wait_until_ended(engine, execution_id)["status"] == "success"


def test_a_child_that_is_killed_is_noticed_when_rabbitmq_is_the_broker(
    shared_engine: WorkflowEngine, shared_worker: Worker, tmp_path: Path
) -> None:
    marks, gate = tmp_path / "marks", tmp_path / "gate"
    waits = step("waits", "tests.wait_for_file", parameters={"path": str(gate), "marks": str(marks)})
    shared_engine.register_workflow("child", [waits])
    execution_id = shared_engine.execute_workflow("child", {})
    eventually(lambda: starts(marks) == 1)

    os.kill(int(next(marks.iterdir()).name.split("-")[1]), signal.SIGKILL)
    eventually(lambda: starts(marks) == 2)
    gate.touch()

    wait_for_step(shared_engine, execution_id, "waits", "success")
