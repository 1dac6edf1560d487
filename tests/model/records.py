"""What the model remembers of an execution, and what a transition answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from celeriac.engine.workflows.definition.definition import StepDefinition
from celeriac.engine.workflows.definition.steps import ALWAYS

ENDED = ("success", "failure", "cancelled")
#: A request for the next claim: its id and the worker.
Following = tuple[str, str]


@dataclass
class Unit:
    """One step of an execution."""

    letter: str = "p"
    attempt: int = 0
    base: int = 0
    lost: int = 0
    repeats: int = 0
    claim: str = ""
    worker: str = ""


@dataclass
class Execution:
    """One launch. `log` holds the entries as the store writes them."""

    steps: tuple[StepDefinition, ...]
    launched: int
    status: str = "pending"
    cancelled: int | None = None
    cancelled_by: str = ""
    stopped_by: str | None = None
    pinned: bool = False
    end: int | None = None
    units: list[Unit] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def ends_cancelled(self, index: int) -> bool:
        """Whether a cancellation was requested that ends this step."""
        return self.cancelled is not None and not self.cleans_up(index)

    def cleans_up(self, index: int) -> bool:
        return self.steps[index].trigger == ALWAYS

    @property
    def vector(self) -> str:
        return "".join(unit.letter for unit in self.units)


@dataclass
class Answer:
    """What a transition hands out."""

    outcome: str
    messages: set[str] = field(default_factory=set)
    stops: set[str] = field(default_factory=set)
    ends: set[str] = field(default_factory=set)
    following: str | None = None  # the attempt that the slot goes on with
