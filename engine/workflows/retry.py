"""What follows when an attempt of a step has ended without success: another one, or the end. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

#: The body raised, ran over its time, went down with its worker, or was stopped by an orderly shutdown.
ERROR: Final = "error"
TIMEOUT: Final = "timeout"
LOST: Final = "lost"
INTERRUPTED: Final = "interrupted"
#: Another attempt would only repeat these: unknown task, arguments that do not fit, result not JSON.
UNKNOWN_TASK: Final = "unknown_task"
BAD_ARGUMENTS: Final = "bad_arguments"
BAD_RESULT: Final = "bad_result"

FINAL_KINDS = frozenset({UNKNOWN_TASK, BAD_ARGUMENTS, BAD_RESULT})
KINDS = frozenset({ERROR, TIMEOUT, LOST, INTERRUPTED}) | FINAL_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDecision:
    retry: bool
    delay: float  # seconds until the next attempt may start; 0 if there is none
    uses_attempt: bool  # False: the attempt that ended does not count against the budget


def decide_retry(
    kind: str,
    *,
    retry_count: int,
    attempts_used: int,
    lost: int,
    max_lost: int,
    base: float,
    cap: float,
    jitter: float,
    countdown: float | None = None,
) -> RetryDecision:
    """Decide after an attempt that ended with `kind`.

    The budget is `retry_count + 1` attempts; `attempts_used` counts the one that just ended, unless it was
    interrupted. `lost` counts lost attempts, this one included: the one that makes it `max_lost` is the last.
    The delay is `min(cap, base * 2 ** (attempts_used - 1)) * jitter` seconds with `jitter` in [0, 1);
    `countdown`, what the body asked for in seconds, replaces it. Raises `ValueError` for an unknown kind.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}; known are {', '.join(sorted(KINDS))}")
    if kind == INTERRUPTED:
        # The body may have started, and with retry_count=0 it must not start twice.
        return RetryDecision(retry=retry_count > 0, delay=0.0, uses_attempt=False)
    within_budget = attempts_used <= retry_count
    too_many_lost = kind == LOST and lost >= max_lost
    if kind in FINAL_KINDS or not within_budget or too_many_lost:
        return RetryDecision(retry=False, delay=0.0, uses_attempt=True)
    backoff = min(cap, math.ldexp(base, attempts_used - 1)) * jitter
    return RetryDecision(
        retry=True, delay=backoff if countdown is None else max(0.0, countdown), uses_attempt=True
    )
