"""The tasks that every worker announces, for trying things out and for benchmarks."""

from __future__ import annotations

import math
import time
from typing import Any

from celery import current_app, current_task, shared_task

_SLICE = 0.05  # seconds: how long `sleep` may take to notice that it is to stop
_LONGEST_SLEEP = 604_800  # seconds: as the longest timeout of a step


@shared_task(name="noop")
def noop(**_: Any) -> None:
    """Takes anything, does nothing, returns null."""


@shared_task(name="echo")
def echo(**called_with: Any) -> dict[str, Any]:
    """Returns what it was called with: `input`, the results of the steps it depends on, its parameters."""
    return called_with


@shared_task(name="sleep")
def sleep(seconds: float) -> dict[str, float]:
    """Sleeps for so many seconds, in small slices: whatever is to stop it gets through between them."""
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not is_number or not 0 <= seconds <= _LONGEST_SLEEP:
        raise ValueError(f"seconds={seconds!r}: a number from 0 to {_LONGEST_SLEEP:,} is expected")
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, _SLICE))
    return {"slept": seconds}


@shared_task(name="fail")
def fail(message: str = "failed on purpose", times: int | None = None) -> dict[str, int]:
    """Raises `RuntimeError(message)`; with `times` only on so many first attempts, then returns."""
    if not isinstance(message, str):
        raise ValueError(f"message={message!r}: a string is expected")
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 0):
        raise ValueError(f"times={times!r}: a whole number from 0 is expected")
    attempt = current_attempt()
    if attempt <= (math.inf if times is None else times):
        raise RuntimeError(message)
    return {"attempt": attempt}


def current_attempt() -> int:
    """Number of the attempt this code runs in, from 1; 1 outside of a step.

    The number lies on the request of the task that the worker runs. A task called as a function from there
    has a request of its own, so both are asked.
    """
    for task in (current_task, current_app.current_worker_task):
        attempt = getattr(task.request, "celeriac_attempt", None) if task else None
        if attempt is not None:
            return int(attempt)
    return 1
