"""Steps of executions: reads them and their items, and marks them."""

from __future__ import annotations

from celeriac.engine.actor import CODE, Action, Actor, OperationRecord
from celeriac.engine.operations.context import OperationContext
from celeriac.engine.operations.marks import mark_step
from celeriac.engine.store.read.execution_record import ExecutionRecord
from celeriac.engine.store.read.items import MAX_ITEMS_SHOWN as MAX_ITEMS_SHOWN
from celeriac.engine.store.read.values import joined
from celeriac.engine.workflows.progress.views import ItemsPage, StepDetail


class Steps:
    """The steps of the executions of one engine."""

    def __init__(self, context: OperationContext) -> None:
        self._context, self._store = context, context.store

    def get(
        self,
        execution_id: str,
        step_name: str,
        *,
        item: int | None = None,
        read: ExecutionRecord | None = None,
    ) -> StepDetail:
        """A step with its arguments, result and attempts; with `item` (from 0) that item of a mapped step.

        `read` is that of an `ExecutionLook`, whose moment is shown.

        Raises `ExecutionNotFound`, `StepNotFound`, and for an item `StepNotMapped`, `ItemNotFound`.
        """
        return self._store.steps.view(execution_id, step_name, item, read=read)

    def items(
        self,
        execution_id: str,
        step_name: str,
        *,
        status: str | None = None,
        offset: int = 0,
        limit: int = 100,
        read: ExecutionRecord | None = None,
    ) -> ItemsPage:
        """Items of a mapped step, optionally in one status: failed ones first, then by number; counts of all.

        `limit` is 1 to 1,000. Raises `ExecutionNotFound`, `StepNotFound`, `StepNotMapped`, and `InvalidInput`
        naming the parameter.
        """
        return self._store.items.page(
            execution_id, step_name, status=status, offset=offset, limit=limit, read=read
        )

    def inputs_json(self, execution_id: str, step_name: str, *, item: int | None = None) -> bytes:
        """The JSON text of the arguments of a step or item. Raises as `get`."""
        step = self._store.values.step_of(execution_id, step_name, item)
        return joined(self._store.values.inputs_of(execution_id, step, item))

    def result_json(self, execution_id: str, step_name: str, *, item: int | None = None) -> bytes | None:
        """The JSON text of its result; None if there is none. Raises as `get`."""
        step = self._store.values.step_of(execution_id, step_name, item)
        return self._store.values.step_result(execution_id, step, item)

    def skip(
        self, execution_id: str, step_name: str, reason: str, *, item: int | None = None, actor: Actor = CODE
    ) -> OperationRecord:
        """Skips a step or one item. See `mark_step` for the conditions and errors."""
        return mark_step(self._context, actor, Action.SKIP, execution_id, step_name, reason, item)

    def succeed(
        self, execution_id: str, step_name: str, reason: str, *, item: int | None = None, actor: Actor = CODE
    ) -> OperationRecord:
        """Marks a step as a success with the result null; a running one cannot be marked. Otherwise as `skip`."""
        return mark_step(self._context, actor, Action.SUCCEED, execution_id, step_name, reason, item)
