"""The same messages as in `tests/faults/test_poison_messages.py`, in a queue of RabbitMQ."""

from __future__ import annotations

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from tests.support.cases import check_each
from tests.support.executions import wait_until_ended
from tests.support.poison import COMMANDS, MESSAGES, Poison, headers_of
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import chain


def test_the_queue_goes_on_when_rabbitmq_carries_messages_that_cannot_be_run(
    engine: WorkflowEngine, worker: Worker, settings: Settings
) -> None:
    engine.register_workflow("behind", chain(2))
    with engine.app.connection_for_write() as connection:
        channel = connection.channel()

        def check(case: Poison) -> None:
            already = engine.store.unreadable.facts().number
            message = channel.prepare_message(
                case.body,
                content_type=case.content_type,
                content_encoding=case.encoding,
                headers=case.headers,
            )
            channel.basic_publish(message, exchange="", routing_key=f"{settings.namespace}.default")
            execution_id = engine.execute_workflow("behind", {})
            assert wait_until_ended(engine, execution_id, within=10)["status"] == "success"
            eventually(lambda: engine.store.unreadable.facts().number == already + 1, within=5)

        check_each(MESSAGES, check)

    assert worker.alive
    assert "Traceback" not in worker.log()


def test_a_worker_still_answers_when_rabbitmq_carries_commands_that_are_none(
    engine: WorkflowEngine, worker: Worker, settings: Settings
) -> None:
    with engine.app.connection_for_write() as connection:
        producer = engine.app.amqp.Producer(connection.channel())
        for body in (*COMMANDS.values(), {"method": "ping", "arguments": {}, "destination": None}):
            producer.publish(body, exchange=f"{settings.namespace}.control.pidbox", headers={"clock": 1})
        producer.publish(
            b"garbage",
            exchange=f"{settings.namespace}.control.pidbox",
            content_type="application/json",
            content_encoding="utf-8",
            headers=headers_of(),
        )

    eventually(lambda: engine.store.unreadable.facts().number == len(COMMANDS) + 1)
    assert engine.app.control.inspect().ping()
    assert worker.alive
    assert "Traceback" not in worker.log()
