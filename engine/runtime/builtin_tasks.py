"""Tasks that every worker has, for experiments and benchmarks."""

from __future__ import annotations

import time
from typing import Any

from celery import shared_task

from celeriac.engine.runtime.attempt.step_context import current_step

_SLICE = 0.05  # seconds between two checks of `sleep` for a stop
_LONGEST_SLEEP = 604_800  # seconds: as the longest timeout of a step


@shared_task(name="noop")
def noop(**_: Any) -> None:
    """Accepts anything, does nothing, returns null."""


@shared_task(name="echo")
def echo(**called_with: Any) -> dict[str, Any]:
    """Returns its arguments: `input`, the results of the dependencies, its parameters."""
    return called_with


@shared_task(name="sleep")
def sleep(seconds: float) -> dict[str, float]:
    """Sleeps for so many seconds, in small slices so that signals can interrupt it."""
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not is_number or not 0 <= seconds <= _LONGEST_SLEEP:
        raise ValueError(f"seconds={seconds!r}: a number from 0 to {_LONGEST_SLEEP:,} is expected")
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, _SLICE))
    return {"slept": seconds}


@shared_task(name="fail")
def fail(message: str = "failed on purpose", times: int | None = None) -> dict[str, int]:
    """Raises `RuntimeError(message)`; with `times` only on the first so many attempts, then returns."""
    if not isinstance(message, str):
        raise ValueError(f"message={message!r}: a string is expected")
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 0):
        raise ValueError(f"times={times!r}: a whole number from 0 is expected")
    attempt = current_step.attempt if current_step else 1
    if times is None or attempt <= times:
        raise RuntimeError(message)
    return {"attempt": attempt}
