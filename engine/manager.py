"""`WorkflowManager`: what an operator does with many executions at once."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from celeriac.engine.engine import WorkflowEngine, workflow_engine
from celeriac.engine.errors import ExecutionEnded, ExecutionNotFound, InvalidInput
from celeriac.engine.store.history import Filter, Position
from celeriac.engine.workflows.events import rfc3339
from celeriac.engine.workflows.filters import checked_statuses, checked_time
from celeriac.engine.workflows.states import ACTIVE_STATUSES
from celeriac.engine.workflows.views import CleanupPreview, WorkflowView


class WorkflowManager:
    """What an operator does with many executions at once."""

    def __init__(self, engine: WorkflowEngine) -> None:
        self.engine = engine

    def list_workflows(self) -> list[str]:
        """The ids of all published workflows, sorted."""
        return self.engine.store.definitions.names()

    def get_workflow_info(self, workflow_id: str) -> WorkflowView:
        """One workflow. Raises `WorkflowNotFound`."""
        return self.engine.get_workflow(workflow_id)

    def active_executions(self) -> list[str]:
        """The ids of all executions that have not ended."""
        history = self.engine.store.history
        ids: list[str] = []
        for status in ACTIVE_STATUSES:
            after: Position | None = None
            while True:
                page, after = history.page(Filter(status=status.value), limit=1000, after=after)
                ids += page
                if after is None:
                    break
        return ids

    def cancel_all_executions(self) -> int:
        """Requests the cancellation of every active execution; answers how many."""
        return self.cancel_executions(self.active_executions())

    def cancel_executions(self, execution_ids: Iterable[str]) -> int:
        """Requests the cancellation of these; those that have ended or are gone are passed over. Answers how many."""
        cancelled = 0
        for execution_id in execution_ids:
            with suppress(ExecutionEnded, ExecutionNotFound):
                self.engine.cancel_workflow(execution_id)
                cancelled += 1
        return cancelled

    def preview_cleanup(
        self, max_age_hours: float = 24, *, statuses: Iterable[str] | None = None, before: str | None = None
    ) -> CleanupPreview:
        """What `cleanup_completed_executions` with the same arguments would remove, exactly."""
        moment = self._before(max_age_hours, before)
        removable = self.engine.store.cleanup.preview(
            self._all_there_were(), checked_statuses(statuses), moment
        )
        return {
            "count": sum(removable.by_status.values()),
            "by_status": removable.by_status,
            "by_workflow": removable.by_workflow,
            "oldest": None if removable.oldest is None else rfc3339(removable.oldest),
            "before": rfc3339(moment),
        }

    def cleanup_completed_executions(
        self, max_age_hours: float = 24, *, statuses: Iterable[str] | None = None, before: str | None = None
    ) -> int:
        """Removes every ended, unpinned execution whose end is older than that; answers how many.

        `before`, the RFC 3339 time of a preview, takes the place of the age, so that the set can only have shrunk.
        """
        moment = self._before(max_age_hours, before)
        return sum(
            self.engine.store.cleanup.remove(self._all_there_were(), checked_statuses(statuses), moment)
        )

    def _all_there_were(self) -> list[str]:
        """Executions of a workflow that was deleted are there until they are cleaned up."""
        return self.engine.store.definitions.names_ever()

    def _before(self, max_age_hours: float, before: str | None) -> int:
        if isinstance(max_age_hours, bool) or not 0 <= max_age_hours <= 876_000:
            raise InvalidInput(
                f"max_age_hours must be a number from 0 to 876000, not {max_age_hours!r}",
                pointer="/max_age_hours",
            )
        now = self.engine.store.now()
        given = checked_time(before, "before")
        return min(now, given) if given is not None else now - round(max_age_hours * 3_600_000)


#: The manager of this process.
workflow_manager = WorkflowManager(workflow_engine)
