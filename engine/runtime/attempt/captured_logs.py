"""Adds what a task logs and prints while it runs as a step to the log of the step, beside `current_step.logger`.

Records of tasks reach two loggers: the root, and `celery.task`, which does not propagate. What a task prints reaches the
streams by which Celery replaces stdout and stderr; their logger receives every argument of one `print` as a record of its
own, so streams are captured before it.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from celery.utils.log import LoggingProxy

from celeriac.engine.runtime.attempt.step_context import StepContext, running_step

#: Receives the records of `celery.utils.log.get_task_logger`, whatever their names.
TASKS = "celery.task"
#: Receives what is written to the redirected streams, as warnings.
REDIRECTED = "celery.redirected"
#: Their records are about the worker, not about a task. They include the lines of `current_step.logger`.
OF_THE_WORKER = ("celery", "celeriac", "kombu", "amqp", "redis")

_captured = "celeriac_captured"  # the attribute of a record that was added, and may pass another handler
_thread = threading.local()


def capture() -> None:
    """Makes sure that records and streams are captured: logging may have been set up again since the last attempt."""
    for logger, handler in ((logging.getLogger(), _ROOT), (logging.getLogger(TASKS), _TASKS)):
        if handler not in logger.handlers:
            logger.addHandler(handler)
    for name in ("stdout", "stderr"):
        if isinstance(stream := getattr(sys, name), LoggingProxy):
            setattr(sys, name, CapturedStream(stream, name))


class CapturingHandler(logging.Handler):
    """Adds records of the current step to its log. With `every_name` those of any logger."""

    def __init__(self, *, every_name: bool) -> None:
        super().__init__(logging.INFO)
        self._every_name = every_name
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        step = _listening()
        if step is None or hasattr(record, _captured) or not (self._every_name or is_of_task(record.name)):
            return
        setattr(record, _captured, True)
        level = logging.INFO if record.name == REDIRECTED else record.levelno
        _add(lambda: step.reports.line(record.created, level, self.format(record)))


class CapturedStream:
    """A stream that Celery redirects to a logger: what the current step prints is added to its log as well."""

    def __init__(self, stream: Any, name: str) -> None:
        self._stream, self._name = stream, name

    def write(self, data: Any) -> int:
        step = _listening()
        with _deaf():
            written: int = self._stream.write(data)
        if step is not None and data:
            _add(lambda: step.reports.printed(self._name, str(data)))
        return written

    def writelines(self, lines: Iterable[Any]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def is_of_task(name: str) -> bool:
    """Whether records of a logger with this name may be a task's."""
    parents = {name[:end] for end in range(len(name) + 1) if name[end : end + 1] in (".", "")}
    return bool(parents & {TASKS, REDIRECTED}) or parents.isdisjoint(OF_THE_WORKER)


def _listening() -> StepContext | None:
    """The current step, unless this thread is adding a line: what that logs is not added."""
    return None if getattr(_thread, "deaf", False) else running_step()


@contextmanager
def _deaf() -> Iterator[None]:
    before, _thread.deaf = getattr(_thread, "deaf", False), True
    try:
        yield
    finally:
        _thread.deaf = before


def _add(add: Callable[[], None]) -> None:
    """Adds output. What goes wrong is shown on the real stderr: a task does not fail because of its log."""
    try:
        with _deaf():
            add()
    except SoftTimeLimitExceeded:
        raise  # Celery lets it out wherever the task happens to be
    except Exception:  # noqa: BLE001 -- as every handler of the logging module does
        if logging.raiseExceptions:
            with suppress(OSError, ValueError, AttributeError):  # closed, or none
                traceback.print_exc(file=sys.__stderr__)


_ROOT, _TASKS = CapturingHandler(every_name=False), CapturingHandler(every_name=True)
