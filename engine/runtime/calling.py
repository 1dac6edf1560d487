"""How the task of a step is called: found by name, handed its context and parameters. Knows nothing of the store."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from typing import Any

from celery import Celery, Task, current_app

from celeriac.engine.runtime.app import announced_tasks
from celeriac.engine.runtime.step_context import current_step


class UnknownTask(ValueError):
    """The step names a task that this worker does not have."""


class BadArguments(TypeError):
    """The task does not take what the step gives it."""


class StepRetry(Exception):
    """A task asked for its own retry. `countdown` is seconds, None for the engine's backoff."""

    def __init__(self, message: str, countdown: float | None) -> None:
        super().__init__(message)
        self.countdown = countdown


def execute_workflow_step(task_name: str, parameters: Mapping[str, Any], context: Mapping[str, Any]) -> Any:
    """Calls a task by name with `{**context, **parameters}` and answers its result.

    `context` holds `input` and the results of earlier steps by name; a task that does not take one of these names
    is not handed it. Raises `UnknownTask` or `BadArguments`, else whatever the task raises.
    """
    return call_task(find_task(current_app, task_name), parameters, context)


def find_task(app: Celery, task_name: str) -> Task[Any, Any]:
    """The task of this name. Raises `UnknownTask` with near misses."""
    known = announced_tasks(app)
    if task_name not in known:
        near = difflib.get_close_matches(task_name, known, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else "."
        raise UnknownTask(
            f"Task {task_name!r} is not known to this worker{hint} Add its module to CELERIAC_WORKFLOWS and restart the worker."
        )
    task: Task[Any, Any] = app.tasks[task_name]
    return task


def call_task(task: Task[Any, Any], parameters: Mapping[str, Any], context: Mapping[str, Any]) -> Any:
    """Calls the task with what it takes of the context and with all parameters."""
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
    """Makes `self.retry()` inside a step end the attempt instead of publishing a copy that no step knows of."""
    if "retry" in vars(task):
        return
    original = task.retry

    def retry(*args: Any, **options: Any) -> Any:
        if not current_step:
            return original(*args, **options)
        cause = options.get("exc")
        raise StepRetry(str(cause or "the task asked for a retry"), options.get("countdown")) from cause

    vars(task)["retry"] = retry
