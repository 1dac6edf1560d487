"""Notices the soft time limit of a body, which a task may catch like any exception and go on. For child processes of a pool."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any

from billiard import pool
from celery.exceptions import SoftTimeLimitExceeded

_passed = False


def watch() -> None:
    """A body starts. Replaces the pool's handler by one that does the same and remembers it; the pool sets it after our start."""
    global _passed
    _passed = False
    number = pool.SIG_SOFT_TIMEOUT
    if number is not None and signal.getsignal(number) is pool.soft_timeout_sighandler:
        signal.signal(number, _raise)


def warning_for(message_limits: Any, elapsed: float) -> str | None:
    """The warning for a task that has succeeded after its soft limit; None if there was none or it ended in time.

    `message_limits` are those of the message, [hard, soft]; `elapsed` is seconds. On pools that have no soft limits only the
    time is known.
    """
    _, soft = message_limits or (None, None)
    if not soft or not (_passed or elapsed > soft):
        return None
    return f"The soft time limit of {soft:g} s was passed; the task went on and ended after {elapsed:.1f} s."


def _raise(number: int, frame: FrameType | None) -> None:
    global _passed
    _passed = True
    raise SoftTimeLimitExceeded
