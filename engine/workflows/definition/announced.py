"""Checks a definition against the tasks and queues that live workers have announced. Pure.

In code, an application's tests find a misspelt task; a definition that is added at run time has no tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.engine.errors import InputProblem
from celeriac.engine.workflows.definition.steps import WorkflowStep
from celeriac.engine.workflows.json.near_misses import NearMisses
from celeriac.engine.workflows.json.quoting import quoted

MAX_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """The tasks and queues of all live workers: sorted names."""

    tasks: Sequence[str]
    queues: Sequence[str]


def unannounced(steps: Sequence[WorkflowStep], announced: Announced) -> Iterator[InputProblem]:
    """A problem for each task that no live worker has and each queue that none consumes."""
    tasks, queues = NearMisses(announced.tasks), NearMisses(announced.queues)
    for index, step in enumerate(steps):
        if isinstance(step.task_name, str) and step.task_name not in tasks.names:
            remedy = f"load its module in a worker (CELERIAC_WORKFLOWS) or name {_one_of(announced.tasks)}"
            sentence = f"no live worker has announced the task {quoted(step.task_name)}"
            yield _problem(index, step, "task_name", sentence + tasks.hint(step.task_name, remedy))
        if isinstance(step.queue, str) and step.queue not in queues.names:
            remedy = (
                f"start one with `celeriac worker -Q {step.queue[:100]}` or name {_one_of(announced.queues)}"
            )
            sentence = f"no live worker consumes the queue {quoted(step.queue)}"
            yield _problem(index, step, "queue", sentence + queues.hint(step.queue, remedy))


def _problem(index: int, step: WorkflowStep, field: str, sentence: str) -> InputProblem:
    message = f"step {quoted(step.name)}: {sentence}"
    return InputProblem(pointer=f"/steps/{index}/{field}", message=message)


def _one_of(names: Sequence[str]) -> str:
    shown = ", ".join(map(quoted, names[:MAX_SHOWN]))
    more = f" and {len(names) - MAX_SHOWN} more" if len(names) > MAX_SHOWN else ""
    return f"one of {shown}{more}" if names else "another"
