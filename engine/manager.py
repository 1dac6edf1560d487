"""`WorkflowManager`: operations on many executions at once."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from celeriac.engine.actor import CODE, Actor
from celeriac.engine.engine import WorkflowEngine, workflow_engine
from celeriac.engine.errors import ExecutionEnded, ExecutionNotFound, InvalidInput
from celeriac.engine.operations.cleanup import clean_up, preview_cleanup
from celeriac.engine.workflows.definition.views import WorkflowView
from celeriac.engine.workflows.progress.events import rfc3339
from celeriac.engine.workflows.progress.filters import checked_statuses, checked_time
from celeriac.engine.workflows.progress.views import CleanupPreview

MAX_AGE_HOURS = 876_000  # a hundred years


class WorkflowManager:
    """Operations on many executions at once."""

    def __init__(self, engine: WorkflowEngine) -> None:
        self.engine = engine

    def list_workflows(self) -> list[str]:
        """The ids of all published workflows, sorted."""
        return self.engine.workflows.ids()

    def get_workflow_info(self, workflow_id: str) -> WorkflowView:
        """One workflow. Raises `WorkflowNotFound`."""
        return self.engine.workflows.get(workflow_id)

    def cancel_all_executions(self, *, actor: Actor = CODE) -> int:
        """Requests the cancellation of every active execution; returns how many."""
        return self.cancel_executions(self.engine.executions.active(), actor=actor)

    def cancel_executions(self, execution_ids: Iterable[str], *, actor: Actor = CODE) -> int:
        """Requests the cancellation of these executions, except ended or deleted ones. Returns how many."""
        cancelled = 0
        for execution_id in execution_ids:
            with suppress(ExecutionEnded, ExecutionNotFound):
                self.engine.executions.cancel(execution_id, actor=actor)
                cancelled += 1
        return cancelled

    def preview_cleanup(
        self, max_age_hours: float = 24, *, statuses: Iterable[str] | None = None, before: str | None = None
    ) -> CleanupPreview:
        """What `cleanup_completed_executions` with the same arguments would remove, exactly."""
        moment = self._before(max_age_hours, before)
        removable = preview_cleanup(self.engine.context, checked_statuses(statuses), moment)
        return {
            "count": sum(removable.by_status.values()),
            "by_status": removable.by_status,
            "by_workflow": removable.by_workflow,
            "oldest": None if removable.oldest is None else rfc3339(removable.oldest),
            "before": rfc3339(moment),
        }

    def cleanup_completed_executions(
        self,
        max_age_hours: float = 24,
        *,
        statuses: Iterable[str] | None = None,
        before: str | None = None,
        actor: Actor = CODE,
    ) -> int:
        """Removes every ended, unpinned execution that ended longer ago; returns how many.

        `before`, the RFC 3339 time of a preview, replaces the age, so that nothing can be added to what the preview showed.
        """
        moment = self._before(max_age_hours, before)
        return clean_up(self.engine.context, actor, checked_statuses(statuses), moment).count

    def _before(self, max_age_hours: float, before: str | None) -> int:
        if isinstance(max_age_hours, bool) or not 0 <= max_age_hours <= MAX_AGE_HOURS:
            raise InvalidInput(
                f"max_age_hours must be a number from 0 to {MAX_AGE_HOURS}, not {max_age_hours!r}",
                pointer="/max_age_hours",
            )
        now = self.engine.context.store.now()
        given = checked_time(before, "before")
        return min(now, given) if given is not None else now - round(max_age_hours * 3_600_000)


#: The manager of this process.
workflow_manager = WorkflowManager(workflow_engine)
