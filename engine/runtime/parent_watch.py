"""Ends a child process of the pool whose main process has died: its step then runs elsewhere, and must not run twice at once."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time

from billiard.util import set_pdeathsig  # type: ignore[attr-defined]

from celeriac.engine.runtime.attempt.descendants import VARIABLE, descendants, kill_descendants

INTERVAL = 0.5  # seconds between two looks
PATIENCE = 5.0  # seconds for the step to end after SIGTERM
NO_SIGNAL = 0


class ParentWatch:
    """A thread that looks at the parent, instead of Celery's SIGKILL from the kernel: so a step can stop what it has started.

    Another signal from the kernel would not do: it comes once for each thread of a main process that is killed.
    """

    def __init__(self) -> None:
        self._parent = os.getppid()
        self._thread = threading.Thread(target=self._loop, name="celeriac-parent-watch", daemon=True)

    def start(self) -> None:
        with contextlib.suppress(OSError):  # not on Linux: nothing to take back
            set_pdeathsig(NO_SIGNAL)
        self._thread.start()

    def _loop(self) -> None:
        while os.getppid() == self._parent:
            time.sleep(INTERVAL)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(PATIENCE)
        if attempt := os.environ.get(VARIABLE):
            kill_descendants(descendants(attempt, os.getpid()))
        os._exit(1)
