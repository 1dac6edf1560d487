"""The soft time limit of a body, in child processes of a pool: `SoftTimeLimitExceeded` is raised wherever the task is.

The pool's own limits are those of a message, under which several bodies may run. So a thread of the child keeps the time and
sends the pool's signal to the thread of the body. A task may catch the exception like any other and go on.
"""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType

from billiard.pool import SIG_SOFT_TIMEOUT
from celery.exceptions import SoftTimeLimitExceeded


class SoftLimit:
    """The timer of one process. Starts its thread on first use, so it can be created before a fork."""

    def __init__(self) -> None:
        self._deadline: float | None = None
        self._passed = False
        self._wakes_at = float("inf")
        self._earlier = threading.Event()
        self._thread: threading.Thread | None = None

    def arm(self, seconds: float | None) -> None:
        """A body begins that has so many seconds; None: without a limit."""
        self._passed = False
        self._deadline = None if seconds is None else time.monotonic() + seconds
        if self._deadline is None or SIG_SOFT_TIMEOUT is None:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name="celeriac-soft-limit", daemon=True)
            self._thread.start()
        if signal.getsignal(SIG_SOFT_TIMEOUT) != self._raise:  # the pool sets its own after our start
            signal.signal(SIG_SOFT_TIMEOUT, self._raise)
        if self._deadline < self._wakes_at:
            self._earlier.set()

    def disarm(self) -> bool:
        """The body has ended. Returns whether its limit had passed."""
        self._deadline = None
        return self._passed

    def _raise(self, number: int, frame: FrameType | None) -> None:
        deadline = self._deadline
        if deadline is not None and not self._passed and time.monotonic() >= deadline:
            self._passed = True
            raise SoftTimeLimitExceeded

    def _loop(self) -> None:
        body = threading.main_thread().ident
        assert body is not None
        while True:
            deadline = self._deadline
            self._wakes_at = float("inf") if deadline is None or self._passed else deadline
            if self._deadline == deadline:
                wait = self._wakes_at - time.monotonic()
                self._earlier.wait(None if wait == float("inf") else max(0.0, wait))
                self._earlier.clear()
            if self._is_over():
                signal.pthread_kill(body, SIG_SOFT_TIMEOUT)
                time.sleep(0.05)  # for the handler to run; again if the thread was busy outside of Python

    def _is_over(self) -> bool:
        deadline = self._deadline
        return deadline is not None and not self._passed and time.monotonic() >= deadline


def warning_for(soft: float | None, passed: bool, elapsed: float) -> str | None:
    """The warning for a task that has succeeded after its soft limit; None if there was none or it ended in time.

    Times are seconds. On pools that have no soft limits only the time is known.
    """
    if not soft or not (passed or elapsed > soft):
        return None
    return f"The soft time limit of {soft:g} s was passed; the task went on and ended after {elapsed:.1f} s."
