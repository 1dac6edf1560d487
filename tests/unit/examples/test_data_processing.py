"""The tasks of `data_processing` on the bundled orders."""

from __future__ import annotations

import csv
import email
import email.policy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from celeriac.engine.workflows.json.strict_json import dumps
from celeriac.examples.tasks.analysis import analyze_dataset
from celeriac.examples.tasks.preparation import clean_dataset, transform_dataset, validate_data
from celeriac.examples.tasks.reporting import generate_analysis_report, send_completion_notification

Execute = Callable[..., dict[str, Any]]
VALIDATED = {"dataset_id": None}


def test_flaws_are_counted_when_the_data_is_validated(execute: Execute) -> None:
    result = execute("data_processing", until="validate_input")["validate_input"]

    assert result["rows_in"] == 3000
    assert sorted(result["flaws"]) == ["duplicate_id", "empty_field", "negative_quantity", "wrong_date"]
    assert result["rows_flawed"] == sum(result["flaws"].values())
    assert result["quality"] == round(1 - result["rows_flawed"] / 3000, 4)
    assert result["dataset_id"] == 123


def test_every_row_is_kept_dropped_or_repaired_when_the_data_is_cleaned(
    execute: Execute, data_dir: Path
) -> None:
    result = execute("data_processing", until="clean_data")["clean_data"]

    assert result["rows_in"] == result["rows_out"] + result["rows_dropped"] == 3000
    assert result["rows_dropped"] == sum(result["dropped"].values()) > 0
    assert result["repaired"]["thousands_separator"] > 0
    lines = (data_dir / "work" / result["file"]).read_text().splitlines()
    assert len(lines) == 1 + result["rows_out"]


def test_more_rows_are_kept_when_missing_values_may_stay(data_dir: Path) -> None:
    strict = clean_dataset(validate_input=VALIDATED, cleaning_options={})
    lenient = clean_dataset(validate_input=VALIDATED, cleaning_options={"remove_nulls": False})
    trusting = clean_dataset(validate_input=VALIDATED, cleaning_options={"remove_duplicates": False})
    unrepaired = clean_dataset(validate_input=VALIDATED, cleaning_options={"repair_numbers": False})

    assert lenient["rows_out"] > strict["rows_out"]
    assert lenient["repaired"]["empty_field"] > 0
    assert "duplicate_id" not in trusting["dropped"]
    assert unrepaired["dropped"]["unreadable_number"] >= strict["repaired"]["thousands_separator"] > 0
    assert unrepaired["repaired"] == {}


def test_columns_are_added_when_the_data_is_transformed(execute: Execute, data_dir: Path) -> None:
    result = execute("data_processing", until="transform_data")["transform_data"]

    with (data_dir / "work" / result["file"]).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == result["rows_in"] == result["rows_out"] == sum(result["orders_by_size"].values())
    assert set(result["columns_added"]) == {"month", "weekday", "discount_percent", "size"} < set(rows[0])
    assert {row["discount_percent"] for row in rows} == {"0", "5", "10", "15"}


def test_the_parts_add_up_when_the_data_is_analysed(execute: Execute, data_dir: Path) -> None:
    result = execute("data_processing", until="analyze_data")["analyze_data"]

    assert sum(result["by_month"].values()) == pytest.approx(result["revenue"])
    assert sum(result["by_weekday"].values()) == pytest.approx(result["revenue"])
    assert sum(result["by_size"].values()) == pytest.approx(result["revenue"])
    assert list(result["by_month"]) == [f"2025-{month:02}" for month in range(1, 13)]
    written = json.loads((data_dir / "work" / result["file"]).read_text())
    assert written["revenue"] == result["revenue"]


def test_the_figures_are_written_as_csv_when_the_input_asks_for_it(execute: Execute, data_dir: Path) -> None:
    given = {"processing_options": {"output_format": "csv"}}
    result = execute("data_processing", given, until="analyze_data")["analyze_data"]

    with (data_dir / "work" / result["file"]).open(newline="") as file:
        rows = list(csv.reader(file))
    assert result["file"].endswith(".csv")
    assert ["revenue", "", str(result["revenue"])] in rows


def test_a_real_pdf_is_written_when_the_report_is_generated(execute: Execute, data_dir: Path) -> None:
    result = execute("data_processing", until="generate_report")["generate_report"]

    content = (data_dir / "work" / result["file"]).read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    assert (result["pages"], result["bytes"]) == (2, len(content))


