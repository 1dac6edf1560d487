"""Celery's events for steps that a slot goes on with: the worker's main process sends them only for the step of a message."""

from __future__ import annotations

import logging
import time
from typing import Any

from celery import Celery
from celery.states import RETRY, SUCCESS

from celeriac.engine.runtime.attempt.calling import text_of
from celeriac.engine.runtime.attempt.claimed_attempt import ClaimedAttempt
from celeriac.engine.runtime.attempt.task_tracer import BodyEnd

logger = logging.getLogger(__name__)
MAX_SHOWN = 500  # characters of an exception


class TaskEvents:
    """Sends them. A broker that is away does not end a step."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def begin(self, held: ClaimedAttempt) -> None:
        """The worker has the step and begins it."""
        received = {
            "name": held.step.task_name,
            "args": "()",
            "kwargs": "{...}",
            "root_id": held.claim.execution_id,
            "parent_id": None,
            "retries": held.retries,
            "eta": None,
            "expires": None,
        }
        self._send(held, [("task-received", received), ("task-started", {})])

    def end(self, held: ClaimedAttempt, end: BodyEnd) -> None:
        """The step has succeeded, failed, or is to be repeated."""
        if end.state == SUCCESS:
            runtime = time.monotonic() - held.since
            self._send(held, [("task-succeeded", {"result": end.shown, "runtime": runtime})])
        elif end.state is not None:
            error = f"{type(end.value).__name__}: {text_of(end.value)}"[:MAX_SHOWN]
            event = "task-retried" if end.state == RETRY else "task-failed"
            self._send(held, [(event, {"exception": error, "traceback": None})])

    def _send(self, held: ClaimedAttempt, events: list[tuple[str, dict[str, Any]]]) -> None:
        hostname = held.message.get("hostname")
        try:
            with self._app.events.default_dispatcher(hostname=hostname) as dispatcher:
                for name, fields in events:
                    dispatcher.send(name, uuid=held.request_id, **fields)
        except Exception as error:  # noqa: BLE001 -- for onlookers: it must not end the step
            logger.warning("events of %s are lost: %s", held.step.task_name, error)
