"""Workflows to launch in tests, made of the built-in tasks and of those in `tests.support.tasks`."""

from __future__ import annotations

import random
from typing import Any

from celeriac.engine.workflows.definition.definition import WorkflowStep


def step(name: str, task_name: str = "noop", after: str | list[str] = (), **fields: Any) -> WorkflowStep:  # type: ignore[assignment]
    """A step in few words: `step("b", "echo", after="a", parameters={…}, timeout=5)`."""
    depends_on = [after] if isinstance(after, str) else list(after)
    return WorkflowStep(name=name, task_name=task_name, depends_on=depends_on, **fields)


def chain(length: int, task_name: str = "noop", **fields: Any) -> list[WorkflowStep]:
    """`s1 -> s2 -> … `, each after the one before."""
    return [
        step(f"s{n}", task_name, after=[f"s{n - 1}"] if n > 1 else [], **fields) for n in range(1, length + 1)
    ]


def fan(width: int, task_name: str = "noop", **fields: Any) -> list[WorkflowStep]:
    """`source -> width branches -> sink`."""
    branches = [step(f"branch{n}", task_name, after="source", **fields) for n in range(1, width + 1)]
    sink = step("sink", after=[branch.name for branch in branches])
    return [step("source"), *branches, sink]


def diamond(task_name: str = "noop", **fields: Any) -> list[WorkflowStep]:
    """`top -> left, right -> bottom`."""
    return [
        step("top", task_name, **fields),
        step("left", task_name, after="top", **fields),
        step("right", task_name, after="top", **fields),
        step("bottom", task_name, after=["left", "right"], **fields),
    ]


def layered(
    levels: int, width: int, *, dependencies: int = 2, seed: int = 1, task_name: str = "noop"
) -> list[WorkflowStep]:
    """`source -> levels x width -> sink`; each step needs `dependencies` seeded steps of the level before."""
    choose = random.Random(seed)
    steps, before = [step("source", task_name)], ["source"]
    for level in range(1, levels + 1):
        names = [f"l{level}_{n}" for n in range(1, width + 1)]
        needed = min(dependencies, len(before))
        steps += [step(name, task_name, after=sorted(choose.sample(before, needed))) for name in names]
        before = names
    return [*steps, step("sink", task_name, after=before)]


def single(task_name: str, **fields: Any) -> list[WorkflowStep]:
    """One step called `only`, tried once unless `retry_count` says otherwise."""
    return [step("only", task_name, **{"retry_count": 0, **fields})]
