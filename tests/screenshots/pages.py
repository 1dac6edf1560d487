"""What there are pictures of: a name, an address, and what is done there before the picture is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

MISTAKEN_INPUT = '{\n  "city": "Lisbon",\n  "day": "26 November",\n  "forcast": true\n}'
MISTAKEN_STEPS = """{
  "steps": [
    {"name": "collect", "task_name": "shop.fetch", "parameters": {"table": "orders"}},
    {"name": "send", "task_name": "shop.wrk", "depends_on": ["colect"]}
  ]
}"""


@dataclass(frozen=True, slots=True)
class Picture:
    """`{…}` in the address stands for an id of `scenes.py`. `act` prepares the page, and says when it is ready."""

    name: str
    address: str
    act: Callable[[Page], None] | None = None


def _mistaken_launch(page: Page) -> None:
    page.get_by_label("Input").fill(MISTAKEN_INPUT)
    expect(page.locator("#mistakes")).to_contain_text("forcast")


def _mistaken_definition(page: Page) -> None:
    page.locator("#workflow_id").fill("send_orders")
    page.get_by_label("Definition").fill(MISTAKEN_STEPS)
    expect(page.locator("#mistakes")).to_contain_text("colect")


#: Before anything was launched.
EMPTY = (
    Picture("overview-empty", "/"),
    Picture("executions-empty", "/executions"),
)
PICTURES = (
    Picture("overview", "/"),
    Picture("workflows", "/workflows"),
    Picture("workflow", "/workflows/shop_night"),
    Picture("workflow-new", "/workflows/new", _mistaken_definition),
    Picture("workflow-edit", "/workflows/weekly_digest/edit"),
    Picture("workflow-versions", "/workflows/weekly_digest/versions"),
    Picture("workflow-deletion", "/workflows/weekly_digest/deletion"),
    Picture("launch", "/workflows/shop_night/launch", _mistaken_launch),
    Picture("executions", "/executions"),
    Picture("cancel-all", "/executions/cancellations"),
    Picture("execution", "/executions/{running}"),
    Picture("execution-timeline", "/executions/{succeeded}?view=timeline"),
    Picture("execution-steps", "/executions/{running}?view=steps"),
    Picture("execution-log", "/executions/{succeeded}?view=log"),
    Picture("execution-succeeded", "/executions/{succeeded}"),
    Picture("execution-failed", "/executions/{failed}"),
    Picture("execution-cancelling", "/executions/{cancelling}"),
    Picture("execution-retried", "/executions/{retried}?view=timeline"),
    Picture("execution-large", "/executions/{large}"),
    Picture("retry", "/executions/{failed}/retry"),
    Picture("deletion", "/executions/{failed}/deletion"),
    Picture("step", "/executions/{running}/steps/convert_currency"),
    Picture("step-failed", "/executions/{failed}/steps/convert_currency"),
    Picture("step-waiting", "/executions/{running}/steps/train_forecast"),
    Picture("step-items", "/executions/{items}/steps/resize_photos"),
    Picture("step-mark", "/executions/{failed}/steps/convert_currency/mark?status=skipped"),
    Picture("item", "/executions/{running}/steps/resize_photos/items/15"),
    Picture("item-mark", "/executions/{items}/steps/resize_photos/items/3/mark?status=skipped"),
    Picture("cleanup", "/cleanup?max_age_hours=0&statuses=success&statuses=failure"),
    Picture("help", "/help"),
    Picture("zone", "/zone"),
    Picture("patterns", "/patterns"),
    Picture("patterns-drawing", "/patterns?form=cards"),
)
