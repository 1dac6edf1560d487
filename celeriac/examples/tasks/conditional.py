"""The tasks of `conditional_processing`: measure the data, then analyse it according to its size."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping
from typing import Any

from celery import shared_task

from celeriac.examples import arguments
from celeriac.examples.cleaning import clean
from celeriac.examples.data.make_orders import COLUMNS, ORDERS
from celeriac.examples.errors import BadInput
from celeriac.examples.orders import euros, read_rows

_SAMPLE = 10  # the quick analysis reads one of so many rows


@shared_task(name="check_data_prerequisites")
def check_data_prerequisites(input: dict[str, Any]) -> dict[str, Any]:
    """Measures the data. `data_size` (bytes) is that of the input, or else the size of the bundled file."""
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
    """All rows: totals, spread, the best countries and categories, and the effect of prices on quantities."""
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
    check_prerequisites: dict[str, Any], conditions: dict[str, Any]
) -> dict[str, Any]:
    """The measured values: the engine evaluates the conditions on this result, and runs the analysis they choose."""
    _check_ready(check_prerequisites)
    return {
        "data_size": check_prerequisites["data_size"],
        "rows": check_prerequisites["rows"],
        "conditions": list(conditions),
    }


def _check_ready(prerequisites: Mapping[str, Any]) -> None:
    if prerequisites.get("ready") is not True:
        raise BadInput("the data is not ready: check_prerequisites found no rows")
