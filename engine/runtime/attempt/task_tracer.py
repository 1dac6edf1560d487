"""Runs the task of a step as Celery's worker runs any task: through Celery's own tracer, with a real request.

The tracer keeps Celery's promises to authors of tasks: hooks, signals, `self.request`, logging, custom `__call__`. This module
only records how the body ended, whatever hooks and handlers of signals do afterwards.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from billiard.common import _shutdown_cleanup  # type: ignore[attr-defined]
from celery import Celery, Task, signals
from celery.app import trace
from celery.app.trace import TraceInfo
from celery.states import FAILURE

from celeriac.engine.runtime.attempt.calling import text_of

logger = logging.getLogger(__name__)


class BodyEnd:
    """How a body ended: Celery's state with the result or exception, and the signal that stopped the process, if any."""

    __slots__ = ("shown", "signal", "state", "value")

    def __init__(self) -> None:
        self.state: str | None = None
        self.value: Any = None
        self.signal: SystemExit | None = None
        self.shown: str | None = None  # the text of the result, for logs and events


_recording: ContextVar[BodyEnd | None] = ContextVar("celeriac_body_end", default=None)


class RecordedInfo(TraceInfo):
    """Celery's handling of an unsuccessful end; records the end first, and survives the hooks of the task."""

    def __init__(self, state: str, retval: Any = None) -> None:
        super().__init__(state, retval)
        end = _recording.get()
        if end is not None and end.state is None:
            end.state, end.value = state, retval

    def handle_error_state(self, task: Any, req: Any, eager: bool = False, call_errbacks: bool = True) -> Any:
        """Calls hooks and signals. Stores nothing: the engine reports the end."""
        handle = self.handle_failure if self.state == FAILURE else self.handle_retry
        return _surviving(task, lambda: handle(task, req, store_errors=False, call_errbacks=False))

    def handle_reject(self, task: Any, req: Any, **options: Any) -> Any:
        return _surviving(task, lambda: super(RecordedInfo, self).handle_reject(task, req, **options))

    def handle_ignore(self, task: Any, req: Any, **options: Any) -> Any:
        return _surviving(task, lambda: super(RecordedInfo, self).handle_ignore(task, req, **options))


def _surviving(task: Any, handle: Callable[[], Any]) -> Any:
    """Calls Celery's handler of an end. What its hooks raise is logged: the end of the body counts."""
    try:
        return handle()
    except BaseException as error:
        if isinstance(error, SystemExit) and is_from_signal(error):
            raise
        # Without the traceback: an exception of a task may have one that cannot be shown.
        logger.error(
            "task %s: a hook of its end raised %s: %s", task.name, type(error).__name__, text_of(error)
        )
        return None


def record_postrun(*, task: Any, retval: Any, state: str | None, **_: Any) -> None:
    """Handler of `task_postrun`: the end of the body, if this is the task of the step and not one that it applies."""
    end: BodyEnd | None = getattr(task.request, "celeriac_end", None)
    if end is not None and state is not None:
        end.state, end.value = state, retval


class TaskTracer:
    """The tracers of one process, built on first use: Celery's depend on the process."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        signals.task_postrun.connect(record_postrun, weak=False, dispatch_uid="celeriac_record_postrun")
        self._tracers: dict[str, Callable[..., Any]] = {}

    def run(
        self, task: Task[Any, Any], args: Sequence[Any], kwargs: Mapping[str, Any], request: dict[str, Any]
    ) -> BodyEnd:
        """Runs a task with its request. Raises nothing: every end is recorded, the exit for a signal too."""
        end = BodyEnd()
        token = _recording.set(end)
        try:
            traced = self._tracer_of(task, request["hostname"])(
                request["id"], args, kwargs, {**request, "args": args, "kwargs": kwargs, "celeriac_end": end}
            )
            end.shown = traced.retstr
        except BaseException as error:  # noqa: BLE001 -- the end must be reported
            if isinstance(error, SystemExit) and is_from_signal(error):
                end.signal = error
            elif end.state is None:
                end.state, end.value = FAILURE, error
        finally:
            _recording.reset(token)
        return end

    def _tracer_of(self, task: Task[Any, Any], hostname: str) -> Callable[..., Any]:
        tracer = self._tracers.get(task.name)
        if tracer is None:
            # By its module: instrumentation replaces this function there.
            tracer = trace.build_tracer(
                task.name, task, self._app.loader, hostname, app=self._app, Info=RecordedInfo
            )
            self._tracers[task.name] = tracer
        return tracer


def is_from_signal(error: SystemExit) -> bool:
    """Whether this exit comes from the pool's signal handler, not from a task's own `sys.exit()`."""
    frame = error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code is _shutdown_cleanup.__code__:
            return True
        frame = frame.tb_next
    return False
