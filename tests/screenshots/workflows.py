"""What is launched for the pictures: the night of a chain of shops, a forecast of many steps, a definition given as JSON."""

from __future__ import annotations

from typing import Any

from celeriac.engine.workflows.definition.definition import WorkflowStep
from tests.screenshots import shop as _defines_the_tasks  # noqa: F401
from tests.support.workflows import step

PHOTOS = [f"{what}-{number}.jpg" for what in ("chair", "lamp", "table") for number in range(1, 9)]
NIGHT = {"city": "Lisbon", "day": "2026-11-26", "forecast": True, "photos": PHOTOS}
ZONES, WEEKS, TILES = 18, 16, 60
#: From this week on the tasks are the shop's own, which can be held.
FIRST_OWN_WEEK = 9

NIGHT_SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "description": "Whose night it is"},
        "day": {"type": "string", "format": "date", "description": "The orders of this day"},
        "forecast": {"type": "boolean", "default": False, "description": "Train the forecast as well"},
        "photos": {"type": "array", "items": {"type": "string"}, "description": "To be resized"},
    },
    "required": ["city", "day"],
    "additionalProperties": False,
}


def register(engine: Any) -> None:
    engine.register_workflow(
        "shop_night",
        night(),
        description="Fetches the orders of a day, checks and converts them, resizes new photos, writes the report.",
        input_schema=NIGHT_SCHEMA,
        example_input={**NIGHT, "photos": PHOTOS[:3]},
    )
    engine.register_workflow(
        "sales_forecast",
        forecast(),
        description="Forecasts what each zone sells in the weeks to come, week by week.",
        example_input={"city": "Toledo"},
    )
    engine.register_workflow(
        "train_model",
        [step("train", "shop.work", queue="gpu")],
        description="Trains the model of the forecast on a machine with a GPU.",
        example_input={"city": "Braga"},
    )


def night() -> list[WorkflowStep]:
    revenue = {"field": "revenue", "threshold": 2_000_000}
    reports = {
        "large": {"type": "value_greater_than", "params": revenue, "task": "detailed_report"},
        "default": {"task": "daily_report"},
    }
    beside = ["find_fraud", "price_history", "resize_photos"]
    wanted = {"type": "value_equals", "params": {"field": "input.forecast", "value": True}}
    return [
        step("fetch_orders", "shop.fetch", parameters={"table": "orders"}, queue="io"),
        step("fetch_stock", "shop.fetch", parameters={"table": "stock"}, queue="io"),
        step("fetch_rates", "shop.fetch", parameters={"table": "rates"}, queue="io"),
        step("check_orders", "shop.check", after="fetch_orders"),
        step("train_forecast", "shop.work", after="fetch_stock", queue="gpu", only_if=wanted),
        step(
            "convert_currency",
            "shop.convert",
            after=["check_orders", "fetch_rates"],
            retry_count=2,
            conditions=reports,
        ),
        step("find_fraud", "shop.work", after="check_orders"),
        step("price_history", "shop.work", after=["fetch_stock", "fetch_rates"]),
        step(
            "resize_photos",
            "shop.resize",
            after="fetch_stock",
            map_over="input.photos",
            max_parallel=3,
            retry_count=0,
        ),
        step("detailed_report", "shop.work"),
        step("daily_report", "shop.work", retry_count=0),
        step("publish", "shop.work", after=["detailed_report", "daily_report", *beside], retry_count=0),
    ]


def forecast() -> list[WorkflowStep]:
    """Each week of each zone needs the week before of this zone and of the next one; beside them equal steps."""
    steps = [step("read_sales", "shop.work")]
    steps += [step(f"tile_{n}", after="read_sales") for n in range(1, TILES + 1)]
    before = ["read_sales"] * ZONES
    for week in range(1, WEEKS + 1):
        names = [f"week{week}_zone{zone}" for zone in range(1, ZONES + 1)]
        for zone, name in enumerate(names):
            after = sorted({before[zone], before[(zone + 1) % ZONES if zone % 3 else zone]})
            steps.append(step(name, "shop.work" if week >= FIRST_OWN_WEEK else "noop", after=after))
        before = names
    tiles = [each.name for each in steps if each.name.startswith("tile_")]
    steps += [step("draw_map", "shop.work", after=tiles), step("add_up", "shop.work", after=before)]
    return [*steps, step("publish", "shop.work", after=["draw_map", "add_up"])]


def digest(queue: str, recipients: list[str]) -> dict[str, Any]:
    """A definition as JSON; two of them give two versions to be compared."""
    return {
        "description": "Sends the figures of the week to those who asked for them.",
        "steps": [
            {"name": "collect", "task_name": "noop", "queue": queue},
            {
                "name": "render",
                "task_name": "echo",
                "depends_on": ["collect"],
                "parameters": {"format": "pdf"},
            },
            {
                "name": "send",
                "task_name": "echo",
                "depends_on": ["render"],
                "parameters": {"to": recipients},
                "timeout": 60,
            },
        ],
        "example_input": {"week": "2026-W48"},
    }
