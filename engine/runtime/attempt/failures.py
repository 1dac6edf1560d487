"""Failures of attempts: what is stored of them, made from exceptions of tasks whatever their methods do."""

from __future__ import annotations

import traceback as tracebacks
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from celery.exceptions import Reject, SoftTimeLimitExceeded, TaskPredicate

from celeriac.engine.errors import InvalidInput
from celeriac.engine.runtime.attempt.calling import BadArguments, UnknownTask, text_of
from celeriac.engine.runtime.attempt.task_values import BadResult, encode_value
from celeriac.engine.workflows.conditions.conditions import Undecidable
from celeriac.engine.workflows.json.strict_json import dumps
from celeriac.engine.workflows.progress.retry import MAX_COUNTDOWN, class_names

MAX_TRACEBACK = 16_384
MAX_MESSAGE = 2_000
MAX_LINE = 1_000
OWN_KINDS: dict[str, type[BaseException]] = {
    "unknown_task": UnknownTask,
    "bad_arguments": BadArguments,
    "bad_result": BadResult,
    "bad_condition": Undecidable,
}
OWN_MODULES = ("/celeriac/engine/runtime/", "/celery/app/", "/celery/utils/", "/billiard/")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt ended without success."""

    kind: str
    type: str
    message: str
    traceback: str = ""
    countdown: float | None = None
    classes: tuple[str, ...] = ()  # of the exception that the task raised, as in `class_names`
    final: str = ""  # why there must be no further attempt, as a sentence
    arguments: bytes = b""  # JSON, what the task has asked its next attempt to be called with

    def as_json(self, final: str = "") -> bytes:
        """The stored failure; `final` is why there is no further attempt, unless the budget is used up."""
        error = {"kind": self.kind, "type": self.type, "message": self.message[:MAX_MESSAGE]}
        return dumps({**error, "final": final} if final else error)


#: Messages for attempts that did not end with an exception of the task.
ABNORMAL = {
    "timeout": Failure(
        "timeout", "TimeLimitExceeded", "The step ran longer than its time limit and was stopped."
    ),
    "lost": Failure("lost", "WorkerLost", "The worker or its process was lost while the step was running."),
    "interrupted": Failure(
        "interrupted", "Interrupted", "The worker was shut down while the step was running."
    ),
    "not begun": Failure(
        "interrupted", "Interrupted", "The process that was to run the step ended before it began."
    ),
    "interrupted again": Failure(
        "lost", "WorkerLost", "Its workers were shut down while it ran, more often than is not counted."
    ),
    "stopped": Failure(
        "lost", "WorkerLost", "A signal stopped the process of the step while it ran, and its worker went on."
    ),
    "unconfirmed": Failure("unconfirmed", "Unconfirmed", "The worker did not confirm that the step stopped."),
}


def failure_of(error: Any, timeout: int, *, final: bool = False) -> Failure:
    """The failure for an exception of a task. `final`: the task has asked for more retries than it allows."""
    text = traceback_text(error)
    name, message = type(error).__name__, text_of(error)
    if isinstance(error, SoftTimeLimitExceeded):
        return Failure(
            "timeout", "TimeLimitExceeded", f"The step ran longer than its time limit of {timeout} s.", text
        )
    if isinstance(error, Reject) and getattr(error, "requeue", False):
        return Failure("error", name, f"The task rejected its message: {message}", text)
    if isinstance(error, TaskPredicate):
        return Failure(
            "no_result", name, f"The task raised {name}: {message}" if message else f"The task raised {name}."
        )
    if kind := next((kind for kind, known in OWN_KINDS.items() if isinstance(error, known)), ""):
        return Failure(kind, name, message)
    why = "The max_retries of the task are used up." if final else ""
    return Failure("error", name, message, text, classes=class_names(error), final=why)


def failure_of_retry(
    retry: Any, given: tuple[Any, Any] | None, limit: int, now: Callable[[], int]
) -> Failure:
    """The failure for a retry that a task has asked for; the step's rules about exceptions do not apply to it.

    `given` are new arguments, positional and named, if it has asked for any, in at most `limit` bytes of JSON; `now` is the
    store's clock, in ms.
    """
    cause, options = retry.exc, retry.sig.options if retry.sig is not None else {}
    countdown = seconds_of(options.get("countdown"))
    if isinstance(eta := options.get("eta"), datetime):
        countdown = seconds_until(eta, now() / 1000)
    message = text_of(cause) if cause is not None else "the task requested a retry"
    name = type(cause).__name__ if cause is not None else "Retry"
    arguments = b""
    if given is not None:
        try:
            arguments = encode_value(given)
        except InvalidInput as error:
            return Failure("bad_arguments", "BadArguments", f"The arguments of retry() are not JSON: {error}")
        if len(arguments) > limit:
            size = f"{len(arguments):,} bytes of JSON, more than the {limit:,} allowed"
            return Failure("bad_arguments", "BadArguments", f"The arguments of retry() are {size}.")
    text = traceback_text(cause if cause is not None and cause.__traceback__ else retry)
    return Failure("error", name, message, text, countdown, arguments=arguments)


def seconds_of(countdown: Any) -> float | None:
    """A countdown as a number from 0, at most `MAX_COUNTDOWN`; None for none."""
    if countdown is None:
        return None
    try:
        return min(MAX_COUNTDOWN, max(0.0, float(countdown)))
    except (OverflowError, ValueError):
        return MAX_COUNTDOWN


def seconds_until(eta: datetime, now: float) -> float:
    """The seconds until a moment, which is in UTC unless it says otherwise; `now` in seconds since the epoch."""
    moment = eta if eta.tzinfo is not None else eta.replace(tzinfo=UTC)
    try:
        return min(MAX_COUNTDOWN, max(0.0, moment.timestamp() - now))
    except (OverflowError, ValueError, OSError):
        return MAX_COUNTDOWN


def traceback_text(error: BaseException) -> str:
    """The traceback without the engine's frames and without locals; only the end if it is longer than 16 KB.

    Empty if the exception has one that cannot be shown.
    """
    try:
        return _traceback_text(error, error.__traceback__)
    except BaseException:  # noqa: BLE001 -- the report must go out
        return ""


def _traceback_text(error: BaseException, start: TracebackType | None) -> str:
    while start is not None and any(
        part in start.tb_frame.f_code.co_filename.replace("\\", "/") for part in OWN_MODULES
    ):
        start = start.tb_next
    lines = text_of("".join(tracebacks.format_exception(type(error), error, start))).splitlines()
    # A message on one huge line, for example with quoted data, must not displace the frames.
    text = "\n".join(line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]}…" for line in lines) + "\n"
    encoded = text.encode()
    if len(encoded) <= MAX_TRACEBACK:
        return text
    return "…\n" + encoded[-(MAX_TRACEBACK - 8) :].decode(errors="ignore")
