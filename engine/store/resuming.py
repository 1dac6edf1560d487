"""Takes up ended executions: looks at how their steps have ended, plans what runs again, and says so to the store."""

from __future__ import annotations

from dataclasses import dataclass

from celeriac.engine.errors import (
    BranchNotMarkable,
    ExecutionActive,
    NothingToRetry,
    ResumedMeanwhile,
    StepNotFound,
    StepNotMarkable,
    StepSkippedByBranch,
)
from celeriac.engine.store.records import Record, Records, UnitState
from celeriac.engine.store.transitions import Message, Stop, Transitions
from celeriac.engine.workflows.definition import WorkflowDefinition
from celeriac.engine.workflows.resuming import UNDONE, Outcome, steps_to_rerun, steps_to_retry
from celeriac.engine.workflows.states import STATUS_OF_LETTER, WorkflowStatus


@dataclass(frozen=True, slots=True)
class Resumption:
    """What is to run again: steps by index, in order; True: a mapped step keeps the items that have succeeded."""

    execution_id: str
    round: int  # that has ended
    again: dict[int, bool]
    definition: WorkflowDefinition

    @property
    def steps(self) -> list[str]:
        """The names of the steps that run again, in order."""
        return [self.definition.steps[index].name for index in self.again]


class Resuming:
    """Plans and starts further rounds of executions."""

    def __init__(self, records: Records, transitions: Transitions) -> None:
        self._records, self._transitions = records, transitions

    def plan(self, execution_id: str, from_step: str | None = None) -> Resumption:
        """What would run again on a retry, or from a step on.

        Raises `ExecutionNotFound`, `ExecutionActive`, `StepNotFound`, `NothingToRetry`, `StepSkippedByBranch`.
        """
        record, states = self._records.read(execution_id)
        if not WorkflowStatus(record.text(b"st")).ended:
            raise ExecutionActive(
                execution_id=execution_id, status=record.text(b"st"), remedy="wait for its end"
            )
        definition, ends = record.definition, _ends(record, states)
        if from_step is None:
            again = steps_to_retry(definition, ends)
            if not again:
                raise NothingToRetry(execution_id=execution_id)
        else:
            index = _index(record, from_step)
            if ends[index].why == "B":
                branch = next(
                    step.name for step in definition.steps if from_step in {n.task for n in step.branch}
                )
                raise StepSkippedByBranch(step_name=from_step, branch=branch)
            again = steps_to_rerun(definition, ends, index)
        return Resumption(execution_id, int(record.fields[b"rnd"]), again, definition)

    def start(self, plan: Resumption) -> tuple[Message, ...]:
        """Does it. Raises `ResumedMeanwhile` when somebody else has taken the execution up since the plan was made."""
        resumed, messages = self._transitions.resume_execution(
            plan.execution_id, plan.round, plan.again, None
        )
        if not resumed:
            raise ResumedMeanwhile(execution_id=plan.execution_id)
        return messages

    def mark(
        self, execution_id: str, step_name: str, letter: str, reason: str, item: int | None = None
    ) -> tuple[tuple[Stop, ...], tuple[Message, ...]]:
        """Gives a step, or an item of it, its end by hand: `s` success, `k` skipped. An ended execution is taken up by it.

        Answers the task to stop, if it runs, and what became ready.

        Raises `ExecutionNotFound`, `StepNotFound`, `BranchNotMarkable`, and `StepNotMarkable` for a step
        that runs or needs no mark.
        """
        record, states = self._records.read(execution_id)
        index = _index(record, step_name)
        if letter == "s" and record.definition.steps[index].branch:
            raise BranchNotMarkable(step_name=step_name)
        unit = record.unit_of(index, item)
        letter_now = record.letter_of(unit)
        stops: tuple[Stop, ...] = ()
        messages: tuple[Message, ...] = ()
        marked = False
        if not WorkflowStatus(record.text(b"st")).ended:
            marked, stops, messages = self._transitions.mark_step(execution_id, unit, letter, reason)
        elif letter_now in UNDONE and item is None:
            again = steps_to_retry(record.definition, _ends(record, states))
            again.pop(index)
            marked, messages = self._transitions.resume_execution(
                execution_id, int(record.fields[b"rnd"]), again, (index, letter, reason)
            )
        if not marked:
            status = STATUS_OF_LETTER[letter_now].value
            name = step_name if item is None else f"{step_name}[{item}]"
            raise StepNotMarkable(execution_id=execution_id, step_name=name, status=status)
        return stops, messages


def _ends(record: Record, states: dict[int, UnitState]) -> dict[int, Outcome]:
    return {
        index: Outcome(letter, states[index].why[:1] if index in states else "")
        for index, letter in enumerate(record.vector)
    }


def _index(record: Record, step_name: str) -> int:
    try:
        return record.definition.index_of(step_name)
    except KeyError:
        raise StepNotFound(execution_id=record.execution_id, step_name=step_name[:120]) from None
