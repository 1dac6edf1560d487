"""examples/patterns/retry_from_the_middle.py: what has succeeded is kept."""

from __future__ import annotations

from tests.integration.patterns.conftest import Patterns
from tests.support.executions import statuses, step_of

INVOICES = [{"currency": "GBP", "amount": 20}, {"currency": "EUR", "amount": 5}]


def test_reading_is_not_repeated_when_the_execution_is_retried(patterns: Patterns) -> None:
    failed = patterns.launch("retry_from_the_middle", {"down_for": 1, "invoices": INVOICES})
    assert (failed["status"], statuses(failed)) == (
        "failure",
        {"read": "success", "convert": "failure", "send": "skipped"},
    )

    again = patterns.retry(failed)
    execution = patterns.ended(failed["execution_id"])

    assert again == ["convert", "send"]
    assert (execution["status"], execution["round"], execution["error"]) == ("success", 2, None)
    attempts = {step["name"]: step["attempt"] for step in execution["steps"]}
    assert attempts == {"read": 1, "convert": 2, "send": 1}
    assert step_of(execution, "read") == step_of(failed, "read")
    assert execution["result"] == {"send": "1 invoices over 25.00 EUR sent"}


def test_it_can_be_retried_again_when_the_retry_has_failed_too(patterns: Patterns) -> None:
    failed = patterns.launch("retry_from_the_middle", {"down_for": 2, "invoices": INVOICES})

    for expected in ("failure", "success"):
        patterns.retry(failed)
        assert patterns.ended(failed["execution_id"])["status"] == expected

    execution = patterns.ended(failed["execution_id"])
    assert (execution["round"], step_of(execution, "convert")["attempt"]) == (3, 3)
