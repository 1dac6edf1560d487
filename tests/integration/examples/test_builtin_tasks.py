"""The built-in tasks as steps, on a real store and a real worker."""

from __future__ import annotations

from celeriac.engine.engine import WorkflowEngine
from tests.support.executions import wait_until_ended
from tests.support.workers import Worker
from tests.support.workflows import step


def test_the_built_in_tasks_do_what_they_say_when_they_are_steps(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    steps = [
        step("nothing", "noop", parameters={"anything": 1}),
        step("unstable", "fail", parameters={"message": "not yet", "times": 2}),
        step("pause", "sleep", parameters={"seconds": 0.01}),
        step("mirror", "echo", after=["nothing", "unstable", "pause"], parameters={"x": [1]}),
    ]
    shared_engine.register_workflow("built_in", steps)
    shared_engine.publish_workflows()

    execution_id = shared_engine.execute_workflow("built_in", {"a": 1})
    execution = wait_until_ended(shared_engine, execution_id)

    assert execution["result"] == {
        "mirror": {
            "input": {"a": 1},
            "nothing": None,
            "unstable": {"attempt": 3},
            "pause": {"slept": 0.01},
            "x": [1],
        }
    }
    attempts = shared_engine.steps.get(execution_id, "unstable")["attempts"]
    assert [attempt["status"] for attempt in attempts] == ["failure", "failure", "success"]
    assert attempts[0]["error"] is not None
    assert attempts[0]["error"]["message"] == "not yet"


def test_the_execution_fails_with_the_message_when_fail_fails_for_good(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    shared_engine.register_workflow("failing", [step("broken", "fail", retry_count=0)])
    shared_engine.publish_workflows()

    execution = wait_until_ended(shared_engine, shared_engine.execute_workflow("failing", {}))

    assert execution["status"] == "failure"
    assert execution["error"] is not None
    assert execution["error"]["message"] == "failed on purpose"
