"""Marks: a person skips a step or an item, or sets it to success."""

from __future__ import annotations

from celeriac.engine.actor import Action, Actor, OperationRecord
from celeriac.engine.errors import BranchNotMarkable, StepNotMarkable
from celeriac.engine.operations.context import OperationContext
from celeriac.engine.operations.retry import ends_of
from celeriac.engine.store.read.items import find_step
from celeriac.engine.workflows.progress.execution_retry import steps_to_retry
from celeriac.engine.workflows.progress.launch_checks import checked_reason
from celeriac.engine.workflows.progress.states import STATUS_OF_LETTER, UNDONE_LETTERS, Letter, WorkflowStatus

#: The letter of the end that a mark sets.
LETTERS = {Action.SKIP: Letter.SKIPPED, Action.SUCCEED: Letter.SUCCESS}


def mark_step(
    context: OperationContext,
    actor: Actor,
    action: Action,
    execution_id: str,
    step_name: str,
    reason: str,
    item: int | None = None,
) -> OperationRecord:
    """Ends a step as skipped (`Action.SKIP`) or as a success with the result null (`Action.SUCCEED`).

    A waiting step ends at once. A running one can only be skipped: it is stopped, and skipped unless it succeeds first. In an
    ended execution, a step that failed, was cancelled or could not run is marked, and the execution continues without it.
    Raises `ExecutionNotFound`, `StepNotFound`, `ItemNotFound`, `BranchNotMarkable`, `StepNotMarkable`, and `InvalidInput`
    if the reason is not a text.
    """
    actor.require(action)
    reason, letter = checked_reason(reason), LETTERS[action]
    transitions = context.store.transitions
    record, states = context.store.reader.read(execution_id)
    index = find_step(record.definition, execution_id, step_name).index
    if action is Action.SUCCEED and record.definition.steps[index].branch:
        raise BranchNotMarkable(step_name=step_name)
    unit = record.unit_of(index, item)
    letter_now = record.letter_of(unit)
    marked = False
    if not WorkflowStatus(record.text(b"st")).ended:
        marked, stops, orders = transitions.mark_step(execution_id, unit, letter, reason)
        context.stop(stops)
        context.dispatch(orders)
    elif letter_now in UNDONE_LETTERS and item is None:
        again = steps_to_retry(record.definition, ends_of(record, states))
        again.pop(index)
        by_hand = (index, letter, reason)
        marked, orders = transitions.resume_execution(
            execution_id, int(record.fields[b"rnd"]), again, by_hand
        )
        context.dispatch(orders)
    if not marked:
        status = STATUS_OF_LETTER[letter_now].value
        name = step_name if item is None else f"{step_name}[{item}]"
        raise StepNotMarkable(execution_id=execution_id, step_name=name, status=status)
    return OperationRecord(
        actor=actor,
        action=action,
        outcome="marked",
        execution_id=execution_id,
        steps=(step_name,),
        item=item,
        reason=reason,
    )
