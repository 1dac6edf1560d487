"""Celery's consumer, which sets aside every message that it cannot use instead of ending with an error.

A bad message is found by the checks before Celery reads it. What they do not know is caught where Celery raises: in its
handler of messages, and when it gives a request to the pool.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import Any

from celery import Celery, signals
from celery.exceptions import NotRegistered
from celery.utils.imports import symbol_by_name
from celery.utils.objects import Bunch
from celery.worker import state as worker_state

from celeriac.engine.runtime.dispatch import RUNNER
from celeriac.engine.runtime.incoming.message_checks import (
    body_problem,
    headers_problem,
    step_body_problem,
    step_headers_problem,
)
from celeriac.engine.runtime.incoming.redis_transport import Unreadable
from celeriac.engine.runtime.incoming.unreadable import summary_of

logger = logging.getLogger(__name__)


def use_checked_consumer(app: Celery, set_aside: Unreadable) -> None:
    """Makes the worker of this application use its consumer with these checks."""
    plain = symbol_by_name(app.conf.worker_consumer)
    parts = {"set_aside": staticmethod(set_aside)}
    app.conf.worker_consumer = type("CheckedConsumer", (_Checks, plain), parts)


def message_problem(message: Any) -> str:
    """Why a worker cannot use this message. Leaves messages of Celery's first protocol, without headers, to Celery."""
    headers = message.headers
    if not isinstance(headers, Mapping):
        return "its headers are not an object"
    if "task" not in headers:
        return _old_message_problem(message)
    is_step = headers["task"] == RUNNER
    problem = headers_problem(headers)
    # Before it is decoded: an application may accept formats that run code.
    problem = problem or (step_headers_problem(headers, message.content_type) if is_step else "")
    if problem:
        return problem
    try:
        body = message.payload
    except Exception as error:  # noqa: BLE001 -- the decoders of all content types raise what they like
        return f"its body cannot be decoded: {error}"
    return body_problem(body) or (step_body_problem(body) if is_step else "")


def _old_message_problem(message: Any) -> str:
    try:
        body = message.payload
    except Exception as error:  # noqa: BLE001 -- as above
        return f"its body cannot be decoded: {error}"
    if not isinstance(body, dict) or "task" not in body:
        return "it names no task"
    if body["task"] == RUNNER:
        return "it is of a protocol that the engine does not use"
    return headers_problem(body)


class _Checks:
    """The part of a consumer that sets messages aside."""

    set_aside: Unreadable

    def __init__(self, on_task_request: Callable[[Any], None], **options: Any) -> None:
        controller = options["controller"]
        give = controller._process_task
        # With a semaphore, Celery looks this method up on its controller for each request.
        controller._process_task = partial(self._give_to_pool, give)
        receiver = controller._process_task if on_task_request == give else on_task_request
        super().__init__(receiver, **options)  # type: ignore[call-arg]

    def create_task_handler(self, *args: Any, **options: Any) -> Callable[[Any], None]:
        handle = super().create_task_handler(*args, **options)  # type: ignore[misc]

        def receive(message: Any) -> None:
            if problem := message_problem(message):
                self._reject(message, problem)
                return
            try:
                handle(message)
            except self._broker_errors:
                raise
            except Exception as error:  # noqa: BLE001 -- whatever it is, the next message is received
                self._reject(message, f"{type(error).__name__}: {error}")

        return receive

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        self.set_aside(_queue_of(message), summary_of(message), f"its body cannot be decoded: {exc}")
        # Not rejected: control commands are received without acknowledgement.
        message.ack()

    def on_unknown_message(self, body: Any, message: Any) -> None:
        self._reject(message, "it is not a task")

    def on_invalid_task(self, body: Any, message: Any, exc: Exception) -> None:
        self._reject(message, str(exc), exc)

    def on_unknown_task(self, body: Any, message: Any, exc: Exception) -> None:
        """Reports the task as failed, as Celery does: its caller may wait for it."""
        named = message.headers if "task" in message.headers else message.payload
        self._reject(message, f"this worker has no task {named['task']!r}", exc)
        request = Bunch(
            name=named["task"],
            chord=None,
            root_id=named.get("root_id"),
            correlation_id=message.properties.get("correlation_id"),
            reply_to=message.properties.get("reply_to"),
            errbacks=None,
        )
        consumer: Any = self
        try:
            consumer.app.backend.mark_as_failure(named["id"], NotRegistered(named["task"]), request=request)
        except Exception as error:  # noqa: BLE001 -- results are the application's, and no reason to end
            logger.warning("the failure of the unknown task %r cannot be reported: %s", named["id"], error)
        signals.task_unknown.send(sender=self, message=message, exc=exc, name=named["task"], id=named["id"])

    def _reject(self, message: Any, reason: str, error: Exception | None = None) -> None:
        self.set_aside(_queue_of(message), summary_of(message), reason)
        if not message.acknowledged:
            message.reject()
        signals.task_rejected.send(sender=self, message=message, exc=error)

    def _give_to_pool(self, give: Callable[[Any], None], request: Any) -> None:
        """Gives a request to the pool; one that the pool refuses gives its slot back."""
        try:
            give(request)
        except self._broker_errors:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever it is, the slot is free
            self._reject(request.message, f"{type(error).__name__}: {error}", error)
            worker_state.task_ready(request)
            consumer: Any = self
            if release := getattr(consumer.controller, "_quick_release", None):
                release()

    @cached_property
    def _broker_errors(self) -> tuple[type[Exception], ...]:
        consumer: Any = self
        return (*consumer.connection_errors, *consumer.channel_errors)


def _queue_of(message: Any) -> str:
    delivery = getattr(message, "delivery_info", None)
    if not isinstance(delivery, Mapping):
        return "an unknown queue"
    return str(delivery.get("routing_key") or delivery.get("exchange") or "an unknown queue")
