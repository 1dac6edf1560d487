"""Facts of tasks that a worker announces: signature, where it comes from, and what its authors said of queue, limits and retries.

Said is what is set on the task, on its base class or in the application's configuration; Celery's own defaults are not.
"""

from __future__ import annotations

import importlib.metadata
import inspect
import numbers
import sys
from collections.abc import Iterator
from typing import Any, TypedDict

from celery import Celery, Task
from celery.app.task import Task as CeleryTask

from celeriac.engine.runtime.app import announced_tasks
from celeriac.engine.workflows.definition.steps import MAX_RETRY_COUNT
from celeriac.engine.workflows.definition.unsaid_values import TaskValues, values_from


class TaskFacts(TypedDict, total=False):
    """The facts of one task as JSON. Limits are in seconds; a value that is not set is missing."""

    signature: str
    module: str
    version: str  # of the distribution that the module belongs to
    retry_count: int
    soft_limit: float
    hard_limit: float
    rate_limit: str
    queue: str
    origins: dict[str, str]  # of the values: task or app


def facts_of(app: Celery) -> dict[str, TaskFacts]:
    """The facts of every task that steps may use, by name."""
    versions = _Versions()
    return {name: _facts(app, app.tasks[name], versions) for name in announced_tasks(app)}


def values_of(app: Celery, task_name: str) -> TaskValues | None:
    """What authors have said of a task that this process has; None if it has not."""
    task = app.tasks.get(task_name)
    return None if task is None else values_from(_said(app, task))


def _facts(app: Celery, task: Any, versions: _Versions) -> TaskFacts:
    facts = TaskFacts(signature=_signature(task), module=task.__module__, **_said(app, task))
    if version := versions.of(task.__module__):
        facts["version"] = version
    return facts


def _said(app: Celery, task: Task[Any, Any]) -> TaskFacts:
    said, origins = TaskFacts(), dict[str, str]()
    most = (getattr(task, "retry_kwargs", None) or {}).get(
        "max_retries", _on_class(task, "max_retries", False)
    )
    if most is not False:
        said["retry_count"] = MAX_RETRY_COUNT if most is None else min(MAX_RETRY_COUNT, max(0, int(most)))
        origins["retry_count"] = "task"
    limits = list(_limits(app, task))
    for name, seconds, origin in limits:
        said[name] = seconds  # type: ignore[literal-required]
        origins["timeout"] = origin
    if queue := _queue(app, task):
        said["queue"], origins["queue"] = queue
    if rate := getattr(task, "rate_limit", None):
        said["rate_limit"] = str(rate)
    if origins:
        said["origins"] = origins
    return said


def _limits(app: Celery, task: Task[Any, Any]) -> Iterator[tuple[str, float, str]]:
    """The limits of the task, else those of the application: both come from one place, so that they fit together."""
    on_task = task.soft_time_limit, task.time_limit
    of_app = app.conf.task_soft_time_limit, app.conf.task_time_limit
    values, origin = (on_task, "task") if any(on_task) else (of_app, "app")
    for name, value in zip(("soft_limit", "hard_limit"), values, strict=True):
        if isinstance(value, numbers.Real) and float(value) > 0:
            yield name, float(value), origin


def _queue(app: Celery, task: Task[Any, Any]) -> tuple[str, str] | None:
    """The queue of a task: its own attribute, else the application's routes, else its default queue if one is set."""
    own = getattr(task, "queue", None)
    if own:
        return str(own), "task"
    route: dict[str, Any] = app.amqp.router.route({}, task.name, (), {}) if app.conf.task_routes else {}
    queue = route.get("queue")
    if queue is not None:
        name = getattr(queue, "alias", None) or getattr(queue, "name", queue)
        if name != app.conf.task_default_queue:
            return str(name), "app"
    default = app.conf.task_default_queue
    return (default, "app") if default not in ("celery", "default") else None


def _on_class(task: Task[Any, Any], name: str, default: Any) -> Any:
    """An attribute as one of the classes below Celery's own sets it."""
    for cls in type(task).__mro__:
        if cls is CeleryTask:
            break
        if name in vars(cls):
            return vars(cls)[name]
    return vars(task).get(name, default)


def _signature(task: Any) -> str:
    try:
        return str(inspect.signature(task.run))
    except (TypeError, ValueError):
        return "(…)"


class _Versions:
    """The versions of installed distributions, by top-level package."""

    def __init__(self) -> None:
        self._distributions = importlib.metadata.packages_distributions()

    def of(self, module: str) -> str:
        top = module.partition(".")[0]
        declared = getattr(sys.modules.get(top), "__version__", None)
        if isinstance(declared, str):
            return declared
        names = self._distributions.get(top, ())
        return importlib.metadata.version(names[0]) if names else ""
