"""Publishes definitions at run time, and withdraws them."""

from __future__ import annotations

from celeriac.engine.actor import Action, Actor, OperationRecord
from celeriac.engine.errors import WorkflowOfCode
from celeriac.engine.operations.context import OperationContext
from celeriac.engine.store.definitions import unknown_workflow
from celeriac.engine.workflows.definition.definition import WorkflowDefinition


def put_definition(
    context: OperationContext, actor: Actor, definition: WorkflowDefinition
) -> OperationRecord:
    """Makes a validated definition the current version. The outcome is created, changed or unchanged. Raises `WorkflowOfCode`."""
    actor.require(Action.DEFINE)
    outcome = context.store.definitions.publish_definition(definition, "api")
    if outcome == "taken":
        raise WorkflowOfCode(workflow_id=definition.workflow_id)
    return OperationRecord(
        actor=actor, action=Action.DEFINE, outcome=outcome, workflow_id=definition.workflow_id
    )


def withdraw_definition(context: OperationContext, actor: Actor, workflow_id: str) -> OperationRecord:
    """Removes a workflow of the API from the workflows that can be launched; its executions and versions stay.

    Raises `WorkflowNotFound`, `WorkflowOfCode`.
    """
    actor.require(Action.DEFINE)
    definitions = context.store.definitions
    outcome = definitions.withdraw_definition(workflow_id)
    if outcome == "unknown":
        raise unknown_workflow(workflow_id, definitions.names())
    if outcome == "taken":
        raise WorkflowOfCode(workflow_id=workflow_id)
    return OperationRecord(actor=actor, action=Action.DEFINE, outcome="withdrawn", workflow_id=workflow_id)
