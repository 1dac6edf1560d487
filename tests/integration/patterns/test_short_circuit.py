"""examples/patterns/short_circuit.py: with nothing to do the rest is left out."""

from __future__ import annotations

from tests.integration.patterns.conftest import Patterns
from tests.support.executions import statuses, step_of

ORDERS = [{"number": 19}, {"number": 18}]


def test_the_rest_is_skipped_when_nothing_is_new(patterns: Patterns) -> None:
    execution = patterns.launch("short_circuit", {"last_seen": 19, "orders": ORDERS})

    assert execution["status"] == "success"
    assert statuses(execution) == {"find": "success", "load": "skipped", "remember": "skipped"}
    assert step_of(execution, "load")["reason"] == "count > 0 was false: 0"
    assert step_of(execution, "remember")["reason"] == "none of its dependencies succeeded"
    assert execution["progress"]["percentage"] == 100


def test_everything_runs_when_something_is_new(patterns: Patterns) -> None:
    execution = patterns.launch("short_circuit", {"last_seen": 17, "orders": ORDERS})

    assert statuses(execution) == {"find": "success", "load": "success", "remember": "success"}
    assert execution["result"] == {"remember": {"last_seen": 19}}
