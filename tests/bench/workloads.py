"""The workloads, each as steps of a workflow and as the same shape in Celery's canvas. Every step is a no-op."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from celery import chain as in_order
from celery import group
from celery.canvas import Signature

from celeriac.engine.workflows.definition.steps import WorkflowStep
from tests.support.workflows import chain, fan, layered

#: Makes the signature of one no-op task.
Noop = Callable[[], Signature]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    name: str
    title: str
    steps: list[WorkflowStep]
    canvas: Callable[[Noop], Signature]
    launches: int = 1  # so many at once

    @property
    def workflow_id(self) -> str:
        return f"bench_{self.name}"

    @property
    def step_count(self) -> int:
        return len(self.steps) * self.launches


def _chain(length: int) -> Callable[[Noop], Signature]:
    return lambda noop: in_order(*(noop() for _ in range(length)))


def _fan(width: int) -> Callable[[Noop], Signature]:
    return lambda noop: in_order(noop(), group(noop() for _ in range(width)), noop())


def _layers(levels: int, width: int) -> Callable[[Noop], Signature]:
    """Canvas knows no dependencies between two levels but "all of it": a chord after each level."""
    return lambda noop: in_order(
        noop(), *(group(noop() for _ in range(width)) for _ in range(levels)), noop()
    )


WORKLOADS = (
    Workload(name="W1", title="chain of 50", steps=chain(50), canvas=_chain(50)),
    Workload(name="W2", title="fan 1-200-1", steps=fan(200), canvas=_fan(200)),
    Workload(name="W3", title="layered, 202 steps", steps=layered(10, 20), canvas=_layers(10, 20)),
    Workload(name="W4", title="100 x chain of 6 at once", steps=chain(6), canvas=_chain(6), launches=100),
    Workload(name="W6", title="layered, 1,002 steps", steps=layered(20, 50), canvas=_layers(20, 50)),
)
#: W5: one execution on an idle system; its steps tell when they started.
IDLE_LENGTH = 3
