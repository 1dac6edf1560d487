"""Pins an execution, so that it is kept, or deletes an ended one."""

from __future__ import annotations

from celeriac.engine.actor import Action, Actor, OperationRecord
from celeriac.engine.errors import ExecutionActive, ExecutionNotFound, ExecutionPinned
from celeriac.engine.operations.context import OperationContext


def pin_execution(
    context: OperationContext, actor: Actor, execution_id: str, pinned: bool
) -> OperationRecord:
    """Pins or unpins an execution; clean-up and deletion skip pinned ones. Raises `ExecutionNotFound`."""
    actor.require(Action.PIN)
    context.store.transitions.pin_execution(execution_id, pinned)
    outcome = "pinned" if pinned else "unpinned"
    return OperationRecord(actor=actor, action=Action.PIN, outcome=outcome, execution_id=execution_id)


def delete_execution(context: OperationContext, actor: Actor, execution_id: str) -> OperationRecord:
    """Deletes an ended execution. Raises `ExecutionNotFound`, `ExecutionActive`, `ExecutionPinned`."""
    actor.require(Action.DELETE)
    (outcome,) = context.store.transitions.delete_executions([execution_id])
    if outcome == "unknown":
        raise ExecutionNotFound(execution_id=execution_id)
    if outcome == "active":
        status = context.store.reader.read(execution_id)[0].text(b"st")
        raise ExecutionActive(
            execution_id=execution_id, status=status, remedy="cancel it first, then delete it"
        )
    if outcome == "pinned":
        raise ExecutionPinned(execution_id=execution_id)
    return OperationRecord(actor=actor, action=Action.DELETE, outcome="deleted", execution_id=execution_id)
