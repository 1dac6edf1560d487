"""What a worker of the newer release has: a task more than `old_tasks`, and the workflow that uses it."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from celeriac import WorkflowStep, workflow_engine
from tests.support.old_tasks import gather as gather


@shared_task(name="mixed.one")
def one(item: Any) -> Any:
    return item


workflow_engine.register_workflow(
    "mixed",
    [
        WorkflowStep("a", "mixed.one", map_over="input.list"),
        WorkflowStep("after", "mixed.gather", depends_on=["a"]),
    ],
)
