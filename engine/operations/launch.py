"""Launches a workflow."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from celeriac.engine.actor import Action, Actor, OperationRecord
from celeriac.engine.errors import IdempotencyConflict
from celeriac.engine.operations.context import OperationContext
from celeriac.engine.operations.trace_context import trace_context
from celeriac.engine.workflows.definition.definition import WorkflowDefinition
from celeriac.engine.workflows.json.strict_json import dumps
from celeriac.engine.workflows.progress.launch_checks import (
    check_fit,
    checked_input,
    checked_labels,
    checked_note,
)


def launch_workflow(
    context: OperationContext,
    actor: Actor,
    definition: WorkflowDefinition,
    input_data: dict[str, Any],
    *,
    labels: Mapping[str, str] | None = None,
    note: str | None = None,
    idempotency_key: str | None = None,
    launched_from: str | None = None,
) -> OperationRecord:
    """Creates an execution and dispatches its first steps. The outcome is `launched`, or `replayed` for a known key.

    Raises `IdempotencyConflict`, `ExecutionNotFound` for an unknown `launched_from`, `InvalidInput`, `InputDoesNotFit`.
    """
    actor.require(Action.LAUNCH)
    workflow_id = definition.workflow_id
    input_json = checked_input(input_data, context.settings.max_input)
    check_fit(workflow_id, definition.input_schema, input_json)
    labels, note = checked_labels(labels or {}), checked_note(note or "")
    if launched_from is not None:
        context.store.reader.definition_of(launched_from)
    launch_hash = _digest(dumps([workflow_id, input_data, labels, note, launched_from or ""]))
    try:
        created = context.store.transitions.create_execution(
            definition,
            input_json,
            labels=labels,
            note=note,
            key_hash=_digest(idempotency_key.encode()) if idempotency_key else "",
            launch_hash=launch_hash,
            launched_from=launched_from or "",
            trace=trace_context(),
        )
    except IdempotencyConflict:
        raise IdempotencyConflict(key=idempotency_key) from None
    context.dispatch(created.orders)
    return OperationRecord(
        actor=actor,
        action=Action.LAUNCH,
        outcome="replayed" if created.replayed else "launched",
        workflow_id=workflow_id,
        execution_id=created.execution_id,
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]
