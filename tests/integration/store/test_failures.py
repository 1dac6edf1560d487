"""The failure behind an execution's error, read for its page."""

from __future__ import annotations

import json

from celeriac.engine.engine import WorkflowEngine
from tests.support.playing import hold, play
from tests.support.workflows import step


def fail_attempt(engine: WorkflowEngine, execution_id: str, message: str, *, again: bool) -> None:
    """The one step that is queued fails; `again`: it has another attempt at once."""
    (claim,) = hold(engine, execution_id)
    error = {"kind": "error", "type": "ValueError", "message": message}
    engine.store.transitions.fail_step(
        execution_id,
        claim.unit,
        claim.attempt,
        claim.claim,
        kind="error",
        retry_in=0.0 if again else None,
        uses_attempt=True,
        error=json.dumps(error).encode(),
        traceback=f"Traceback {claim.attempt}",
        stopped=True,
    )


def launch(engine: WorkflowEngine, **fields: int) -> str:
    engine.register_workflow("two", [step("load", **fields), step("after", after="load")])
    engine.publish_workflows()
    return engine.execute_workflow("two", {})


def test_failure_is_that_of_the_last_attempt_and_tells_whether_all_were_alike(engine: WorkflowEngine) -> None:
    found = []
    for messages in (("no", "no", "no"), ("no", "odd", "no")):
        execution_id = launch(engine, retry_count=2)
        for number, message in enumerate(messages, 1):
            fail_attempt(engine, execution_id, message, again=number < 3)
        found.append(engine.executions.failure(execution_id))

    alike, different = found
    assert alike is not None
    assert different is not None
    assert (alike["step"], alike["item"], alike["level"]) == ("load", None, 1)
    assert (alike["attempt"], alike["attempt_limit"], alike["attempts"]) == (3, 3, 3)
    assert (alike["error"]["message"], alike["error"]["traceback"]) == ("no", "Traceback 3")
    assert (alike["alike"], different["alike"]) == (True, False)


def test_attempts_of_earlier_rounds_do_not_count_when_it_was_taken_up_again(engine: WorkflowEngine) -> None:
    execution_id = launch(engine, retry_count=1)
    for message, again in (("first", True), ("first", False)):
        fail_attempt(engine, execution_id, message, again=again)
    engine.executions.retry(execution_id)
    assert engine.executions.failure(execution_id) is None

    for message, again in (("second", True), ("second", False)):
        fail_attempt(engine, execution_id, message, again=again)

    failure = engine.executions.failure(execution_id)
    assert failure is not None
    assert (failure["attempt"], failure["attempt_limit"], failure["attempts"]) == (4, 4, 2)
    assert failure["alike"]


def test_failure_names_the_item_when_one_of_a_mapped_step_failed(engine: WorkflowEngine) -> None:
    steps = [step("numbers"), step("each", map_over="numbers", retry_count=0)]
    engine.register_workflow("mapping", steps)
    engine.publish_workflows()
    execution_id = engine.execute_workflow("mapping", {})
    play(engine, execution_id, {"numbers": [1, 2], "each": lambda item: ValueError("no") if item else 1})

    failure = engine.executions.failure(execution_id)

    assert failure is not None
    assert (failure["step"], failure["item"], failure["attempt_limit"]) == ("each", 1, 1)


def test_there_is_none_when_all_went_well(engine: WorkflowEngine) -> None:
    execution_id = launch(engine)
    play(engine, execution_id)

    assert engine.executions.failure(execution_id) is None
