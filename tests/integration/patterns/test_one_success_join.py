"""examples/patterns/one_success_join.py: one bank is enough."""

from __future__ import annotations

import pytest

from tests.integration.patterns.conftest import Patterns
from tests.support.executions import statuses, step_of


@pytest.mark.parametrize(
    ("rates", "price"),
    [
        ({"north": 1.1, "south": 1.2, "west": 1.3}, {"price": 120.0, "banks": 3}),
        ({"south": 1.25}, {"price": 125.0, "banks": 1}),
    ],
)
def test_there_is_a_price_when_a_bank_answers(
    patterns: Patterns, rates: dict[str, float], price: dict[str, float]
) -> None:
    execution = patterns.launch("one_success_join", {"amount": 100, "rates": rates})

    assert execution["status"] == "success"
    assert execution["result"] == {"price": price}
    for bank in ("north", "south", "west"):
        step = step_of(execution, bank)
        assert (step["status"], step.get("allowed")) == (
            ("success", None) if bank in rates else ("failure", True)
        )


def test_the_price_is_skipped_when_no_bank_answers(patterns: Patterns) -> None:
    execution = patterns.launch("one_success_join", {"amount": 100, "rates": {}})

    assert statuses(execution) == dict.fromkeys(["north", "south", "west"], "failure") | {"price": "skipped"}
    assert step_of(execution, "price")["reason"] == "north did not succeed"
    assert (execution["status"], execution["progress"]["percentage"]) == ("success", 100)
