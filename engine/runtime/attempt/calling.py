"""Calls the task of a step: finds it by name, passes context and parameters. Independent of the store."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from celery import Celery, Task, current_app

from celeriac.engine.runtime.app import announced_tasks, is_announced


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


def execute_workflow_step(task_name: str, parameters: Mapping[str, Any], context: Mapping[str, Any]) -> Any:
    """Calls a task by name with `{**context, **parameters}` and returns its result.

    `context` has `input` and the results of dependencies by name; names that the task does not accept are left out.
    Raises `UnknownTask` or `BadArguments`, otherwise any exception of the task.
    """
    task = find_task(current_app, task_name)
    return task(**arguments_for(task, parameters, context))


def find_task(app: Celery, task_name: str) -> Task[Any, Any]:
    """The task of this name. Raises `UnknownTask` with similar names."""
    if task_name not in app.tasks or not is_announced(task_name):
        near = difflib.get_close_matches(task_name, announced_tasks(app), n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else "."
        raise UnknownTask(
            f"Task {task_name!r} is unknown to this worker{hint} Add its module to CELERIAC_WORKFLOWS and restart the worker."
        )
    task: Task[Any, Any] = app.tasks[task_name]
    return task


def arguments_for(
    task: Task[Any, Any], parameters: Mapping[str, Any], context: Mapping[str, Any]
) -> dict[str, Any]:
    """The part of the context that the task accepts, and all parameters. Raises `BadArguments` if it does not accept them."""
    signature, takes_all = _signature_of(task.run)
    handed = {name: value for name, value in context.items() if takes_all or name in signature.parameters}
    arguments = {**handed, **parameters}
    try:
        signature.bind(**arguments)
    except TypeError as error:
        raise BadArguments(
            f"Task {task.name!r} cannot be called with {', '.join(sorted(arguments)) or 'nothing'}: {error}"
        ) from None
    return arguments


@lru_cache(maxsize=1024)
def _signature_of(run: Callable[..., Any]) -> tuple[inspect.Signature, bool]:
    """The signature of a task's function, and whether it takes any named argument."""
    signature = inspect.signature(run)
    return signature, any(p.kind is inspect.Parameter.VAR_KEYWORD for p in signature.parameters.values())
