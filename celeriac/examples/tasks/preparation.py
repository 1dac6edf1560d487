"""`data_processing`, first half: validate, clean and transform the bundled orders."""

from __future__ import annotations

import csv
from collections import Counter
from typing import Any

from celery import shared_task

from celeriac.examples import arguments
from celeriac.examples.cleaning import clean
from celeriac.examples.data.make_orders import ORDERS
from celeriac.examples.errors import BadInput
from celeriac.examples.orders import Order, read_orders, read_rows, write_orders
from celeriac.examples.work_files import existing_file, new_file

#: Minimum quality if the input has none: for the strict rules, and for the lenient ones.
_THRESHOLDS = {"strict": 0.95, "lenient": 0.5}
_CLEANING_OPTIONS = ("remove_nulls", "remove_duplicates", "repair_numbers")
_SIZES = ((2_500, "small"), (10_000, "medium"), (50_000, "large"))  # up to so many cents


@shared_task(name="validate_data")
def validate_data(input: dict[str, Any], validation_rules: str = "strict") -> dict[str, Any]:
    """Checks the input and every row; too many flaws are an error. Returns the counts and the quality."""
    rules = arguments.choice("validation_rules", validation_rules, tuple(_THRESHOLDS))
    options = arguments.section(input, "processing_options")
    threshold = arguments.number(options, "quality_threshold", _THRESHOLDS[rules], low=0, high=1)
    arguments.choice("output_format", options.get("output_format", "json"), ("json", "csv"))
    arguments.recipients(input, "notification_recipients")
    checked = clean(read_rows())
    if checked.quality < threshold:
        raise BadInput(
            f"only {checked.quality:.1%} of the {checked.rows_in:,} rows are usable, "
            f"quality_threshold requires {threshold:.1%}; lower it or fix the data"
        )
    return {
        "dataset_id": _dataset_id(input),
        "source": ORDERS.name,
        "rows_in": checked.rows_in,
        "rows_flawed": checked.dropped.total(),
        "flaws": dict(sorted(checked.dropped.items())),
        "quality": round(checked.quality, 4),
        "quality_threshold": threshold,
    }


@shared_task(name="clean_dataset")
def clean_dataset(validate_input: dict[str, Any], cleaning_options: dict[str, Any]) -> dict[str, Any]:
    """Drops and repairs rows. Returns the counts and the name of the file with the remaining orders."""
    arguments.known_keys("cleaning_options", cleaning_options, _CLEANING_OPTIONS)
    options = {name: arguments.flag(cleaning_options, name, True) for name in _CLEANING_OPTIONS}
    cleaning = clean(read_rows(), **options)
    path = new_file("clean", "csv")
    write_orders(cleaning.orders, path)
    return {"dataset_id": validate_input.get("dataset_id"), **cleaning.counts(), "file": path.name}


@shared_task(name="transform_dataset")
def transform_dataset(clean_data: dict[str, Any], transformation_rules: str) -> dict[str, Any]:
    """Adds month, weekday, discount and size to each order. Returns the name of the file with all columns."""
    arguments.choice("transformation_rules", transformation_rules, ("standard",))
    orders = read_orders(existing_file(clean_data.get("file")))
    path = new_file("transformed", "csv")
    columns = ["order_id", "customer_id", "country", "product", "category", "quantity", "amount"]
    added = ["month", "weekday", "discount_percent", "size"]
    sizes: Counter[str] = Counter()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns + added)
        for order in orders:
            extra = [order.month, f"{order.ordered_on:%a}", _discount(order), _size(order)]
            writer.writerow([*(getattr(order, column) for column in columns), *extra])
            sizes[_size(order)] += 1
    return {
        "dataset_id": clean_data.get("dataset_id"),
        "rows_in": len(orders),
        "rows_out": len(orders),
        "columns_added": added,
        "orders_by_size": dict(sorted(sizes.items())),
        "file": path.name,
    }


def _discount(order: Order) -> int:
    """Discount on the list price in per cent, rounded."""
    listed = order.quantity * order.unit_price
    return round(100 * (listed - order.amount) / listed) if listed else 0


def _size(order: Order) -> str:
    return next((name for up_to, name in _SIZES if order.amount <= up_to), "huge")


def _dataset_id(input: dict[str, Any]) -> int | str | None:
    value = input.get("dataset_id")
    if isinstance(value, bool) or not (value is None or isinstance(value, int | str)):
        raise BadInput(f"dataset_id must be a number or a string, not a {type(value).__name__}")
    if isinstance(value, str) and len(value) > 100:
        raise BadInput("dataset_id must have at most 100 characters")
    return value
