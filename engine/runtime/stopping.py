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
from celeriac.engine.runtime.slot_table import Slot
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
            by_worker.setdefault(worker_name(stop.worker_id), {})[stop.claim] = kill
        for node, claims in by_worker.items():
            # Workers of earlier releases know a claim by its message.
            tasks = {claim.partition(".")[0]: kill for claim, kill in claims.items()}
            try:
                self._app.control.broadcast(
                    COMMAND, arguments={"claims": claims, "tasks": tasks}, destination=[node], reply=False
                )
            except self._broker_errors as error:
                logger.warning("stop command for %s waits for the broker: %s", node, error)


@control_command(name=COMMAND, args=[("claims", dict)])
def celeriac_stop(state: Any, claims: Any = None, **_: Any) -> dict[str, str]:
    """Signals the child process that runs each claim: SIGTERM, or SIGKILL where the value is true."""
    if not isinstance(claims, Mapping):
        return {"error": "claims is not an object"}
    for claim, kill in claims.items():
        if isinstance(claim, str) and isinstance(kill, bool):
            _signal(claim, signal.SIGKILL if kill else signal.SIGTERM)
    return {"ok": "signalled"}


def _signal(claim: str, number: signal.Signals) -> None:
    """Signals the process that runs a claim; other tasks of an application are not the engine's to stop."""
    request = worker_state.requests.get(claim.partition(".")[0])
    if request is None or request.task.name != RUNNER:
        return
    pid = request.worker_pid
    # Pools without child processes cannot stop a task; the step then ends unconfirmed.
    if pid is None or pid == os.getpid():
        return
    slot: Slot | None = request.task.slots.find(pid)
    if slot is not None:
        if number == signal.SIGKILL and slot.running != claim:
            return  # it has ended, and the process has gone on with another one
        slot.order(claim)
    # What it has started is stopped by the process itself, unless it has no time left for that.
    started = descendants(claim, pid) if number == signal.SIGKILL else []
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    kill_descendants(started)
    logger.info("%s sent to process %d for claim %s", number.name, pid, claim)
