"""`Runner`: the one Celery task whose messages carry attempts of steps. Its tracer runs the task of the step, not itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from billiard.einfo import ExceptionInfo
from celery import Task
from celery.app.trace import TraceInfo, trace_ok_t
from celery.exceptions import Ignore
from celery.states import FAILURE, IGNORED, RETRY, SUCCESS

from celeriac.engine.runtime.attempt.calling import text_of
from celeriac.engine.runtime.attempt.task_tracer import BodyEnd
from celeriac.engine.runtime.dispatch import RUNNER
from celeriac.engine.runtime.incoming.message_checks import attempt_problem
from celeriac.engine.runtime.slot_table import SlotTable

if TYPE_CHECKING:
    _Task = Task[Any, Any]
else:  # before Celery 5.7 the class takes no parameters
    _Task = Task
logger = logging.getLogger(__name__)
RunMessage = Callable[[str, tuple[str, str, int], Mapping[str, Any]], "BodyEnd | None"]
MAX_SHOWN = 500  # characters of an exception in Celery's events


class StepFailed(Exception):
    """What the worker's main process gets to hear of a failure: a text, which can always be pickled."""


class _Tracer:
    """The attribute that Celery calls for a message, and overwrites in each process: here it stays."""

    def __get__(self, runner: Any, owner: type) -> Any:
        return None if runner is None else runner.trace

    def __set__(self, runner: Any, tracer: Any) -> None:
        """Keeps the runner's own."""


class Runner(_Task):
    """Its settings are fixed: those of the application are for the tasks of steps."""

    name = RUNNER
    acks_late = False  # the engine repeats lost attempts
    reject_on_worker_lost = False
    ignore_result = True
    store_errors_even_if_ignored = False
    track_started = False
    max_retries = 0
    rate_limit: Any = 0  # none, and unlike None not replaced by the application's
    time_limit = None
    soft_time_limit = None
    Strategy = "celeriac.engine.runtime.receiving:receive_steps"
    __trace__ = _Tracer()

    #: Runs the attempt of a message in this process.
    run_message: RunMessage
    #: What the processes of the worker know of each other's claims.
    slots: SlotTable

    @classmethod
    def annotate(cls) -> None:
        """Takes no annotations: `task_annotations` for all tasks are not for this one."""

    def run(self, *_: Any, **__: Any) -> None:
        raise RuntimeError("a step cannot be called: launch its workflow")

    def trace(
        self, message_id: str, args: Any, kwargs: Mapping[str, Any], request: Mapping[str, Any]
    ) -> trace_ok_t:
        """What Celery's tracers return for a task: for the main process, which acknowledges and sends events."""
        if problem := attempt_problem(args, kwargs):
            logger.warning("message %r is not to be run: %s", message_id, problem)
            return _ended(IGNORED, Ignore(problem))
        try:
            end = self.run_message(message_id, args, request)
        except Exception as error:
            # A claim is left to the inventory, an unclaimed message to the reconciler.
            logger.exception("message %s: the attempt cannot be run", message_id)
            return _ended(FAILURE, StepFailed(text_of(error)[:MAX_SHOWN]))
        if end is None:
            return _ended(IGNORED, Ignore("not to be run"))
        if end.state == SUCCESS:
            return trace_ok_t(None, None, 0.0, end.shown)
        if end.state == IGNORED:
            return _ended(IGNORED, Ignore())
        text = f"{type(end.value).__name__}: {text_of(end.value)}"
        return _ended(FAILURE if end.state != RETRY else RETRY, StepFailed(text[:MAX_SHOWN]))


def _ended(state: str, error: Exception) -> trace_ok_t:
    try:
        raise error
    except Exception:  # noqa: BLE001 -- an ExceptionInfo is made of an exception that was raised
        return trace_ok_t(ExceptionInfo(), TraceInfo(state, error), 0.0, None)
