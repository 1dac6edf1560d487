"""An attempt is claimed: one claim is let through, the others are refused with the reason."""

from __future__ import annotations

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.store.transitions import Claim, Created
from tests.support.transitions import WORKER, claim, claimed, clean, fail


def test_one_claim_is_let_through_when_two_arrive(engine: WorkflowEngine, line: Created) -> None:
    first = claim(engine, line.orders[0], "task.1")
    second = claim(engine, line.orders[0], "task.2")

    assert isinstance(first, Claim)
    assert second == "r attempt 1"
    clean(engine, line.execution_id)


def test_the_same_claim_is_answered_again_when_its_answer_was_lost(
    engine: WorkflowEngine, line: Created
) -> None:
    first = claimed(engine, line.orders[0])
    again = claimed(engine, line.orders[0])

    assert (again.input, again.results) == (first.input, first.results)
    assert [event["event"] for event in engine.executions.events(line.execution_id)].count(
        "step_running"
    ) == 1
    clean(engine, line.execution_id)


def test_a_claim_is_refused_when_the_execution_is_unknown(engine: WorkflowEngine) -> None:
    assert engine.store.transitions.claim_step("nowhere", "0", 1, "task.1", WORKER) == "unknown execution"


def test_a_claim_is_refused_when_its_attempt_is_over(engine: WorkflowEngine, line: Created) -> None:
    held = claimed(engine, line.orders[0])
    assert fail(engine, held, retry_in=0.0) == "retrying"

    assert claim(engine, line.orders[0], "task.2") == "q attempt 2"
    clean(engine, line.execution_id)
