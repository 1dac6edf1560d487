"""Cleans up: removes ended executions that are old enough and not pinned."""

from __future__ import annotations

from collections.abc import Iterable

from celeriac.engine.actor import Action, Actor, OperationRecord
from celeriac.engine.operations.context import OperationContext
from celeriac.engine.store.cleanup import Removable
from celeriac.engine.workflows.progress.states import WorkflowStatus


def preview_cleanup(context: OperationContext, statuses: Iterable[WorkflowStatus], before: int) -> Removable:
    """What `clean_up` with the same arguments would remove, exactly. `before` is ms since 1970."""
    return context.store.cleanup.preview(_workflows(context), statuses, before)


def clean_up(
    context: OperationContext, actor: Actor, statuses: Iterable[WorkflowStatus], before: int
) -> OperationRecord:
    """Removes the executions in these statuses that ended before a time; `count` is their number."""
    actor.require(Action.CLEANUP)
    removed = sum(context.store.cleanup.remove(_workflows(context), statuses, before))
    return OperationRecord(actor=actor, action=Action.CLEANUP, outcome="removed", count=removed)


def _workflows(context: OperationContext) -> list[str]:
    """All workflows that ever existed: executions of a deleted workflow stay until they are cleaned up."""
    return context.store.definitions.names_ever()
