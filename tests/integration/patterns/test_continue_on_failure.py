"""examples/patterns/continue_on_failure.py: one table fails, the others are finished."""

from __future__ import annotations

from tests.integration.patterns.conftest import Patterns
from tests.support.executions import statuses, step_of


def test_the_others_are_finished_when_one_table_fails(patterns: Patterns) -> None:
    execution = patterns.launch(
        "continue_on_failure", {"at_least": 1000, "rows": {"orders": 5200, "stock": 340}}
    )

    assert execution["status"] == "failure"
    assert statuses(execution) == {
        "copy_orders": "success",
        "copy_customers": "failure",
        "copy_stock": "success",
        "check_orders": "success",
        "check_customers": "skipped",
        "check_stock": "success",
    }
    assert step_of(execution, "check_customers")["reason"] == "copy_customers did not succeed"
    assert step_of(execution, "copy_customers")["attempt"] == 1  # the error was final
    assert patterns.result(execution, "check_orders") == "orders is complete"
    assert patterns.result(execution, "check_stock") == "stock lacks rows"
    assert (execution["error"] or {})["step"] == "copy_customers"  # type: ignore[index]


def test_the_execution_succeeds_when_no_table_fails(patterns: Patterns) -> None:
    rows = {"orders": 1, "customers": 2, "stock": 3}

    execution = patterns.launch("continue_on_failure", {"at_least": 1, "rows": rows})

    assert execution["status"] == "success"
    assert execution["result"] == {f"check_{table}": f"{table} is complete" for table in rows}
