"""What a clean-up would remove, exactly, and the removal. Active and pinned executions are never in its indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from celeriac.engine.store.connection import Connection
from celeriac.engine.store.keys import Keys
from celeriac.engine.store.transitions import Transitions
from celeriac.engine.workflows.progress.states import WorkflowStatus

BATCH = 100  # executions per script call, which keeps every call far below 20 ms


@dataclass(frozen=True, slots=True)
class Removable:
    """Counts of executions that ended before a time. `oldest` is ms, None if there are none."""

    by_status: dict[str, int]
    by_workflow: dict[str, int]
    oldest: int | None


class Cleanup:
    """Counts and removes."""

    def __init__(self, client: Connection, keys: Keys, transitions: Transitions) -> None:
        self._client, self._keys, self._transitions = client, keys, transitions

    def preview(self, workflows: Iterable[str], statuses: Iterable[WorkflowStatus], before: int) -> Removable:
        """What `remove` with the same arguments would remove."""
        pairs = [(workflow, status) for workflow in workflows for status in statuses]
        pipeline = self._client.pipeline(transaction=False)
        for workflow, status in pairs:
            key = self._keys.ended(workflow, status)
            pipeline.zcount(key, "-inf", f"({before}")
            pipeline.zrange(key, 0, 0, withscores=True)
        answers = pipeline.execute()
        by_status: dict[str, int] = {status.value: 0 for _, status in pairs}
        by_workflow: dict[str, int] = {}
        oldest: int | None = None
        for (workflow, status), count, first in zip(pairs, answers[::2], answers[1::2], strict=True):
            if count:
                by_status[status.value] += count
                by_workflow[workflow] = by_workflow.get(workflow, 0) + count
                oldest = min(int(first[0][1]), oldest or int(first[0][1]))
        return Removable(by_status, by_workflow, oldest)

    def remove(
        self, workflows: Iterable[str], statuses: Iterable[WorkflowStatus], before: int
    ) -> Iterator[int]:
        """Removes in batches; yields the number removed by each batch."""
        wanted = list(statuses)
        for workflow in workflows:
            for status in wanted:
                key = self._keys.ended(workflow, status)
                while batch := self._client.zrange(
                    key, "-inf", f"({before}", byscore=True, offset=0, num=BATCH
                ):
                    answers = self._transitions.delete_executions(
                        [name.decode() for name in batch], before=before
                    )
                    removed = answers.count("deleted")
                    yield removed
                    if removed == 0:
                        break
