"""Stops running tasks: a control command goes to the worker's main process, which signals the child and later kills it.

Celery's own revoke forgets a request after its first signal, so a task that ignores SIGTERM could not be killed
later; this command can be repeated until the process has ended.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterable, Mapping
from typing import Any

from celery import Celery
from celery.worker import state as worker_state
from celery.worker.control import control_command

from celeriac.engine.runtime.attempt.descendants import descendants, kill_descendants
from celeriac.engine.runtime.broker import broker_errors
from celeriac.engine.runtime.dispatch import RUNNER
from celeriac.engine.settings import Settings
from celeriac.engine.store.orders import StopOrder
from celeriac.engine.workflows.progress.events import worker_name

COMMAND = "celeriac_stop"
logger = logging.getLogger(__name__)


class Stopper:
    """Sends stop commands to workers. The reconcilers repeat lost ones."""

    def __init__(self, app: Celery, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self._broker_errors = broker_errors(app)

    def stop(self, stops: Iterable[StopOrder]) -> None:
        """Stops these tasks: SIGTERM first, SIGKILL for those with an earlier SIGTERM long enough ago."""
        by_worker: dict[str, dict[str, bool]] = {}
        for stop in stops:
            kill = stop.since >= self._settings.cancel_kill * 1000
            by_worker.setdefault(worker_name(stop.worker_id), {})[stop.task_id] = kill
        for node, tasks in by_worker.items():
            try:
                self._app.control.broadcast(
                    COMMAND, arguments={"tasks": tasks}, destination=[node], reply=False
                )
            except self._broker_errors as error:
                logger.warning("stop command for %s waits for the broker: %s", node, error)


@control_command(name=COMMAND, args=[("tasks", dict)])
def celeriac_stop(state: Any, tasks: Any = None, **_: Any) -> dict[str, str]:
    """Signals the child process of each step's task: SIGTERM, or SIGKILL where the value is true."""
    if not isinstance(tasks, Mapping):
        return {"error": "tasks is not an object"}
    for task_id, kill in tasks.items():
        if isinstance(task_id, str) and isinstance(kill, bool):
            _signal(task_id, signal.SIGKILL if kill else signal.SIGTERM)
    return {"ok": "signalled"}


def _signal(task_id: str, number: signal.Signals) -> None:
    """Signals the process that runs a step; other tasks of an application are not the engine's to stop."""
    request = worker_state.requests.get(task_id)
    pid = request.worker_pid if request is not None and request.task.name == RUNNER else None
    # Pools without child processes cannot stop a task; the step then ends unconfirmed.
    if pid is None or pid == os.getpid():
        return
    # What it has started is stopped by the process itself, unless it has no time left for that.
    started = descendants(task_id, pid) if number == signal.SIGKILL else []
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    kill_descendants(started)
    logger.info("%s sent to process %d of task %s", number.name, pid, task_id)
