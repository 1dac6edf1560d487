"""`parallel_processing`, first two levels: one snapshot of the orders, and three views of it."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from celery import shared_task

from celeriac.examples import arguments
from celeriac.examples.cleaning import clean
from celeriac.examples.errors import BadInput
from celeriac.examples.orders import Order, euros, read_orders, read_rows, write_orders
from celeriac.examples.work_files import existing_file, new_file

_ROWS_OF_CONFIG = {"production": None, "test": 300}  # None: all


@shared_task(name="initialize_processing")
def initialize_processing(input: dict[str, Any], config: str) -> dict[str, Any]:
    """Checks the input and takes a clean snapshot, of all orders or (config "test") of the first 300."""
    arguments.choice("config", config, tuple(_ROWS_OF_CONFIG))
    arguments.recipients(input, "alert_recipients")
    for name, threshold in arguments.section(input, "thresholds").items():
        arguments.checked_number(f"the threshold {name}", threshold)
    cleaning = clean(list(read_rows())[: _ROWS_OF_CONFIG[config]])
    path = new_file("snapshot", "csv")
    write_orders(cleaning.orders, path)
    return {"config": config, **cleaning.counts(), "file": path.name}


@shared_task(name="prepare_user_data")
def prepare_user_data(initialize: dict[str, Any], data_type: str) -> dict[str, Any]:
    """One record for each customer: orders, revenue, first and last day."""
    arguments.choice("data_type", data_type, ("users",))
    orders = _snapshot(initialize)
    users = {
        customer: {
            "orders": len(theirs),
            "revenue": sum(order.amount for order in theirs),
            "country": theirs[0].country,
            "first": min(order.ordered_on for order in theirs).isoformat(),
            "last": max(order.ordered_on for order in theirs).isoformat(),
        }
        for customer, theirs in _grouped(orders, "customer_id").items()
    }
    return _prepared("users", orders, users)


@shared_task(name="prepare_product_data")
def prepare_product_data(initialize: dict[str, Any], data_type: str) -> dict[str, Any]:
    """One record for each product: pieces, revenue, and the revenue of both halves of the time."""
    arguments.choice("data_type", data_type, ("products",))
    orders = _snapshot(initialize)
    days = sorted(order.ordered_on for order in orders)
    middle = days[len(days) // 2]
    products = {
        product: {
            "category": sold[0].category,
            "pieces": sum(order.quantity for order in sold),
            "revenue": sum(order.amount for order in sold),
            "first_half": sum(order.amount for order in sold if order.ordered_on < middle),
            "second_half": sum(order.amount for order in sold if order.ordered_on >= middle),
        }
        for product, sold in _grouped(orders, "product").items()
    }
    return _prepared("products", orders, products)


@shared_task(name="prepare_analytics_data")
def prepare_analytics_data(initialize: dict[str, Any], data_type: str) -> dict[str, Any]:
    """One record for each day with orders: how many, and their revenue."""
    arguments.choice("data_type", data_type, ("analytics",))
    orders = _snapshot(initialize)
    days: dict[str, dict[str, int]] = defaultdict(lambda: {"orders": 0, "revenue": 0})
    for order in orders:
        day = days[order.ordered_on.isoformat()]
        day["orders"] += 1
        day["revenue"] += order.amount
    return _prepared("analytics", orders, dict(sorted(days.items())))


def _snapshot(initialize: dict[str, Any]) -> list[Order]:
    orders = read_orders(existing_file(initialize.get("file")))
    if not orders:
        raise BadInput("the snapshot has no orders: the cleaning dropped every row")
    return orders


def _grouped(orders: list[Order], column: str) -> dict[str, list[Order]]:
    groups: dict[str, list[Order]] = defaultdict(list)
    for order in orders:
        groups[getattr(order, column)].append(order)
    return groups


def _prepared(kind: str, orders: list[Order], records: dict[str, Any]) -> dict[str, Any]:
    """Writes the records (money in cents); the result of a preparing step."""
    path = new_file(kind, "json")
    path.write_text(json.dumps(records), encoding="utf-8")
    return {
        "data_type": kind,
        "rows_in": len(orders),
        "records": len(records),
        "revenue": euros(sum(order.amount for order in orders)),
        "file": path.name,
    }
