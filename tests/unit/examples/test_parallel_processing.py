"""The tasks of `parallel_processing`."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from celeriac.engine.workflows.json.strict_json import dumps
from celeriac.examples.dashboard import dashboard_html
from celeriac.examples.tasks.parallel_output import generate_dashboard, send_threshold_alerts
from celeriac.examples.tasks.parallel_preparation import initialize_processing, prepare_user_data

Execute = Callable[..., dict[str, Any]]
FIGURES = {
    "figures": {"revenue_growth": 0.1, "repeat_customer_share": 0.9, "orders_per_day": 7.0},
    "tables": {},
}


def test_three_views_agree_when_they_are_prepared_from_one_snapshot(execute: Execute, data_dir: Path) -> None:
    results = execute("parallel_processing")

    prepared = [results[f"prepare_{kind}_data"] for kind in ("user", "product", "analytics")]
    assert {view["rows_in"] for view in prepared} == {results["initialize"]["rows_out"]}
    assert len({view["revenue"] for view in prepared}) == 1
    for view in prepared:
        records = json.loads((data_dir / "work" / view["file"]).read_text())
        assert len(records) == view["records"]
        assert sum(record["revenue"] for record in records.values()) == round(view["revenue"] * 100)


def test_segments_and_categories_add_up_when_analysed(execute: Execute) -> None:
    results = execute("parallel_processing")

    users, products = results["analyze_user_behavior"], results["analyze_product_performance"]
    assert sum(users["segments"].values()) == users["customers"] == results["prepare_user_data"]["records"]
    assert sum(products["by_category"].values()) == pytest.approx(products["revenue"])
    assert products["revenue"] == results["prepare_analytics_data"]["revenue"]
    assert results["integrate_results"]["figures"]["revenue"] == products["revenue"]
    assert all(len(dumps(result)) < 4000 for result in results.values())


def test_a_page_that_needs_nothing_else_is_written_when_the_dashboard_is_generated(
    execute: Execute, data_dir: Path
) -> None:
    results = execute("parallel_processing")

    result = results["generate_dashboard"]
    page = (data_dir / "work" / result["file"]).read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert result["bytes"] == len(page.encode())
    assert f"{results['integrate_results']['figures']['revenue']:,}" in page
    assert "<script" not in page
    assert "http" not in page


def test_names_are_escaped_when_the_dashboard_shows_them() -> None:
    page = dashboard_html(
        {"<b>": None, "growth": 0.125}, {"<i>": {"<script>": 1.0, "none": 0.0}, "empty": {}}
    )

    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "not known" in page
    assert "12.5%" in page


def test_a_message_lies_in_the_outbox_when_a_figure_is_below_its_threshold(
    execute: Execute, data_dir: Path
) -> None:
    given = {
        "thresholds": {"repeat_customer_share": 1, "customers": 1},
        "alert_recipients": ["a@example.com"],
    }
    result = execute("parallel_processing", given)["send_alerts"]

    assert [alert["figure"] for alert in result["alerts"]] == ["repeat_customer_share"]
    content = (data_dir / "work" / "outbox" / result["message"]).read_bytes()
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert message["Subject"] == "1 alert of level high"
    assert message["To"] == "a@example.com"
    assert "repeat_customer_share" in message.get_content()


def test_no_message_is_written_when_no_figure_is_below_its_threshold(
    execute: Execute, data_dir: Path
) -> None:
    result = execute("parallel_processing", {})["send_alerts"]

    assert (result["alerts"], result["message"], result["recipients"]) == ([], None, [])
    assert not (data_dir / "work" / "outbox").exists()


def test_more_alerts_are_raised_when_the_level_is_lower(data_dir: Path) -> None:
    levels = [
        send_threshold_alerts(input={}, integrate_results=FIGURES, alert_level=level)["alerts"]
        for level in ("high", "medium", "low")
    ]

    assert [len(alerts) for alerts in levels] == [0, 1, 3]


def test_a_figure_that_is_not_known_raises_no_alert_when_compared(data_dir: Path) -> None:
    figures = {"figures": {**FIGURES["figures"], "revenue_growth": None}, "tables": {}}

    assert send_threshold_alerts(input={}, integrate_results=figures, alert_level="high")["alerts"] == []


def test_a_part_of_the_rows_is_taken_when_the_configuration_is_for_tests(data_dir: Path) -> None:
    assert initialize_processing(input={}, config="test")["rows_in"] == 300


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"thresholds": {"revenue": "much"}}, "the threshold revenue must be a number, not 'much'"),
        ({"thresholds": 5}, "thresholds must be an object, not 5"),
        ({"alert_recipients": [7]}, "7 is not an e-mail address"),
    ],
)
def test_the_input_is_refused_when_it_does_not_fit(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        initialize_processing(input=given, config="production")


def test_the_parameter_is_named_when_it_does_not_fit(data_dir: Path) -> None:
    with pytest.raises(ValueError, match="config must be 'production' or 'test', not 'staging'"):
        initialize_processing(input={}, config="staging")
    with pytest.raises(ValueError, match="data_type must be 'users', not 'products'"):
        prepare_user_data(initialize={}, data_type="products")
    with pytest.raises(ValueError, match="dashboard_type must be 'executive'"):
        generate_dashboard(integrate_results=FIGURES, dashboard_type="full")
    with pytest.raises(ValueError, match="alert_level must be 'low' or 'medium' or 'high', not 'none'"):
        send_threshold_alerts(input={}, integrate_results=FIGURES, alert_level="none")
    with pytest.raises(ValueError, match="the list of figures has no 'rain'; known are revenue_growth"):
        send_threshold_alerts(
            input={"thresholds": {"rain": 1}}, integrate_results=FIGURES, alert_level="high"
        )
