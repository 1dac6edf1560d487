"""An execution and its units as stored, parsed. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from celeriac.engine.errors import ItemNotFound, StepNotMapped
from celeriac.engine.store.keys import Field
from celeriac.engine.workflows.definition.definition import WorkflowDefinition
from celeriac.engine.workflows.progress.units import index_of, item_of, item_unit


@dataclass(frozen=True, slots=True)
class UnitState:
    """The packed state of a unit; times are ms since the launch."""

    attempt: int = 0
    base: int = 0
    lost: int = 0
    queued: int | None = None
    started: int | None = None
    ended: int | None = None
    claim: str = ""
    worker_id: str = ""
    why: str = ""

    @classmethod
    def parse(cls, packed: bytes) -> UnitState:
        _, _, _, _, attempt, base, lost, _, queued, started, ended, claim, worker, why = (
            packed.decode().split("|")
        )
        times = [int(text) if text else None for text in (queued, started, ended)]
        return cls(int(attempt), int(base), int(lost), times[0], times[1], times[2], claim, worker, why)


@dataclass(frozen=True, slots=True)
class ExecutionRecord:
    """One execution's own hash with its definition."""

    execution_id: str
    fields: dict[bytes, bytes]
    definition: WorkflowDefinition
    seq: int
    now: int  # the store's clock, ms

    def text(self, name: bytes) -> str:
        return self.fields.get(name, b"").decode()

    def number(self, name: bytes) -> int | None:
        value = self.fields.get(name)
        return None if value is None else int(value)

    @property
    def launched(self) -> int:
        return int(self.fields[b"at"])

    @property
    def vector(self) -> str:
        return self.text(b"v")

    def items(self, index: int) -> str:
        """The letters of the items of a mapped step; '' before they are known, and for other steps."""
        return self.text(f"{Field.ITEMS}{index}".encode())

    def unit_of(self, index: int, item: int | None) -> str:
        """The unit of a step or item. Raises `StepNotMapped` or `ItemNotFound`."""
        if item is None:
            return str(index)
        step, total = self.definition.steps[index], len(self.items(index))
        if step.map_over is None:
            raise StepNotMapped(execution_id=self.execution_id, step_name=step.name)
        if not 0 <= item < total:
            raise ItemNotFound(execution_id=self.execution_id, step_name=step.name, item=item, total=total)
        return item_unit(index, item)

    def letter_of(self, unit: str) -> str:
        item = item_of(unit)
        return self.vector[index_of(unit)] if item is None else self.items(index_of(unit))[item]
