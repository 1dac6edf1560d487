"""The names for authors of workflows: `from celeriac import WorkflowStep, workflow_engine, task, current_step`.

Names are loaded on first use: `from celeriac import WorkflowStep` loads neither Celery nor redis.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from celery import shared_task as task

    from celeriac.engine.engine import WorkflowEngine, workflow_engine
    from celeriac.engine.manager import WorkflowManager, workflow_manager
    from celeriac.engine.runtime.attempt.calling import execute_workflow_step
    from celeriac.engine.runtime.attempt.step_context import current_step
    from celeriac.engine.workflows.definition.steps import WorkflowStep
    from celeriac.engine.workflows.progress.retry import FinalError
    from celeriac.engine.workflows.progress.states import WorkflowStatus

__all__ = [
    "FinalError",
    "WorkflowEngine",
    "WorkflowManager",
    "WorkflowStatus",
    "WorkflowStep",
    "current_step",
    "execute_workflow_step",
    "task",
    "workflow_engine",
    "workflow_manager",
]

#: Name here -> module that defines it, name there.
_HOMES = {
    "FinalError": ("celeriac.engine.workflows.progress.retry", "FinalError"),
    "WorkflowEngine": ("celeriac.engine.engine", "WorkflowEngine"),
    "WorkflowManager": ("celeriac.engine.manager", "WorkflowManager"),
    "WorkflowStatus": ("celeriac.engine.workflows.progress.states", "WorkflowStatus"),
    "WorkflowStep": ("celeriac.engine.workflows.definition.steps", "WorkflowStep"),
    "current_step": ("celeriac.engine.runtime.attempt.step_context", "current_step"),
    "execute_workflow_step": ("celeriac.engine.runtime.attempt.calling", "execute_workflow_step"),
    "task": ("celery", "shared_task"),
    "workflow_engine": ("celeriac.engine.engine", "workflow_engine"),
    "workflow_manager": ("celeriac.engine.manager", "workflow_manager"),
}


def __getattr__(name: str) -> Any:
    try:
        module, name_there = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    value = getattr(importlib.import_module(module), name_there)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
