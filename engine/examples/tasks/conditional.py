"""The tasks of `conditional_processing`: measure the data, analyse it in two ways, choose one."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping
from typing import Any

from celery import shared_task

from engine.examples import arguments
from engine.examples.cleaning import clean
from engine.examples.data.make_orders import COLUMNS, ORDERS
from engine.examples.errors import BadInput
from engine.examples.orders import euros, read_rows

_SAMPLE = 10  # the quick analysis reads one row in so many


@shared_task(name="check_data_prerequisites")
def check_data_prerequisites(input: dict[str, Any]) -> dict[str, Any]:
    """Measure the data. `data_size` (bytes) is what the input says, else the size of the bundled file."""
    size = arguments.number(input, "data_size", ORDERS.stat().st_size, low=0)
    rows = sum(1 for _ in read_rows())
    return {
        "ready": rows > 0,
        "source": ORDERS.name,
        "rows": rows,
        "columns": list(COLUMNS),
        "data_size": size,
    }


@shared_task(name="quick_data_analysis")
def quick_data_analysis(check_prerequisites: dict[str, Any], mode: str) -> dict[str, Any]:
    """Totals of a sample, scaled up."""
    arguments.choice("mode", mode, ("fast",))
    _check_ready(check_prerequisites)
    sample = [row for number, row in enumerate(read_rows()) if number % _SAMPLE == 0]
    cleaning = clean(sample)
    amounts = [order.amount for order in cleaning.orders]
    return {
        "mode": mode,
        "sample_of": _SAMPLE,
        **cleaning.counts(),
        "estimated_revenue": euros(sum(amounts) * _SAMPLE),
        "median_order": euros(statistics.median(amounts)),
    }


@shared_task(name="detailed_data_analysis")
def detailed_data_analysis(check_prerequisites: dict[str, Any], mode: str) -> dict[str, Any]:
    """All rows: totals, spread, the best countries and categories, and whether prices move quantities."""
    arguments.choice("mode", mode, ("comprehensive",))
    _check_ready(check_prerequisites)
    cleaning = clean(read_rows())
    amounts = [order.amount for order in cleaning.orders]
    countries: Counter[str] = Counter()
    categories: Counter[str] = Counter()
    for order in cleaning.orders:
        countries[order.country] += order.amount
        categories[order.category] += order.amount
    quartiles = statistics.quantiles(amounts, n=4)
    prices = [order.unit_price for order in cleaning.orders]
    quantities = [order.quantity for order in cleaning.orders]
    return {
        "mode": mode,
        **cleaning.counts(),
        "revenue": euros(sum(amounts)),
        "mean_order": euros(statistics.fmean(amounts)),
        "order_quartiles": [euros(value) for value in quartiles],
        "order_deviation": euros(statistics.pstdev(amounts)),
        "price_quantity_correlation": round(statistics.correlation(prices, quantities), 4),
        "by_country": {name: euros(cents) for name, cents in countries.most_common(5)},
        "by_category": {name: euros(cents) for name, cents in categories.most_common(5)},
    }


@shared_task(name="conditional_data_processing")
def conditional_data_processing(
    input: dict[str, Any], check_prerequisites: dict[str, Any], conditions: dict[str, Any]
) -> dict[str, Any]:
    """Evaluate the conditions in order; the first that holds chooses. `choice` is null if none does."""
    if not isinstance(conditions, dict) or not conditions:
        raise BadInput("conditions must be an object with at least one condition")
    evaluated = [
        _evaluate(name, condition, check_prerequisites, input) for name, condition in conditions.items()
    ]
    first = next((result for result in evaluated if result["holds"]), None)
    return {
        "choice": first and first["task"],
        "condition": first and first["condition"],
        "reason": _reason(first),
        "evaluated": evaluated,
    }


def _check_ready(prerequisites: Mapping[str, Any]) -> None:
    if prerequisites.get("ready") is not True:
        raise BadInput("the data is not ready: check_prerequisites found no rows")


def _evaluate(
    name: str, condition: Any, result: Mapping[str, Any], input: Mapping[str, Any]
) -> dict[str, Any]:
    """A field is looked up in the result of the step before, then in the input."""
    if not isinstance(condition, Mapping):
        raise BadInput(f"condition {name!r} must be an object with type, params and task")
    arguments.choice(f"the type of condition {name!r}", condition.get("type"), ("value_greater_than",))
    params = arguments.section(condition, "params")
    field = params.get("field")
    if not isinstance(field, str) or (field not in result and field not in input):
        raise BadInput(f"condition {name!r} asks for the field {field!r}, which neither result nor input has")
    if not isinstance(condition.get("task"), str):
        raise BadInput(f"condition {name!r} names no task to choose")
    value = arguments.checked_number(field, result[field] if field in result else input[field])
    threshold = arguments.checked_number(f"the threshold of condition {name!r}", params.get("threshold"))
    return {
        "condition": name,
        "field": field,
        "value": value,
        "threshold": threshold,
        "holds": value > threshold,
        "task": condition["task"],
    }


def _reason(first: Mapping[str, Any] | None) -> str:
    if first is None:
        return "no condition holds"
    return f"{first['field']} {first['value']:,} is greater than {first['threshold']:,}"
