"""Connects Celery to the engine: the task whose messages carry steps, and the signals of its worker.

In processes that run tasks a message goes to `StepRunner`. Ends that such a process cannot report (it was lost, the hard time
limit) are seen in the worker's main process, where a queue and a thread handle them, so that the event loop never waits for
the store. The worker's inventory finds ends that both miss.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import Celery, signals
from celery.worker import state as worker_state

from celeriac.engine.runtime.attempt.descendants import descendants, kill_descendants
from celeriac.engine.runtime.attempt.failures import ABNORMAL
from celeriac.engine.runtime.attempt.step_runner import StepRunner
from celeriac.engine.runtime.attempt.task_tracer import BodyEnd
from celeriac.engine.runtime.parent_watch import ParentWatch
from celeriac.engine.runtime.persisting import persist
from celeriac.engine.runtime.runner import Runner
from celeriac.engine.runtime.shutdown_flag import ShutdownFlag
from celeriac.engine.runtime.slot_table import SlotTable
from celeriac.engine.settings import Settings

logger = logging.getLogger(__name__)


class _AbnormalEnd(NamedTuple):
    """The end of a process that worked on a message."""

    message_id: str
    attempt: tuple[str, str, int]  # that the message names
    kind: str
    running: str  # the claim whose body had begun last, '' if unknown


class CelerySignals:
    """The connections of one worker. `worker_id` is set when the worker has started."""

    def __init__(self, app: Celery, settings: Settings) -> None:
        self.app, self.settings = app, settings
        self.worker_id = ""
        self.shutdown, self.slots = ShutdownFlag(), SlotTable()
        self._abnormal: queue.SimpleQueue[_AbnormalEnd] = queue.SimpleQueue()
        self.open()

    def open(self) -> None:
        """Fresh connections: in the main process at start, in every child after its fork."""
        self.runner = StepRunner(self.app, self.settings, self.shutdown, self.slots)

    def connect(self) -> None:
        """Registers the runner and connects the handlers. Must be called before the worker's pool starts."""
        runner = Runner()
        runner.run_message, runner.slots = self.run_message, self.slots
        self.app.register_task(runner)
        # Strong references: nothing else holds the handlers.
        signals.task_failure.connect(self.on_failure, sender=runner, weak=False)
        signals.worker_shutting_down.connect(self.shutdown.set, weak=False)
        signals.worker_process_init.connect(self.on_fork, weak=False)

    def run_message(
        self, message_id: str, args: tuple[str, str, int], message: Mapping[str, Any]
    ) -> BodyEnd | None:
        """Runs the attempt that a message names, and those after it, in the process that runs tasks."""
        return self.runner.run(message_id, args, message, self.worker_id)

    def on_fork(self, **_: Any) -> None:
        """Prepares a child process of the pool."""
        self.open()
        ParentWatch().start()

    # -- in the main process

    def on_failure(self, *, task_id: str, exception: BaseException, args: Any, **_: Any) -> None:
        """Queues an end that the process of the task cannot report."""
        if isinstance(exception, WorkerLostError | TimeLimitExceeded):
            kind = "timeout" if isinstance(exception, TimeLimitExceeded) else "lost"
            if running := self.slots.claim_of(task_id):
                request = worker_state.requests.get(task_id)
                kill_descendants(descendants(running, request and request.worker_pid))
            self._abnormal.put(_AbnormalEnd(task_id, tuple(args), kind, running))

    def start_reporting(self) -> None:
        """Starts the thread that reports the ends seen only by the main process."""
        threading.Thread(target=self._report_abnormal, name="celeriac-abnormal-ends", daemon=True).start()

    def _end(self, end: _AbnormalEnd) -> None:
        """Ends what a process that has died had claimed. An attempt that was not claimed yet needs a new message."""
        store = self.runner.store
        for execution_id, unit, attempt in store.workers.claims(self.worker_id, end.message_id):
            claim = store.reader.unit_state(execution_id, unit).claim
            has_begun = end.running in ("", claim)
            failure = ABNORMAL[end.kind if has_begun else "not begun"]
            self.runner.ending.end(execution_id, unit, attempt, claim, failure)
        store.transitions.resend_step(*end.attempt)

    def _report_abnormal(self) -> None:
        while True:
            end = self._abnormal.get()
            try:
                persist(lambda: self._end(end), self.settings.lease)  # noqa: B023 -- called at once
            except Exception:
                logger.exception(
                    "message %s: the end of its attempt is left to the inventory", end.message_id
                )
