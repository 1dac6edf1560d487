"""examples/patterns/branch_and_join.py: both ways lead to the booking."""

from __future__ import annotations

import pytest

from tests.integration.patterns.conftest import Patterns
from tests.support.executions import statuses, step_of


@pytest.mark.parametrize(
    ("prices", "taken", "left", "reason", "booked"),
    [
        (
            [400, 750],
            "by_manager",
            "by_rule",
            "by_manager was chosen: amount > 1000 was true: 1,150",
            "R-1: 1,150 booked, approved by the manager",
        ),
        (
            [400],
            "by_rule",
            "by_manager",
            "amount > 1000 was false: 400",
            "R-1: 400 booked, approved by rule 7",
        ),
    ],
)
def test_the_invoice_is_booked_when_either_way_was_taken(
    patterns: Patterns, prices: list[int], taken: str, left: str, reason: str, booked: str
) -> None:
    lines = [{"price": price} for price in prices]

    execution = patterns.launch("branch_and_join", {"number": "R-1", "lines": lines})

    assert execution["status"] == "success"
    assert statuses(execution) == {
        "read_invoice": "success",
        taken: "success",
        left: "skipped",
        "book": "success",
    }
    assert step_of(execution, left)["reason"] == reason
    assert execution["progress"]["percentage"] == 100
    assert execution["result"] == {"book": booked}
