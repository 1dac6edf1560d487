"""A worker's presence: its lease, its description, and the inventory of its claims. Runs in the main process."""

from __future__ import annotations

import importlib.metadata
import json
import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

from celery.worker import state as worker_state

from celeriac.engine.errors import CeleriacError
from celeriac.engine.settings import Settings
from celeriac.engine.store.orders import EndOrder
from celeriac.engine.store.store import Store

logger = logging.getLogger(__name__)


def new_worker_id(nodename: str) -> str:
    """The node's name and a random suffix for each start of the worker."""
    return f"{nodename.replace('|', '-').replace('#', '-')}#{secrets.token_hex(3)}"


class Presence:
    """Renews the lease every heartbeat; passes attempts that this worker lost to `end`."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        worker_id: str,
        facts: dict[str, Any],
        capacity: Callable[[], tuple[int, Sequence[str]]],
        end: Callable[[EndOrder], None],
    ) -> None:
        """`capacity` returns the number of slots and the tasks that they may be given without a message."""
        self._store, self._settings, self._worker_id, self._end = store, settings, worker_id, end
        self._capacity = capacity
        info = {
            "hostname": socket.gethostname(),
            "pid": os.getpid(),
            "version": importlib.metadata.version("celeriac"),
            **facts,
        }
        self._info = json.dumps(info).encode()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="celeriac-presence", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def beat(self) -> None:
        """One heartbeat. Raises `StoreUnavailable`."""
        held = [
            task for task, request in list(worker_state.requests.items()) if not has_ended(request.worker_pid)
        ]
        for end in self._store.transitions.heartbeat(self._worker_id, self._info, held, *self._capacity()):
            self._end(end)

    def retire(self) -> None:
        """Ends the presence in an orderly shutdown: interrupts held claims and gives the lease back."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        try:
            for end in self._store.transitions.retire_worker(self._worker_id):
                self._end(end)
            self._store.transitions.retire_worker(self._worker_id)
        except CeleriacError as error:
            logger.warning("cannot give the lease back, it will expire: %s", error)

    def _loop(self) -> None:
        while True:
            try:
                self.beat()
            except CeleriacError as error:
                logger.warning("heartbeat missed: %s", error)
            except Exception:
                logger.exception("a heartbeat failed; the next one tries again")
            if self._stopped.wait(self._settings.heartbeat):
                return


def has_ended(pid: int | None) -> bool:
    """Whether a process of the pool has ended, without reaping it, so that the pool still reports it.

    While Celery waits for its broker it does nothing else: a dead process then keeps its task until the broker is back.
    """
    if pid is None or pid == os.getpid() or not hasattr(os, "waitid"):
        return False
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True
