"""Cancels executions: only steps with the trigger always still start, and other running ones are stopped."""

from __future__ import annotations

from celeriac.engine.actor import Action, Actor, OperationRecord
from celeriac.engine.operations.context import OperationContext


def cancel_execution(context: OperationContext, actor: Actor, execution_id: str) -> OperationRecord:
    """Requests a cancellation; repeating the request is harmless. Raises `ExecutionNotFound`, `ExecutionEnded`."""
    actor.require(Action.CANCEL)
    stops, orders = context.store.transitions.cancel_execution(execution_id)
    context.stop(stops)
    context.dispatch(orders)
    return OperationRecord(actor=actor, action=Action.CANCEL, outcome="requested", execution_id=execution_id)
