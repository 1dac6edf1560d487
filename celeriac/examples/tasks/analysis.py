"""`data_processing`: analyse the transformed orders."""

from __future__ import annotations

import csv
import json
import statistics
from collections import Counter
from pathlib import Path
from typing import Any

from celery import shared_task

from celeriac.examples import arguments
from celeriac.examples.errors import BadInput
from celeriac.examples.orders import euros
from celeriac.examples.work_files import existing_file, new_file

Row = dict[str, str]


@shared_task(name="analyze_dataset")
def analyze_dataset(
    input: dict[str, Any], transform_data: dict[str, Any], analysis_type: str
) -> dict[str, Any]:
    """Revenue by month, country, product and weekday. Returns the figures and the name of a file with them.

    The file is JSON or CSV, according to `processing_options.output_format` of the input.
    """
    arguments.choice("analysis_type", analysis_type, ("basic", "comprehensive"))
    options = arguments.section(input, "processing_options")
    output_format = arguments.choice("output_format", options.get("output_format", "json"), ("json", "csv"))
    with existing_file(transform_data.get("file")).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        raise BadInput("there are no orders to analyse: the cleaning dropped every row")
    figures = _totals(rows)
    if analysis_type == "comprehensive":
        figures |= _breakdowns(rows)
    path = new_file("analysis", output_format)
    _write(figures, path)
    return {
        "dataset_id": transform_data.get("dataset_id"),
        "rows_in": len(rows),
        **figures,
        "file": path.name,
    }


def _totals(rows: list[Row]) -> dict[str, Any]:
    amounts = [int(row["amount"]) for row in rows]
    per_customer = Counter(row["customer_id"] for row in rows)
    repeated = sum(1 for orders in per_customer.values() if orders > 1)
    return {
        "revenue": euros(sum(amounts)),
        "orders": len(rows),
        "customers": len(per_customer),
        "repeat_customer_share": round(repeated / len(per_customer), 4),
        "mean_order": euros(statistics.fmean(amounts)),
        "median_order": euros(statistics.median(amounts)),
        "largest_order": euros(max(amounts)),
    }


def _breakdowns(rows: list[Row]) -> dict[str, Any]:
    months = _revenue_by(rows, "month")
    return {
        "by_month": {month: euros(months[month]) for month in sorted(months)},
        "by_country": _highest(_revenue_by(rows, "country"), 8),
        "by_product": _highest(_revenue_by(rows, "product"), 8),
        "by_weekday": _highest(_revenue_by(rows, "weekday"), 7),
        "by_size": _highest(_revenue_by(rows, "size"), 4),
    }


def _revenue_by(rows: list[Row], column: str) -> Counter[str]:
    revenue: Counter[str] = Counter()
    for row in rows:
        revenue[row[column]] += int(row["amount"])
    return revenue


def _highest(revenue: Counter[str], count: int) -> dict[str, float]:
    return {name: euros(cents) for name, cents in revenue.most_common(count)}


def _write(figures: dict[str, Any], path: Path) -> None:
    if path.suffix == ".json":
        path.write_text(json.dumps(figures, indent=2), encoding="utf-8")
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["figure", "of", "value"])
        for figure, value in figures.items():
            parts = value.items() if isinstance(value, dict) else [("", value)]
            writer.writerows([figure, part, number] for part, number in parts)
