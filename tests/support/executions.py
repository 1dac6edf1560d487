"""Looking at executions from a test: wait for an end, for a step's status, for marks."""

from __future__ import annotations

from pathlib import Path

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.workflows.progress.views import ExecutionView, StepView
from tests.support.waiting import eventually

ENDED = ("success", "failure", "cancelled")


def step_of(execution: ExecutionView, name: str) -> StepView:
    return next(step for step in execution["steps"] if step["name"] == name)


def wait_until_ended(engine: WorkflowEngine, execution_id: str, *, within: float = 30.0) -> ExecutionView:
    """The execution as it ended, whatever its status."""

    def ended() -> ExecutionView | None:
        execution = engine.get_workflow_status(execution_id)
        assert execution["status"] in ENDED, summary(execution)
        return execution

    ended.__doc__ = f"{execution_id} ends"
    result = eventually(ended, within=within)
    assert result is not None
    return result


def wait_for_step(
    engine: WorkflowEngine, execution_id: str, name: str, *statuses: str, within: float = 20.0
) -> ExecutionView:
    """The execution once step `name` has one of `statuses`."""

    def reached() -> ExecutionView | None:
        execution = engine.get_workflow_status(execution_id)
        assert step_of(execution, name)["status"] in statuses, summary(execution)
        return execution

    reached.__doc__ = f"step {name} of {execution_id} is {' or '.join(statuses)}"
    result = eventually(reached, within=within)
    assert result is not None
    return result


def statuses(execution: ExecutionView) -> dict[str, str]:
    return {step["name"]: step["status"] for step in execution["steps"]}


def summary(execution: ExecutionView) -> str:
    """One line that tells a failing test's reader where things stand."""
    steps, error = statuses(execution), execution["error"]
    return f"{execution['execution_id']} is {execution['status']}: {steps}; error {error}"


def starts(marks: Path) -> int:
    """How often bodies with this `marks` directory have started."""
    return len(list(marks.iterdir())) if marks.exists() else 0
