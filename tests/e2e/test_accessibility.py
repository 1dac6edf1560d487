"""axe on every page in light, dark and 320 px wide; nothing scrolls sideways; targets are large enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.support.executions import wait_until_ended
from tests.support.workflows import step

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"runOnly": {"type": "tag", "values": STANDARDS}}
PRESSED = "button, .button, summary, .rail a, .tabs a, input:not([type=hidden]):not([type=checkbox]), select, .node, .drawing a"
PAGES = [
    "/",
    "/workflows",
    "/workflows/parallel_processing",
    "/workflows/parallel_processing/launch",
    "/executions",
    "/executions?status=nonsense&until=2026-11-22T10:00:00Z",
    "/executions/cancellations",
    "/executions/{ended}",
    "/executions/{ended}?view=steps",
    "/executions/{ended}?view=timeline",
    "/executions/{ended}?view=log",
    "/executions/{ended}/deletion",
    "/executions/{ended}/steps/initialize",
    "/executions/{ended}/retry",
    "/executions/{mixed}",
    "/executions/{mixed}?view=steps",
    "/executions/{mixed}/retry",
    "/executions/{mixed}/retry?from=load",
    "/executions/{mixed}/steps/load",
    "/executions/{mixed}/steps/load/items/1",
    "/executions/{mixed}/steps/decide",
    "/executions/{mixed}/steps/clean",
    "/executions/{mixed}/steps/clean/mark?status=skipped",
    "/workflows/mixed/launch?from={mixed}",
    "/cleanup?max_age_hours=0&statuses=success",
    "/cleanup?max_age_hours=x",
    "/help",
    "/zone",
    "/patterns",
    "/patterns?form=lines",
    "/patterns?form=lists",
    "/no-such-page",
]
#: What is pressed and smaller than 24 px; a check box has its label or a cell of that size around it.
SMALL_TARGETS = f"""() => [...document.querySelectorAll("{PRESSED}")]
  .filter(e => e.checkVisibility({{visibilityProperty: true}}) && !e.classList.contains("unseen"))
  .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)"""


@pytest.fixture(scope="module")
def ended(shared_engine: WorkflowEngine, base_url: str) -> str:
    execution_id = shared_engine.execute_workflow("parallel_processing", {})
    wait_until_ended(shared_engine, execution_id)
    return execution_id


@pytest.fixture(scope="module")
def mixed(shared_engine: WorkflowEngine, base_url: str) -> str:
    """An execution with every end there is: allowed failures, a choice, a failure and what that kept from running."""
    items: dict[str, Any] = {"failing": [1, 3]}
    ways = {
        "many": {"type": "value_greater_than", "params": {"field": "n", "threshold": 9}, "task": "large"},
        "default": {"task": "small"},
    }
    steps = [
        step(
            "load", "tests.item", map_over="input.files", allow_failure=True, retry_count=0, parameters=items
        ),
        step("decide", conditions=ways),
        step("large"),
        step("small"),
        step("clean", "fail", after="small", retry_count=0),
        step("report", after="clean"),
    ]
    shared_engine.register_workflow("mixed", steps)
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("mixed", {"files": ["a", "b", "c", "d"], "n": 3})
    wait_until_ended(shared_engine, execution_id)
    return execution_id


@pytest.fixture
def opened(page: Page, ended: str, mixed: str, expected_complaints: list[str], path: str) -> Page:
    # A page that answers 404, 409 or 422 is logged by the browser as a failed resource.
    expected_complaints.append(r"status of 4(04|09|22)")
    # Buttons fade from one theme's colours to the other's; in between they have neither's contrast.
    page.emulate_media(reduced_motion="reduce")
    page.goto(path.format(ended=ended, mixed=mixed))
    return page


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_in_every_theme_and_width(opened: Page, path: str) -> None:
    for theme in ("light", "dark"):
        opened.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        assert violations(opened) == "", theme
    assert opened.evaluate(SMALL_TARGETS) == []

    opened.set_viewport_size({"width": 320, "height": 640})

    assert opened.evaluate("() => document.documentElement.scrollWidth") <= 320
    assert violations(opened) == "", "320 px"


def violations(page: Page) -> str:
    results = Axe().run(page, options=RULES)
    return str(results.generate_report()) if results.violations_count else ""
