"""Retries an ended execution: reads how its steps ended, plans what runs again, and starts the next round."""

from __future__ import annotations

from dataclasses import dataclass

from celeriac.engine.actor import Action, Actor, OperationRecord
from celeriac.engine.errors import (
    ExecutionActive,
    NothingToRetry,
    ResumedMeanwhile,
    StepSkippedByBranch,
)
from celeriac.engine.operations.context import OperationContext
from celeriac.engine.store.read.execution_reader import ExecutionRecord, UnitState
from celeriac.engine.store.read.items import find_step
from celeriac.engine.workflows.definition.definition import WorkflowDefinition
from celeriac.engine.workflows.progress.events import Reason
from celeriac.engine.workflows.progress.execution_retry import Outcome, steps_to_rerun, steps_to_retry
from celeriac.engine.workflows.progress.states import WorkflowStatus


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """What runs again: steps by index, in order; True: a mapped step keeps its successful items."""

    execution_id: str
    round: int  # the round that ended
    again: dict[int, bool]
    definition: WorkflowDefinition

    @property
    def steps(self) -> list[str]:
        """The names of the steps that run again, in order."""
        return [self.definition.steps[index].name for index in self.again]


def plan_retry(context: OperationContext, execution_id: str, from_step: str | None = None) -> RetryPlan:
    """What a retry would run again, or a re-run from a step.

    Raises `ExecutionNotFound`, `ExecutionActive`, `StepNotFound`, `NothingToRetry`, `StepSkippedByBranch`.
    """
    record, states = context.store.reader.read(execution_id)
    if not WorkflowStatus(record.text(b"st")).ended:
        raise ExecutionActive(execution_id=execution_id, status=record.text(b"st"), remedy="wait for its end")
    definition, ends = record.definition, ends_of(record, states)
    if from_step is None:
        again = steps_to_retry(definition, ends)
        if not again:
            raise NothingToRetry(execution_id=execution_id)
    else:
        index = find_step(definition, execution_id, from_step).index
        if ends[index].why == Reason.NOT_CHOSEN:
            branch = next(
                step.name for step in definition.steps if from_step in {n.task for n in step.branch}
            )
            raise StepSkippedByBranch(step_name=from_step, branch=branch)
        again = steps_to_rerun(definition, ends, index)
    return RetryPlan(execution_id, int(record.fields[b"rnd"]), again, definition)


def start_retry(context: OperationContext, plan: RetryPlan) -> None:
    """Starts the round of a plan. Raises `ResumedMeanwhile` if another call started one since the plan was made."""
    resumed, orders = context.store.transitions.resume_execution(
        plan.execution_id, plan.round, plan.again, None
    )
    if not resumed:
        raise ResumedMeanwhile(execution_id=plan.execution_id)
    context.dispatch(orders)


def retry_execution(
    context: OperationContext, actor: Actor, execution_id: str, from_step: str | None = None
) -> OperationRecord:
    """Runs the steps that failed, were cancelled or could not run, and all steps downstream of them, again.

    With `from_step`, also that step and all steps downstream of it. Raises as `plan_retry` and `start_retry`.
    """
    actor.require(Action.RETRY)
    plan = plan_retry(context, execution_id, from_step)
    start_retry(context, plan)
    return OperationRecord(
        actor=actor,
        action=Action.RETRY,
        outcome="retried",
        execution_id=execution_id,
        steps=tuple(plan.steps),
        count=len(plan.steps),
    )


def ends_of(record: ExecutionRecord, states: dict[int, UnitState]) -> dict[int, Outcome]:
    """How each step ended, by index."""
    return {
        index: Outcome(letter, states[index].why[:1] if index in states else "")
        for index, letter in enumerate(record.vector)
    }
