"""Example tasks run as a worker calls them, in a data directory of their own."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from celery import current_app

from celeriac.engine.workflows.conditions.conditions import choose
from celeriac.engine.workflows.definition.definition import (
    WorkflowDefinition,
    WorkflowStep,
    define_workflow,
)
from celeriac.examples import register

Results = dict[str, Any]


class Registered:
    """Stands in for the engine: keeps what is registered."""

    def __init__(self) -> None:
        self.definitions: dict[str, WorkflowDefinition] = {}

    def register_workflow(self, workflow_id: str, steps: list[WorkflowStep], **options: Any) -> None:
        self.definitions[workflow_id] = define_workflow(workflow_id, steps, **options)


@pytest.fixture(scope="session")
def definitions() -> dict[str, WorkflowDefinition]:
    registered = Registered()
    register(registered)
    return registered.definitions


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CELERIAC_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def call(task_name: str, parameters: dict[str, Any], context: dict[str, Any]) -> Any:
    """Call a task with its parameters and with what it takes of the context."""
    task = current_app.tasks[task_name]
    takes = inspect.signature(task.run).parameters
    return task(**{name: value for name, value in context.items() if name in takes}, **parameters)


@pytest.fixture
def execute(definitions: dict[str, WorkflowDefinition], data_dir: Path) -> Callable[..., Results]:
    """`execute(workflow_id, input)` calls the tasks of the steps in order and gives their results by step name.

    As in the engine, what a branch does not choose is left out.
    """

    def execute(workflow_id: str, input: dict[str, Any] | None = None, until: str | None = None) -> Results:
        definition = definitions[workflow_id]
        given = definition.example_input if input is None else input
        results: Results = {}
        rejected: dict[str, str] = {}
        for step in definition.steps:
            if step.name in rejected:
                continue
            context = {"input": given, **{name: results[name] for name in step.depends_on}}
            results[step.name] = call(step.task_name, step.parameters, context)
            rejected |= choose(step.branch, results[step.name], given).rejected
            if step.name == until:
                break
        return results

    return execute
