"""examples/patterns/clean_up_after_failure.py: what was booked is undone, and the customer is told in any case."""

from __future__ import annotations

from tests.integration.patterns.conftest import Patterns
from tests.support.executions import statuses, step_of


def test_the_flight_is_cancelled_when_the_hotel_is_sold_out(patterns: Patterns) -> None:
    execution = patterns.launch("clean_up_after_failure", {"to": "Lisbon", "sold_out": ["hotel"]})

    assert execution["status"] == "failure"
    assert statuses(execution) == {
        "flight": "success",
        "hotel": "failure",
        "cancel_flight": "success",
        "tell": "success",
    }
    assert patterns.result(execution, "cancel_flight") == "flight-Lisbon was cancelled"
    assert patterns.result(execution, "tell") == "We are sorry: no trip to Lisbon."


def test_nothing_is_cancelled_when_there_was_no_flight(patterns: Patterns) -> None:
    execution = patterns.launch("clean_up_after_failure", {"to": "Lisbon", "sold_out": ["flight"]})

    assert execution["status"] == "failure"
    assert statuses(execution) == {
        "flight": "failure",
        "hotel": "skipped",
        "cancel_flight": "skipped",
        "tell": "success",
    }
    assert step_of(execution, "hotel")["reason"] == "stopped after flight failed"
    assert step_of(execution, "cancel_flight")["reason"] == (
        "flight.ticket exists was false: the step flight has no result"
    )
    assert patterns.result(execution, "tell") == "We are sorry: no trip to Lisbon."


def test_nothing_is_cancelled_when_everything_was_booked(patterns: Patterns) -> None:
    execution = patterns.launch("clean_up_after_failure", {"to": "Lisbon", "sold_out": []})

    assert execution["status"] == "success"
    assert step_of(execution, "cancel_flight")["status"] == "skipped"
    assert step_of(execution, "cancel_flight")["reason"] == "none of its dependencies failed"
    assert execution["progress"]["percentage"] == 100
    assert patterns.result(execution, "tell") == "Enjoy Lisbon!"
