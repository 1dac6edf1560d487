"""Carries out the orders of the store: decides steps, and publishes ready attempts as messages of three short arguments."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from typing import Any

from celery import Celery
from kombu import Producer

from celeriac.engine.errors import CeleriacError
from celeriac.engine.operations.decide import Decisions
from celeriac.engine.runtime.broker import broker_errors, queue_named
from celeriac.engine.settings import Settings
from celeriac.engine.store.orders import Order, PublishOrder, read_limits
from celeriac.engine.store.store import Store

RUNNER = "celeriac.execute_workflow_step"
logger = logging.getLogger(__name__)


class Dispatcher:
    """Publishes messages and confirms them in the store. The reconciler publishes those that fail."""

    def __init__(self, app: Celery, store: Store, settings: Settings) -> None:
        self._app, self._store, self._settings = app, store, settings
        self._decisions = Decisions(store.reader, store.transitions)
        self._broker_errors = broker_errors(app)

    def dispatch(self, orders: Sequence[Order]) -> None:
        """Publishes the ready steps, decides those that need a decision, and so on with the orders of that."""
        while orders:
            if messages := [order for order in orders if isinstance(order, PublishOrder)]:
                self._publish(messages)
            orders = self._decisions.carry_out(orders)

    def _publish(self, messages: Sequence[PublishOrder]) -> None:
        """Publishes these messages; logs those that the broker refuses and leaves them to the reconciler."""
        sent: list[PublishOrder] = []
        try:
            with self._app.producer_pool.acquire(block=True) as producer:
                for message in messages:
                    self._send(message, producer)
                    sent.append(message)
        except self._broker_errors as error:
            left = len(messages) - len(sent)
            logger.warning(
                "%d messages wait for the broker (first: %s): %s",
                left,
                messages[len(sent)].execution_id,
                error,
            )
        if sent:
            try:
                self._store.transitions.mark_sent(sent)
            except CeleriacError as error:
                logger.warning(
                    "cannot record %d sent messages, they will be published again: %s", len(sent), error
                )

    def _send(self, message: PublishOrder, producer: Producer) -> None:
        """Publishes one message, past Celery's signals of publishing: what is published is not a task of the user."""
        amqp: Any = self._app.amqp
        _, hard = read_limits(message.limits, self._settings.hard_limit_grace)
        task = amqp.as_task_v2(
            secrets.token_hex(6),
            RUNNER,
            (message.execution_id, message.unit, message.attempt),
            # For the last of several bodies. Soft limits are kept by the process that runs them.
            time_limit=None if hard is None else hard + self._settings.slot_time,
            shadow=message.task_name or None,
            ignore_result=True,
            argsrepr="",
            kwargsrepr="",
        )
        queue = queue_named(self._app, message.queue)
        direct = queue.exchange.type == "direct"
        producer.publish(
            task.body,
            exchange="" if direct else queue.exchange.name,
            routing_key=queue.name if direct else queue.routing_key,
            declare=[queue],
            headers=task.headers,
            # Overrides the settings of a user's application: JSON only, and the reconciler publishes again.
            serializer="json",
            retry=False,
            **task.properties,
        )
