"""The decision after an unsuccessful attempt of a step: another one, or the end. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

#: The body raised, exceeded its timeout, was lost with its worker, or was stopped by an orderly shutdown.
ERROR: Final = "error"
TIMEOUT: Final = "timeout"
LOST: Final = "lost"
INTERRUPTED: Final = "interrupted"
#: Another attempt would only repeat these: no result (`Ignore`, `Reject`), unknown task, unsuitable arguments, result not
#: JSON, a condition that cannot be evaluated, no list at `map_over`, failed items of a mapped step.
NO_RESULT: Final = "no_result"
UNKNOWN_TASK: Final = "unknown_task"
BAD_ARGUMENTS: Final = "bad_arguments"
BAD_RESULT: Final = "bad_result"
BAD_CONDITION: Final = "bad_condition"
BAD_ITEMS: Final = "bad_items"
ITEMS: Final = "items"

FINAL_KINDS = frozenset({NO_RESULT, UNKNOWN_TASK, BAD_ARGUMENTS, BAD_RESULT, BAD_CONDITION, BAD_ITEMS, ITEMS})
KINDS = frozenset({ERROR, TIMEOUT, LOST, INTERRUPTED}) | FINAL_KINDS

#: Attempts of a unit and round that may be interrupted without being counted; further ones count as lost.
MAX_INTERRUPTED: Final = 3

#: Seconds that a task may put its next attempt off: a year. Pages show no time after the year 9999.
MAX_COUNTDOWN: Final = 366 * 86_400.0


class FinalError(Exception):
    """Raised by a task to fail its step at once, if another attempt would fail the same way.

    Includes subclasses: `class BadOrder(FinalError, ValueError)`.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRules:
    """The exceptions of a task that are retried. Names as in `WorkflowStep.retry_on`."""

    retry_on: Sequence[str] = ()
    no_retry_on: Sequence[str] = ()

    def objection(self, classes: Sequence[str]) -> str:
        """Why an exception with these classes (see `class_names`) is not retried; '' if it is."""
        if any(name == _FINAL for name in classes):
            return f"The task raised {_short(classes[0])}, which is final."
        for rule in self.no_retry_on:
            if _names(rule, classes):
                return f"{rule} is not retried because of no_retry_on."
        if self.retry_on and not any(_names(rule, classes) for rule in self.retry_on):
            return f"{_short(classes[0])} is not retried: retry_on names only {', '.join(self.retry_on)}."
        return ""


def class_names(error: BaseException) -> tuple[str, ...]:
    """`module.Class` of an exception's class and of all its bases, the class itself first."""
    bases: Iterable[type] = type(error).__mro__[:-1]  # without object
    return tuple(f"{base.__module__}.{base.__qualname__}" for base in bases)


def _names(rule: str, classes: Iterable[str]) -> bool:
    """Whether a rule names one of these classes: in full, or by the last part alone."""
    return any(name == rule or ("." not in rule and _short(name) == rule) for name in classes)


def _short(name: str) -> str:
    return name.rpartition(".")[2]


NO_RULES: Final = RetryRules()
_FINAL: Final = f"{FinalError.__module__}.{FinalError.__qualname__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDecision:
    retry: bool
    delay: float  # seconds until the next attempt may start; 0 if there is none
    uses_attempt: bool  # False: the attempt that ended does not count against the budget
    why: str = ""  # why there is no further attempt although the budget allows one, as a sentence


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
    classes: Sequence[str] = (),
    rules: RetryRules = NO_RULES,
) -> RetryDecision:
    """Decides what follows an attempt that ended with `kind`.

    The budget is `retry_count + 1` attempts; `attempts_used` counts the one that just ended, unless it was
    interrupted. `lost` counts lost attempts including this one: the one that makes it `max_lost` is the last.
    The delay is `min(cap, base * 2 ** (attempts_used - 1)) * jitter` seconds with `jitter` in [0, 1);
    `countdown`, requested by the body in seconds, replaces it, up to `MAX_COUNTDOWN`. `classes` are those of the
    exception that the task raised (see `class_names`), empty without one; `rules` decide which of them are retried.
    Raises `ValueError` for an unknown kind.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}; known are {', '.join(sorted(KINDS))}")
    if kind == INTERRUPTED:
        # The body may have started, and with retry_count=0 it must not start twice. Never at once: other workers may be
        # shutting down, too.
        delay = min(cap, math.ldexp(base, attempts_used)) * (0.5 + jitter / 2)
        return RetryDecision(retry=retry_count > 0, delay=delay, uses_attempt=False)
    within_budget = attempts_used <= retry_count
    too_many_lost = kind == LOST and lost >= max_lost
    if kind in FINAL_KINDS or not within_budget:
        return RetryDecision(retry=False, delay=0.0, uses_attempt=True)
    if too_many_lost:
        why = f"{lost} attempts were lost with their process: the step itself may kill it"
        return RetryDecision(retry=False, delay=0.0, uses_attempt=True, why=why)
    if kind == ERROR and classes and (why := rules.objection(classes)):
        return RetryDecision(retry=False, delay=0.0, uses_attempt=True, why=why)
    backoff = min(cap, math.ldexp(base, attempts_used - 1)) * jitter
    delay = backoff if countdown is None else min(MAX_COUNTDOWN, max(0.0, countdown))
    return RetryDecision(retry=True, delay=delay, uses_attempt=True)
