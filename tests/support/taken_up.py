"""Executions that are taken up again: how tests launch them, and the workflows that need it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.workflows.definition.steps import WorkflowStep
from celeriac.engine.workflows.progress.views import ExecutionView
from tests.support.executions import wait_until_ended
from tests.support.workflows import step


def launch(engine: WorkflowEngine, steps: list[WorkflowStep], **options: Any) -> str:
    engine.register_workflow("again", steps, **options)
    return engine.execute_workflow("again", {})


def play(engine: WorkflowEngine, steps: list[WorkflowStep], **options: Any) -> ExecutionView:
    return wait_until_ended(engine, launch(engine, steps, **options))


def failing_once(marks: Path) -> list[WorkflowStep]:
    """`first -> middle -> last`, `beside`; `middle` fails on its first start."""
    return [
        step("first"),
        step(
            "middle",
            "tests.raise_error",
            after="first",
            retry_count=0,
            parameters={"marks": str(marks), "times": 1},
        ),
        step("last", "tests.everything", after="middle"),
        step("beside", after="first"),
    ]


def attempts(execution: ExecutionView) -> dict[str, int]:
    return {each["name"]: each["attempt"] for each in execution["steps"]}


def branch(**fields: Any) -> WorkflowStep:
    """Chooses `one`; `other` is there to be left out."""
    exists: dict[str, Any] = {"type": "value_exists", "params": {"field": "nothing"}}
    return step(
        "choose", conditions={"never": {**exists, "task": "other"}, "default": {"task": "one"}}, **fields
    )
