"""Mapped steps: a workflow with one, and what tests look at."""

from __future__ import annotations

from typing import Any

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.workflows.definition.steps import WorkflowStep
from celeriac.engine.workflows.progress.views import ExecutionView
from tests.support.executions import step_of, wait_until_ended
from tests.support.workflows import step


def mapped(items: int, *, task_name: str = "tests.item", **fields: Any) -> list[WorkflowStep]:
    """`source -> each -> sink`, over the numbers from 10 on."""
    return [
        step("source", "echo", parameters={"numbers": list(range(10, 10 + items))}),
        step("each", task_name, **{"map_over": "source.numbers", "retry_count": 0, **fields}),
        step("sink", "tests.everything", after="each"),
    ]


def launch(
    engine: WorkflowEngine, steps: list[WorkflowStep], input: dict[str, Any] | None = None, **options: Any
) -> str:
    engine.register_workflow("mapping", steps, **options)
    return engine.execute_workflow("mapping", input or {})


def play(engine: WorkflowEngine, steps: list[WorkflowStep], **options: Any) -> ExecutionView:
    return wait_until_ended(engine, launch(engine, steps, **options))


def counts(execution: ExecutionView) -> dict[str, int]:
    """How many items are in each status, without those that none is in."""
    return {status: count for status, count in step_of(execution, "each")["items"].items() if count}  # type: ignore[misc]


def attempts(engine: WorkflowEngine, execution_id: str) -> dict[int, int]:
    """How often each item has started."""
    found: dict[int, int] = {}
    for event in engine.executions.events(execution_id):
        if event["event"] == "step_running" and "item" in event:
            found[event["item"]] = event["attempt"]
    return dict(sorted(found.items()))


def result(engine: WorkflowEngine, execution: ExecutionView, name: str = "each") -> Any:
    return engine.steps.get(execution["execution_id"], name)["result"]