def test_a_page_is_enough_when_the_analysis_was_basic(execute: Execute, data_dir: Path) -> None:
    transformed = execute("data_processing", {"dataset_id": "日本 <b>"}, until="transform_data")[
        "transform_data"
    ]
    analysed = analyze_dataset(input={}, transform_data=transformed, analysis_type="basic")

    assert generate_analysis_report(analyze_data=analysed, format="pdf")["pages"] == 1


def test_a_message_with_the_report_lies_in_the_outbox_when_the_notification_is_sent(
    execute: Execute, data_dir: Path
) -> None:
    given = {
        "dataset_id": "a\r\nBcc: x@example.com",
        "notification_recipients": ["a@example.com", "b@example.com"],
    }
    results = execute("data_processing", given)

    result = results["send_notification"]
    content = (data_dir / "work" / "outbox" / result["message"]).read_bytes()
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert message["To"] == "a@example.com, b@example.com"
    assert message["Subject"] == "Data set a Bcc: x@example.com has been processed"
    assert message["Bcc"] is None
    [attachment] = message.iter_attachments()
    assert attachment.get_content().startswith(b"%PDF-")
    assert attachment.get_filename() == results["generate_report"]["file"] == result["attached"]


def test_results_are_small_json_objects_when_everything_succeeds(execute: Execute) -> None:
    for result in execute("data_processing", {}).values():
        assert isinstance(result, dict)
        assert len(dumps(result)) < 4000


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"processing_options": {"quality_threshold": 0.99}}, r"only 9\d\.\d% of the 3,000 rows are usable"),
        (
            {"processing_options": {"quality_threshold": "high"}},
            "quality_threshold must be a number, not 'high'",
        ),
        ({"processing_options": {"quality_threshold": True}}, "quality_threshold must be a number, not True"),
        ({"processing_options": {"quality_threshold": 2}}, "quality_threshold must be from 0 to 1, not 2"),
        (
            {"processing_options": {"output_format": "xml"}},
            "output_format must be 'json' or 'csv', not 'xml'",
        ),
        ({"processing_options": {"output_format": []}}, "output_format must be 'json' or 'csv'"),
        ({"processing_options": [1]}, "processing_options must be an object"),
        ({"dataset_id": [1]}, "dataset_id must be a number or a string, not a list"),
        ({"dataset_id": "x" * 101}, "at most 100 characters"),
        ({"notification_recipients": "a@example.com"}, "must be a list of at most 50 addresses"),
        ({"notification_recipients": ["a@example.com"] * 51}, "must be a list of at most 50 addresses"),
        ({"notification_recipients": ["nobody"]}, "'nobody' is not an e-mail address"),
        ({"notification_recipients": ["a@example.com\nBcc: b@example.com"]}, "is not an e-mail address"),
        ({"notification_recipients": [None]}, "None is not an e-mail address"),
    ],
)
def test_the_input_is_refused_when_it_does_not_fit(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        validate_data(input=given, validation_rules="strict")


def test_the_parameter_is_named_when_it_does_not_fit(data_dir: Path) -> None:
    with pytest.raises(ValueError, match="validation_rules must be 'strict' or 'lenient', not 'none'"):
        validate_data(input={}, validation_rules="none")
    with pytest.raises(ValueError, match="cleaning_options has no 'remove_null'; known are remove_nulls"):
        clean_dataset(validate_input=VALIDATED, cleaning_options={"remove_null": True})
    with pytest.raises(ValueError, match="remove_nulls must be true or false, not 1"):
        clean_dataset(validate_input=VALIDATED, cleaning_options={"remove_nulls": 1})
    with pytest.raises(ValueError, match="transformation_rules must be 'standard'"):
        transform_dataset(clean_data={}, transformation_rules="odd")
    with pytest.raises(ValueError, match="analysis_type must be 'basic' or 'comprehensive'"):
        analyze_dataset(input={}, transform_data={}, analysis_type="odd")
    with pytest.raises(ValueError, match="format must be 'pdf', not 'docx'"):
        generate_analysis_report(analyze_data={}, format="docx")
    with pytest.raises(ValueError, match="notification_type must be 'email', not 'sms'"):
        send_completion_notification(input={}, generate_report={}, notification_type="sms")


def test_the_analysis_says_so_when_no_order_is_left(execute: Execute, data_dir: Path) -> None:
    transformed = execute("data_processing", until="transform_data")["transform_data"]
    path = data_dir / "work" / transformed["file"]
    path.write_text(path.read_text().splitlines()[0] + "\n")

    with pytest.raises(ValueError, match="there are no orders to analyse"):
        analyze_dataset(input={}, transform_data=transformed, analysis_type="basic")
