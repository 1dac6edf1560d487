"""Ends unsuccessful attempts: checks the budget, decides, applies. Used by workers and reconcilers."""

from __future__ import annotations

import random
import traceback as tracebacks
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType

from celery.exceptions import SoftTimeLimitExceeded, TaskPredicate

from celeriac.engine.errors import InvalidInput
from celeriac.engine.runtime.calling import BadArguments, StepRetry, UnknownTask, text_of
from celeriac.engine.settings import Settings
from celeriac.engine.store.orders import Order
from celeriac.engine.store.store import Store
from celeriac.engine.workflows.conditions.conditions import Undecidable
from celeriac.engine.workflows.json.strict_json import dumps
from celeriac.engine.workflows.progress.retry import RetryRules, class_names, decide_retry
from celeriac.engine.workflows.progress.units import index_of

MAX_TRACEBACK = 16_384
MAX_MESSAGE = 2_000
MAX_LINE = 1_000
OWN_MODULES = ("/celeriac/engine/runtime/", "/celery/app/", "/celery/utils/", "/billiard/")


class BadResult(ValueError):
    """The result of a task is not JSON, or too large."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt ended without success."""

    kind: str
    type: str
    message: str
    traceback: str = ""
    countdown: float | None = None
    classes: tuple[str, ...] = ()  # of the exception that the task raised, as in `class_names`

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
    "unconfirmed": Failure("unconfirmed", "Unconfirmed", "The worker did not confirm that the step stopped."),
}


def failure_of(error: BaseException, timeout: int) -> Failure:
    """The failure for an exception of a task, whatever its methods do."""
    text = traceback_text(error)
    name, message = type(error).__name__, text_of(error)
    if isinstance(error, SoftTimeLimitExceeded):
        return Failure(
            "timeout", "TimeLimitExceeded", f"The step ran longer than its time limit of {timeout} s.", text
        )
    if isinstance(error, TaskPredicate):
        return Failure(
            "no_result", name, f"The task raised {name}: {message}" if message else f"The task raised {name}."
        )
    if isinstance(error, UnknownTask):
        return Failure("unknown_task", name, message)
    if isinstance(error, BadArguments):
        return Failure("bad_arguments", name, message)
    if isinstance(error, BadResult):
        return Failure("bad_result", name, message)
    if isinstance(error, Undecidable):
        return Failure("bad_condition", name, message)
    # A task that requests a retry has decided; the rules about exceptions do not apply.
    if isinstance(error, StepRetry):
        cause = error.__cause__
        return Failure("error", type(cause).__name__ if cause else "Retry", message, text, error.countdown)
    return Failure("error", name, message, text, classes=class_names(error))


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


class Ending:
    """Ends attempts through `fail_step` and dispatches the steps that this releases."""

    def __init__(self, store: Store, settings: Settings, dispatch: Callable[[Sequence[Order]], None]) -> None:
        self._store, self._settings, self._dispatch = store, settings, dispatch

    def end(
        self,
        execution_id: str,
        unit: str,
        attempt: int,
        claim: str,
        failure: Failure,
        *,
        stopped: bool = True,
    ) -> str:
        """Ends one attempt. Returns `retrying`, `failure`, `cancelled`, or `stale` if another report came first."""
        state = self._store.reader.unit_state(execution_id, unit)
        if state.attempt != attempt or not state.claim.startswith(claim):
            return "stale"
        step = self._store.reader.definition_of(execution_id).steps[index_of(unit)]
        settings = self._settings
        interrupted = failure.kind == "interrupted"
        decision = decide_retry(
            failure.kind if failure.kind != "unconfirmed" else "lost",
            retry_count=step.retry_count,
            attempts_used=attempt - state.base - (1 if interrupted else 0),
            lost=state.lost + (1 if failure.kind == "lost" else 0),
            max_lost=settings.max_lost,
            base=settings.retry_base,
            cap=settings.retry_cap,
            jitter=random.random(),  # noqa: S311 -- spreads retries, guards nothing
            countdown=failure.countdown,
            classes=failure.classes,
            rules=RetryRules(retry_on=step.retry_on, no_retry_on=step.no_retry_on),
        )
        outcome, orders = self._store.transitions.fail_step(
            execution_id,
            unit,
            attempt,
            claim,
            kind=failure.kind,
            retry_in=decision.delay if decision.retry else None,
            uses_attempt=decision.uses_attempt,
            error=failure.as_json(decision.why),
            traceback=failure.traceback,
            stopped=stopped,
        )
        self._dispatch(orders)
        return outcome


def encode_result(result: object, limit: int) -> bytes:
    """A task's result as JSON. Raises `BadResult` with the path to the invalid value, or the size."""
    try:
        encoded = dumps(result)
    except InvalidInput as error:
        raise BadResult(f"The result of the task is not JSON: {error}") from None
    if len(encoded) > limit:
        raise BadResult(
            f"The result of the task is {len(encoded):,} bytes of JSON, more than the {limit:,} allowed."
            " Write large data to a file and return its name, or raise CELERIAC_MAX_RESULT."
        )
    return encoded
