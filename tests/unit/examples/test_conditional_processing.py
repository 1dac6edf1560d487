"""The tasks of `conditional_processing`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from celeriac.engine.workflows.json.strict_json import dumps
from celeriac.examples.tasks.conditional import (
    check_data_prerequisites,
    conditional_data_processing,
    detailed_data_analysis,
    quick_data_analysis,
)

Execute = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("data_size", "analysis"),
    [
        (5_000_000, "detailed_analysis"),
        (1_000_001, "detailed_analysis"),
        (1_000_000, "quick_analysis"),
        (10_000.5, "quick_analysis"),
        (10_000, None),
        (0, None),
    ],
)
def test_the_analysis_is_the_one_for_the_size_when_the_workflow_is_executed(
    execute: Execute, data_size: float, analysis: str | None
) -> None:
    results = execute("conditional_processing", {"data_size": data_size})

    assert results["conditional_processing"]["data_size"] == data_size
    assert list(results) == [
        "check_prerequisites",
        "conditional_processing",
        *([analysis] if analysis else []),
    ]


def test_the_bundled_file_is_measured_when_the_input_names_no_size(execute: Execute) -> None:
    results = execute("conditional_processing", {})

    assert results["check_prerequisites"]["rows"] == 3000
    assert results["conditional_processing"] == {
        "data_size": results["check_prerequisites"]["data_size"],
        "rows": 3000,
        "conditions": ["data_size_large", "data_size_small"],
    }
    assert "quick_analysis" in results


def test_both_analyses_count_their_rows_when_executed(execute: Execute) -> None:
    quick = execute("conditional_processing", {"data_size": 52_000})["quick_analysis"]
    detailed = execute("conditional_processing", {"data_size": 2_000_000})["detailed_analysis"]

    assert (quick["rows_in"], detailed["rows_in"]) == (300, 3000)
    assert detailed["rows_out"] == 3000 - detailed["rows_dropped"]
    assert quick["estimated_revenue"] == pytest.approx(detailed["revenue"], rel=0.5)
    assert sorted(detailed["order_quartiles"]) == detailed["order_quartiles"]
    assert all(len(dumps(result)) < 4000 for result in (quick, detailed))


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


def test_the_tasks_refuse_when_the_data_is_not_ready_or_the_mode_unknown() -> None:
    with pytest.raises(ValueError, match="the data is not ready"):
        quick_data_analysis(check_prerequisites={"ready": False}, mode="fast")
    with pytest.raises(ValueError, match="the data is not ready"):
        detailed_data_analysis(check_prerequisites={}, mode="comprehensive")
    with pytest.raises(ValueError, match="the data is not ready"):
        conditional_data_processing(check_prerequisites={"ready": False}, conditions={})
    with pytest.raises(ValueError, match="mode must be 'fast', not 'slow'"):
        quick_data_analysis(check_prerequisites={"ready": True}, mode="slow")
