"""Dependencies that are not in `depends_on`: the branch that names a step, the step whose list it maps. Pure.

Everything here accepts steps with problems: validation searches for cycles in the valid rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from celeriac.engine.workflows.definition.steps import WorkflowStep

#: Prefix of a path into the execution's input.
INPUT = "input"


def is_branch(conditions: object) -> bool:
    """Whether `conditions` among a step's parameters make it a branch; otherwise they belong to the task."""
    return (
        isinstance(conditions, dict)
        and bool(conditions)
        and all(isinstance(entry, dict) and "task" in entry for entry in conditions.values())
    )


def conditions_among(parameters: object) -> dict[str, Any] | None:
    """The conditions of a branch that are in the step's parameters."""
    conditions = parameters.get("conditions") if isinstance(parameters, dict) else None
    return conditions if is_branch(conditions) else None


def chosen_steps(step: WorkflowStep) -> list[str]:
    """Names of the steps that the conditions of a branch choose from, without repetition, in order; empty for other steps."""
    conditions = step.conditions if step.conditions is not None else conditions_among(step.parameters)
    entries = conditions.values() if isinstance(conditions, dict) else ()
    tasks = (entry.get("task") for entry in entries if isinstance(entry, dict))
    return list(dict.fromkeys(task for task in tasks if isinstance(task, str)))


def mapped_step(step: WorkflowStep) -> str | None:
    """Name of the step whose result has the list of `map_over`; None if the input has it, or `map_over` is not set."""
    first = step.map_over.split(".")[0] if isinstance(step.map_over, str) else INPUT
    return None if first == INPUT else first


def with_implicit_dependencies(steps: Sequence[WorkflowStep]) -> list[WorkflowStep]:
    """Copies of the steps with all dependencies in `depends_on`; implicit ones come last."""
    branches: dict[str, list[str]] = {}
    for step in steps:
        for name in chosen_steps(step):
            branches.setdefault(name, []).append(step.name)
    completed: list[WorkflowStep] = []
    for step in steps:
        implicit = branches.get(step.name, []) if isinstance(step.name, str) else []
        source = mapped_step(step)
        if source is not None:
            implicit = [*implicit, source]
        if implicit and isinstance(step.depends_on, list | tuple):
            added = [name for name in dict.fromkeys(implicit) if name not in step.depends_on]
            step = replace(step, depends_on=[*step.depends_on, *added])
        completed.append(step)
    return completed
