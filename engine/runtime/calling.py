"""Calls the task of a step: finds it by name, passes context and parameters. Independent of the store."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from typing import Any

from celery import Celery, Task, current_app

from celeriac.engine.runtime.app import announced_tasks
from celeriac.engine.runtime.step_context import current_step


class UnknownTask(ValueError):
    """The worker does not have the step's task."""


class BadArguments(TypeError):
    """The task does not accept the arguments of the step."""


def text_of(error: object) -> str:
    """The text of an exception of a task, which may have one that cannot be made."""
    try:
        return str(error).encode(errors="backslashreplace").decode()
    except BaseException as failed:  # noqa: BLE001 -- the report must go out
        return f"(its text cannot be shown: it raised {type(failed).__name__})"


class StepRetry(Exception):
    """A task called `self.retry()`. `countdown` is seconds, None for the engine's backoff."""

    def __init__(self, message: str, countdown: float | None) -> None:
        super().__init__(message)
        self.countdown = countdown


def execute_workflow_step(task_name: str, parameters: Mapping[str, Any], context: Mapping[str, Any]) -> Any:
    """Calls a task by name with `{**context, **parameters}` and returns its result.

    `context` has `input` and the results of dependencies by name; names that the task does not accept are left out.
    Raises `UnknownTask` or `BadArguments`, otherwise any exception of the task.
    """
    return call_task(find_task(current_app, task_name), parameters, context)


def find_task(app: Celery, task_name: str) -> Task[Any, Any]:
    """The task of this name. Raises `UnknownTask` with similar names."""
    known = announced_tasks(app)
    if task_name not in known:
        near = difflib.get_close_matches(task_name, known, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else "."
        raise UnknownTask(
            f"Task {task_name!r} is unknown to this worker{hint} Add its module to CELERIAC_WORKFLOWS and restart the worker."
        )
    task: Task[Any, Any] = app.tasks[task_name]
    return task


def call_task(task: Task[Any, Any], parameters: Mapping[str, Any], context: Mapping[str, Any]) -> Any:
    """Calls the task with the part of the context that it accepts and with all parameters."""
    signature = inspect.signature(task.run)
    takes_all = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in signature.parameters.values())
    handed = {name: value for name, value in context.items() if takes_all or name in signature.parameters}
    arguments = {**handed, **parameters}
    try:
        signature.bind(**arguments)
    except TypeError as error:
        raise BadArguments(
            f"Task {task.name!r} cannot be called with {', '.join(sorted(arguments)) or 'nothing'}: {error}"
        ) from None
    _own_retry(task)
    return task(**arguments)


def _own_retry(task: Task[Any, Any]) -> None:
    """Makes `self.retry()` inside a step end the attempt instead of publishing a copy that belongs to no step."""
    if "retry" in vars(task):
        return
    original = task.retry

    def retry(*args: Any, **options: Any) -> Any:
        if not current_step:
            return original(*args, **options)
        cause, countdown = options.get("exc"), options.get("countdown")
        if countdown is not None and not isinstance(countdown, int | float):
            raise TypeError(f"retry(countdown={countdown!r}): a number of seconds is expected")
        raise StepRetry(text_of(cause) if cause else "the task requested a retry", countdown) from cause

    vars(task)["retry"] = retry
