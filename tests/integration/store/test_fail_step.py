"""An attempt ends without success: the fence, and what becomes of the other steps."""

from __future__ import annotations

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.store.transitions import Created
from tests.support.executions import statuses
from tests.support.transitions import claimed, fail, launch
from tests.support.workflows import diamond


def test_a_report_is_stale_when_another_worker_holds_the_attempt(
    engine: WorkflowEngine, line: Created
) -> None:
    held = claimed(engine, line.orders[0], "mine.1")

    assert fail(engine, held, name="other.1") == "stale"
    assert fail(engine, held, name="mine.", kind="lost") == "failure"


def test_running_steps_finish_and_the_rest_is_skipped_when_one_fails(engine: WorkflowEngine) -> None:
    created = launch(engine, "diamond", diamond())
    _, middle, _ = engine.store.transitions.complete_step(claimed(engine, created.orders[0]), b"0")
    left, right = (claimed(engine, message, f"task{number}.1") for number, message in enumerate(middle))

    assert fail(engine, left) == "failure"
    assert engine.get_workflow_status(created.execution_id)["status"] == "running"
    engine.store.transitions.complete_step(right, b"2")

    execution = engine.get_workflow_status(created.execution_id)
    assert execution["status"] == "failure"
    assert statuses(execution) == {
        "top": "success",
        "left": "failure",
        "right": "success",
        "bottom": "skipped",
    }


def test_the_step_ends_failed_when_it_would_retry_after_another_has_failed(engine: WorkflowEngine) -> None:
    created = launch(engine, "diamond", diamond())
    _, middle, _ = engine.store.transitions.complete_step(claimed(engine, created.orders[0]), b"0")
    left, right = (claimed(engine, message, f"task{number}.1") for number, message in enumerate(middle))
    fail(engine, left)

    assert fail(engine, right, retry_in=5.0) == "failure"
    assert engine.get_workflow_status(created.execution_id)["status"] == "failure"
