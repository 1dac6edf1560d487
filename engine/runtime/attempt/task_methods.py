"""Methods of a task that reach beyond its own process in Celery, as they work in a step.

`self.retry()` ends the attempt instead of publishing a copy that belongs to no step, `self.replace()` runs the other task in
place, `self.update_state()` reports progress too, `self.is_aborted()` knows of a cancellation. Outside of steps they are
Celery's own.
"""

from __future__ import annotations

import functools
import numbers
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from celery import Signature, Task
from celery.contrib.abortable import AbortableTask
from celery.exceptions import Ignore, Retry, TaskPredicate

from celeriac.engine.runtime.attempt.calling import text_of
from celeriac.engine.runtime.attempt.claimed_attempt import ClaimedAttempt
from celeriac.engine.runtime.attempt.step_context import current_step
from celeriac.engine.runtime.attempt.task_tracer import BodyEnd
from celeriac.engine.workflows.progress.retry import FinalError

#: Options of `retry()` that a step has its own values for.
WITHOUT_EFFECT = ("queue", "exchange", "routing_key", "priority", "expires", "link", "link_error")
SINGLE_TASK = None  # the `subtask_type` of a signature that is no canvas

_retrying: ContextVar[ClaimedAttempt | None] = ContextVar("celeriac_retrying", default=None)


class Replaced(Ignore):
    """Ends a body whose task was replaced: `end` is the end of the other task's body."""

    def __init__(self, end: BodyEnd) -> None:
        super().__init__("replaced by another task, which has run")
        self.end = end


class RecordedSignature(Signature[Any]):
    """The signature of a retry: publishing it does nothing, the engine starts the next attempt."""

    def apply_async(self, *_: Any, **__: Any) -> Any:
        return None


def attempt_of(task: Task[Any, Any]) -> ClaimedAttempt | None:
    """The attempt that this task runs for now; None outside of a step, and for a task that a step applies."""
    return getattr(task.request, "celeriac_attempt", None)


def adapt(task: Task[Any, Any], run_in_place: Callable[[ClaimedAttempt, Signature], BodyEnd]) -> None:
    """Adapts the methods of a task, once for each process."""
    methods = vars(task)
    if "celeriac_adapted" in methods:
        return
    methods.update(
        celeriac_adapted=True,
        run=_quiet_run(task),
        retry=_retry(task),
        signature_from_request=_signature_from_request(task),
        on_replace=_on_replace(task, run_in_place),
        update_state=_update_state(task),
    )
    if isinstance(task, AbortableTask):
        methods["is_aborted"] = _is_aborted(task)


def _quiet_run(task: Task[Any, Any]) -> Callable[..., Any]:
    """Turns an exception after which the step tries again into Celery's `Retry`.

    So whatever watches the task hears of one failure: the last.
    """
    original = task.run

    @functools.wraps(original)
    def run(*args: Any, **kwargs: Any) -> Any:
        attempt = attempt_of(task)
        if attempt is None:
            return original(*args, **kwargs)
        attempt.join_trace()
        try:
            return original(*args, **kwargs)
        except TaskPredicate:
            raise
        except Exception as error:
            if not attempt.is_retried_after(error):
                raise
            attempt.retried = error
            raise _retry_after(error) from error

    return run


def _retry_after(error: Exception) -> Retry:
    """Celery's exception for a retry, for one whose copy or text may raise."""
    message = f"{type(error).__name__}: {text_of(error)}"[:1_000]
    try:
        return Retry(message, error)
    except Exception:  # noqa: BLE001 -- raised by methods of the task's exception
        return Retry(message)


def _retry(task: Task[Any, Any]) -> Callable[..., Any]:
    original = task.retry

    @functools.wraps(original)
    def retry(*args: Any, **options: Any) -> Any:
        attempt = attempt_of(task)
        if attempt is None:
            return original(*args, **options)
        if isinstance(cause := options.get("exc"), FinalError):
            raise cause
        _check_moment(options.get("countdown"), options.get("eta"))
        if given := [name for name in WITHOUT_EFFECT if options.get(name) is not None]:
            current_step.logger.warning("retry(%s=…) has no effect in a step", given[0])
        if attempt.is_last:
            # As Celery past max_retries: the cause is the failure, for hooks and for what watches the task.
            if cause is None:
                cause = task.MaxRetriesExceededError(f"{task.name} has no attempt left in its step")
            raise cause
        token = _retrying.set(attempt)
        try:
            return original(*args, **options)
        except TaskPredicate:
            raise
        except BaseException:
            most = task.max_retries if options.get("max_retries") is None else options["max_retries"]
            attempt.retries_used_up = most is not None and task.request.retries >= most
            raise
        finally:
            _retrying.reset(token)

    return retry


def _check_moment(countdown: Any, eta: Any) -> None:
    """Raises `TypeError` for moments that Celery would fail over when it publishes."""
    if countdown is not None and not isinstance(countdown, numbers.Real):
        raise TypeError(f"retry(countdown={countdown!r}): a number of seconds is expected")
    if eta is not None and not isinstance(eta, datetime):
        raise TypeError(f"retry(eta={eta!r}): a datetime is expected")


def _signature_from_request(task: Task[Any, Any]) -> Callable[..., Any]:
    original = task.signature_from_request

    @functools.wraps(original)
    def signature_from_request(
        request: Any = None, args: Any = None, kwargs: Any = None, **options: Any
    ) -> Any:
        signature = original(request, args, kwargs, **options)
        attempt = _retrying.get()
        if attempt is None:
            return signature
        if args is not None or kwargs is not None:
            attempt.next_arguments = signature.args, signature.kwargs
        copy: Any = signature
        return RecordedSignature(copy)

    return signature_from_request


def _on_replace(
    task: Task[Any, Any], run_in_place: Callable[[ClaimedAttempt, Signature], BodyEnd]
) -> Callable[..., Any]:
    original = task.on_replace

    @functools.wraps(original)
    def on_replace(signature: Signature) -> Any:
        attempt = attempt_of(task)
        if attempt is None:
            return original(signature)
        if signature.get("subtask_type") is not SINGLE_TASK:
            kind = signature["subtask_type"]
            raise FinalError(f"a step cannot be replaced by a {kind}: make its tasks steps of the workflow")
        raise Replaced(run_in_place(attempt, signature))

    return on_replace


def _update_state(task: Task[Any, Any]) -> Callable[..., Any]:
    original = task.update_state

    @functools.wraps(original)
    def update_state(task_id: Any = None, state: Any = None, meta: Any = None, **options: Any) -> Any:
        if attempt_of(task) is not None and isinstance(meta, Mapping) and task_id in (None, task.request.id):
            _report_progress(meta)
        return original(task_id, state, meta, **options)

    return update_state


def _report_progress(meta: Mapping[Any, Any]) -> None:
    """Reports `current` of `total`, where a task has put them into the meta of its state."""
    current, total = meta.get("current"), meta.get("total")
    if isinstance(current, numbers.Real) and isinstance(total, numbers.Real) and float(total) > 0:
        message = meta.get("status")
        fraction = min(1.0, max(0.0, float(current) / float(total)))
        current_step.progress(fraction, message[:200] if isinstance(message, str) else None)


def _is_aborted(task: Any) -> Callable[..., bool]:
    original: Callable[..., bool] = task.is_aborted

    @functools.wraps(original)
    def is_aborted(**options: Any) -> bool:
        return current_step.is_cancelled() if attempt_of(task) is not None else original(**options)

    return is_aborted
