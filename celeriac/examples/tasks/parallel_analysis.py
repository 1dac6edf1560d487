"""`parallel_processing`, third and fourth level: behaviour, performance, and both combined."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from typing import Any

from celery import shared_task

from celeriac.examples import arguments
from celeriac.examples.orders import euros
from celeriac.examples.work_files import existing_file

_LOYAL_FROM = 5  # orders


@shared_task(name="analyze_user_behavior")
def analyze_user_behavior(
    prepare_user_data: dict[str, Any], prepare_analytics_data: dict[str, Any], analysis_type: str
) -> dict[str, Any]:
    """Segments of customers, the number of returning ones, the best of them, and the busiest days."""
    arguments.choice("analysis_type", analysis_type, ("behavioral",))
    users = _records(prepare_user_data)
    days = _records(prepare_analytics_data)
    segments = Counter(_segment(user["orders"]) for user in users.values())
    best = sorted(users, key=lambda customer: -users[customer]["revenue"])
    total = sum(user["revenue"] for user in users.values())
    top_tenth = sum(users[customer]["revenue"] for customer in best[: max(1, len(best) // 10)])
    return {
        "customers": len(users),
        "segments": dict(sorted(segments.items())),
        "repeat_customer_share": round(1 - segments["once"] / len(users), 4),
        "orders_per_customer": round(statistics.fmean(user["orders"] for user in users.values()), 2),
        "top_tenth_share": round(top_tenth / total, 4) if total else 0.0,
        "best_customers": {customer: euros(users[customer]["revenue"]) for customer in best[:5]},
        "orders_per_day": round(statistics.fmean(day["orders"] for day in days.values()), 2),
        "busiest_days": {
            day: days[day]["orders"] for day in sorted(days, key=lambda d: -days[d]["orders"])[:3]
        },
    }


@shared_task(name="analyze_product_performance")
def analyze_product_performance(
    prepare_product_data: dict[str, Any], prepare_analytics_data: dict[str, Any], analysis_type: str
) -> dict[str, Any]:
    """Best and weakest products, categories, and how the second half of the time compares with the first."""
    arguments.choice("analysis_type", analysis_type, ("performance",))
    products = _records(prepare_product_data)
    days = _records(prepare_analytics_data)
    ranked = sorted(products, key=lambda name: -products[name]["revenue"])
    categories: Counter[str] = Counter()
    for product in products.values():
        categories[product["category"]] += product["revenue"]
    first = sum(product["first_half"] for product in products.values())
    second = sum(product["second_half"] for product in products.values())
    revenue = sum(day["revenue"] for day in days.values())
    return {
        "products": len(products),
        "revenue": euros(revenue),
        "revenue_per_day": euros(revenue / len(days)),
        "revenue_growth": round(second / first - 1, 4) if first else None,
        "best_products": {name: euros(products[name]["revenue"]) for name in ranked[:5]},
        "weakest_products": {name: euros(products[name]["revenue"]) for name in ranked[-3:]},
        "falling_products": sorted(
            name for name, p in products.items() if p["second_half"] < p["first_half"]
        ),
        "by_category": {name: euros(cents) for name, cents in categories.most_common()},
    }


@shared_task(name="integrate_analysis_results")
def integrate_analysis_results(
    analyze_user_behavior: dict[str, Any],
    analyze_product_performance: dict[str, Any],
    integration_method: str,
) -> dict[str, Any]:
    """The key figures, and the tables for the dashboard."""
    arguments.choice("integration_method", integration_method, ("comprehensive",))
    users, products = analyze_user_behavior, analyze_product_performance
    return {
        "figures": {
            "revenue": products["revenue"],
            "revenue_per_day": products["revenue_per_day"],
            "revenue_growth": products["revenue_growth"],
            "orders_per_day": users["orders_per_day"],
            "customers": users["customers"],
            "repeat_customer_share": users["repeat_customer_share"],
            "top_tenth_share": users["top_tenth_share"],
            "falling_product_share": round(len(products["falling_products"]) / products["products"], 4),
        },
        "tables": {
            "Best products": products["best_products"],
            "Categories": products["by_category"],
            "Best customers": users["best_customers"],
        },
        "segments": users["segments"],
    }


def _records(prepared: dict[str, Any]) -> dict[str, Any]:
    """The records written by a preparing step; never empty."""
    records: dict[str, Any] = json.loads(existing_file(prepared.get("file")).read_text(encoding="utf-8"))
    return records


def _segment(orders: int) -> str:
    if orders == 1:
        return "once"
    return "loyal" if orders >= _LOYAL_FROM else "repeat"
