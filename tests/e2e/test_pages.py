"""The pages around the execution in a real browser: launch, list, clean up, with and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from celeriac.engine.workflows.definition.definition import WorkflowStep
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine

LAUNCH = "/workflows/data_processing/launch"


@pytest.fixture
def plain_page(browser: Browser, base_url: str) -> Iterator[Page]:
    """A browser without JavaScript."""
    context = browser.new_context(base_url=base_url, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture
def waiting(shared_engine: WorkflowEngine, base_url: str) -> list[str]:
    """Three executions that wait in a queue nobody serves."""
    step = WorkflowStep("held", "noop", queue="served_by_nobody")
    shared_engine.register_workflow("held_back", [step])
    return [shared_engine.execute_workflow("held_back", {}) for _ in range(3)]


def test_the_mistake_is_pointed_at_while_typing(page: Page) -> None:
    page.goto(LAUNCH)

    page.get_by_label("Input").fill('{\n  "a": 1,\n  "b": 2,,\n}')

    link = page.get_by_role("link", name="Line 3, column 10")
    expect(link).to_be_visible()
    expect(page.locator("#code")).to_contain_text("Shown as soon as")
    link.click()
    assert page.evaluate("() => [document.activeElement.id, document.activeElement.selectionStart]") == [
        "input",
        21,
    ]


def test_every_misfit_is_pointed_at_while_typing(page: Page) -> None:
    page.goto(LAUNCH)

    page.get_by_label("Input").fill(
        '{\n  "dataset_id": true,\n  "processing_options": {"output_format": "cvs"}\n}'
    )

    expect(page.locator("#mistakes")).to_contain_text("dataset_id: true is not a whole number or a string")
    link = page.get_by_role("link", name="Line 3, column 43")
    expect(link).to_be_visible()
    link.click()
    assert page.evaluate("() => document.activeElement.selectionStart") == 66
    page.get_by_label("Input").fill("{}")
    expect(page.locator("#mistakes")).to_contain_text("Ready to launch")
    expect(page.get_by_label("Input")).not_to_have_attribute("aria-invalid", "true")


def test_the_code_follows_what_is_typed_and_the_language_stays(page: Page) -> None:
    page.goto(LAUNCH)
    page.locator("label", has_text="Python").click()

    page.get_by_label("Input").fill('{"file": "orders.csv"}')
    page.get_by_label("Note").fill("why")

    expect(page.locator("#code-python")).to_contain_text("note='why'")
    expect(page.locator("#code-python")).to_be_visible()
    expect(page.locator("#code-curl")).to_be_hidden()


def test_a_launch_leads_to_its_page(page: Page) -> None:
    page.goto(LAUNCH)

    page.get_by_role("button", name="Launch").click()

    expect(page).to_have_url(re.compile(r"/executions/data_processing-\d{8}T\d{6}-[0-9a-z]{6}$"))


def test_the_button_counts_what_can_be_cancelled_and_cancels_it(page: Page, waiting: list[str]) -> None:
    page.goto("/executions?workflow_id=held_back&status=pending")
    expect(page.locator(".selection-bar")).to_be_hidden()

    for execution_id in waiting[:2]:
        page.get_by_label(f"Select {execution_id}").check()
    page.get_by_role("button", name="Cancel 2", exact=True).click()

    expect(page.get_by_role("status").filter(has_text="2 executions requested")).to_be_visible()
    expect(page.locator(f"#x-{waiting[2]}")).to_be_visible()
    expect(page.locator(f"#x-{waiting[0]}")).to_have_count(0)


def test_every_count_follows_when_executions_end_while_the_list_is_open(
    page: Page, shared_engine: WorkflowEngine, waiting: list[str]
) -> None:
    page.goto("/executions?workflow_id=held_back")
    expect(page.locator("html")).to_have_attribute("data-live", "live")
    active = active_now(shared_engine)
    pending = int(page.locator("#tabs a", has_text="Pending").locator(".count").inner_text())
    expect(page.locator("#cancel-all")).to_contain_text("Cancel all ")

    shared_engine.cancel_workflow(waiting[0])

    # By one at least: executions of earlier tests may end meanwhile, too.
    eventually(lambda: number_in(page, "#active-executions") < active)
    expect(page.locator("#tabs a", has_text="Pending").locator(".count")).to_have_text(str(pending - 1))
    eventually(lambda: number_in(page, "#cancel-all") < active)


def active_now(engine: WorkflowEngine) -> int:
    counts = engine.executions.count()
    return counts["pending"] + counts["running"]


def number_in(page: Page, selector: str) -> int:
    return int("".join(filter(str.isdigit, page.locator(selector).inner_text())) or "0")


def test_number_of_active_executions_falls_when_the_one_on_the_page_ends(
    page: Page, shared_engine: WorkflowEngine, waiting: list[str]
) -> None:
    page.goto(f"/executions/{waiting[0]}")
    expect(page.locator("html")).to_have_attribute("data-live", "live")
    active = active_now(shared_engine)

    shared_engine.cancel_workflow(waiting[0])

    eventually(lambda: number_in(page, "#active-executions") < active)
    expect(page).to_have_title(
        "■ held_back cancelled · Celeriac"
    )  # and not that of what was asked for the number


def test_the_button_stays_in_sight_when_the_selected_row_is_far_down(
    page: Page, shared_engine: WorkflowEngine, waiting: list[str]
) -> None:
    page.set_viewport_size({"width": 1000, "height": 300})
    page.goto("/executions?workflow_id=held_back")

    page.locator("#executions tr").last.get_by_role("checkbox").check()

    expect(page.locator("[data-cancel-selected]")).to_be_in_viewport()


def test_the_selection_follows_when_a_selected_row_ends(
    page: Page, waiting: list[str], shared_engine: WorkflowEngine
) -> None:
    page.goto("/executions?workflow_id=held_back")
    for execution_id in waiting:
        page.get_by_label(f"Select {execution_id}").check()
    expect(page.get_by_role("button", name="Cancel 3", exact=True)).to_be_visible()

    shared_engine.cancel_workflow(waiting[0])

    expect(page.get_by_role("button", name="Cancel 2", exact=True)).to_be_visible()
    expect(page.get_by_label(f"Select {waiting[0]}")).to_be_checked()
    expect(page.locator(f"#x-{waiting[0]}")).to_contain_text("Cancelled")


def test_the_whole_page_is_selected_by_the_box_above_it(page: Page, waiting: list[str]) -> None:
    page.goto("/executions?workflow_id=held_back&status=pending")

    page.get_by_label("Select this page").check()

    rows = page.locator("tbody tr")
    expect(page.get_by_role("button", name=f"Cancel {rows.count()}", exact=True)).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".selection-bar")).to_be_hidden()


def test_everything_works_when_there_is_no_javascript(plain_page: Page, waiting: list[str]) -> None:
    page = plain_page
    page.goto("/executions?workflow_id=held_back&status=pending")
    page.get_by_label(f"Select {waiting[0]}").check()
    page.get_by_role("button", name="Cancel selected").click()
    expect(page.get_by_role("status")).to_contain_text("one execution requested")

    page.goto(LAUNCH)
    page.get_by_label("Input").fill("{")
    page.get_by_role("button", name="Launch").click()
    expect(page.locator("#mistakes")).to_contain_text("Line 1, column 2")
    expect(page.get_by_label("Input")).to_have_value("{")
    page.get_by_label("Input").fill("{}")
    page.get_by_role("button", name="Launch").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("data_processing")

    page.goto("/cleanup?max_age_hours=0&statuses=cancelled")
    page.get_by_role("button", name=re.compile(r"^Remove \d+ execution")).click()
    expect(page.get_by_role("status")).to_contain_text(re.compile("was removed|were removed"))


def test_the_theme_is_kept_on_every_page_when_it_was_chosen(page: Page) -> None:
    page.goto("/executions?status=failure")

    page.get_by_role("button", name="Theme is system").click()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page).to_have_url(re.compile(r"/executions\?status=failure$"))
    page.goto("/help")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
