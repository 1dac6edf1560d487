"""The tasks of `conditional_processing`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.examples.tasks.conditional import (
    check_data_prerequisites,
    conditional_data_processing,
    detailed_data_analysis,
    quick_data_analysis,
)
from engine.workflows.strict_json import dumps

Execute = Callable[..., dict[str, Any]]


def condition(
    field: str = "data_size", threshold: Any = 10, task: Any = "quick", **changes: Any
) -> dict[str, Any]:
    return {
        "type": "value_greater_than",
        "params": {"field": field, "threshold": threshold},
        "task": task,
        **changes,
    }


@pytest.mark.parametrize(
    ("data_size", "choice", "name"),
    [
        (5_000_000, "detailed_analysis", "data_size_large"),
        (1_000_001, "detailed_analysis", "data_size_large"),
        (1_000_000, "quick_analysis", "data_size_small"),
        (10_000.5, "quick_analysis", "data_size_small"),
        (10_000, None, None),
        (0, None, None),
    ],
)
def test_the_first_condition_that_holds_chooses_when_evaluated_in_order(
    execute: Execute, data_size: float, choice: str | None, name: str | None
) -> None:
    result = execute("conditional_processing", {"data_size": data_size})["conditional_processing"]

    assert (result["choice"], result["condition"]) == (choice, name)
    assert [(one["condition"], one["value"]) for one in result["evaluated"]] == [
        ("data_size_large", data_size),
        ("data_size_small", data_size),
    ]


def test_the_bundled_file_is_measured_when_the_input_names_no_size(execute: Execute) -> None:
    results = execute("conditional_processing", {})

    assert results["check_prerequisites"]["rows"] == 3000
    assert results["conditional_processing"]["choice"] == "quick_analysis"
    assert results["conditional_processing"]["reason"].endswith("is greater than 10,000")


def test_both_analyses_count_their_rows_when_executed(execute: Execute) -> None:
    results = execute("conditional_processing")

    quick, detailed = results["quick_analysis"], results["detailed_analysis"]
    assert (quick["rows_in"], detailed["rows_in"]) == (300, 3000)
    assert detailed["rows_out"] == 3000 - detailed["rows_dropped"]
    assert quick["estimated_revenue"] == pytest.approx(detailed["revenue"], rel=0.5)
    assert sorted(detailed["order_quartiles"]) == detailed["order_quartiles"]
    assert all(len(dumps(result)) < 4000 for result in results.values())


def test_a_field_is_taken_from_the_result_first_when_the_input_has_it_too() -> None:
    result = conditional_data_processing(
        input={"data_size": 1, "priority": 11},
        check_prerequisites={"data_size": 5},
        conditions={"size": condition(), "priority": condition("priority", task="urgent")},
    )

    assert [(one["value"], one["holds"]) for one in result["evaluated"]] == [(5, False), (11, True)]
    assert result["choice"] == "urgent"


@pytest.mark.parametrize(
    ("data_size", "message"),
    [
        ("large", "data_size must be a number, not 'large'"),
        (True, "data_size must be a number, not True"),
        (-1, "data_size must be at least 0, not -1"),
        ([1], "data_size must be a number"),
        (float("nan"), "data_size must be a number, not nan"),
        ("9" * 300, "data_size must be a number, not '999"),
    ],
)
def test_the_input_is_refused_when_the_size_does_not_fit(data_size: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        check_data_prerequisites(input={"data_size": data_size})

    assert len(str(caught.value)) < 120


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({}, "conditions must be an object with at least one condition"),
        ([condition()], "conditions must be an object"),
        ({"a": "x > 1"}, "condition 'a' must be an object with type, params and task"),
        (
            {"a": condition(type="matches")},
            "type of condition 'a' must be 'value_greater_than', not 'matches'",
        ),
        ({"a": condition("colour")}, "condition 'a' asks for the field 'colour', which neither"),
        ({"a": condition(params=None)}, "condition 'a' asks for the field None"),
        ({"a": condition("name")}, "name must be a number, not 'x'"),
        ({"a": condition(threshold="10")}, "the threshold of condition 'a' must be a number, not '10'"),
        ({"a": condition(task=None)}, "condition 'a' names no task to choose"),
    ],
)
def test_the_condition_is_named_when_it_does_not_fit(conditions: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        conditional_data_processing(
            input={"name": "x"}, check_prerequisites={"data_size": 5}, conditions=conditions
        )


def test_the_analyses_refuse_when_the_data_is_not_ready_or_the_mode_unknown() -> None:
    with pytest.raises(ValueError, match="the data is not ready"):
        quick_data_analysis(check_prerequisites={"ready": False}, mode="fast")
    with pytest.raises(ValueError, match="the data is not ready"):
        detailed_data_analysis(check_prerequisites={}, mode="comprehensive")
    with pytest.raises(ValueError, match="mode must be 'fast', not 'slow'"):
        quick_data_analysis(check_prerequisites={"ready": True}, mode="slow")
