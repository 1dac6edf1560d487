"""Writing a workflow in a real browser: mistakes and the plan while typing, saving, launching; and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from celeriac.engine.catalogue import WorkflowCatalogue
from celeriac.engine.errors import WorkflowNotFound
from tests.e2e.test_accessibility import SMALL_TARGETS, violations
from tests.support.executions import wait_until_ended

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine

WRONG = """{
  "steps": [
    {"name": "fetch", "task_name": "nop"},
    {"name": "join_up", "task_name": "noop", "depends_on": ["fetch"]}
  ]
}"""
RIGHT = WRONG.replace('nop"', 'noop"', 1)
PATHS = (
    "/workflows/new",
    "/workflows/written/edit",
    "/workflows/written/versions",
    "/workflows/written/deletion",
)


@pytest.fixture
def catalogue(shared_engine: WorkflowEngine, base_url: str) -> Iterator[WorkflowCatalogue]:
    """Afterwards the workflow `written` is gone."""
    catalogue = shared_engine.workflows
    yield catalogue
    try:
        catalogue.delete("written")
    except WorkflowNotFound:
        return


@pytest.fixture
def written(catalogue: WorkflowCatalogue) -> str:
    """The current version of the workflow `written`, which names `join_up` where another one named `gone`."""
    first = {"name": "fetch", "task_name": "noop"}
    then = {"name": "join_up", "task_name": "echo", "depends_on": ["fetch"], "parameters": {"text": "x"}}
    catalogue.put("written", {"steps": [first, {"name": "gone", "task_name": "noop"}]})
    return catalogue.put("written", {"steps": [first, then]}).workflow["version"]


@pytest.fixture
def plain_page(browser: Browser, base_url: str) -> Iterator[Page]:
    """A browser without JavaScript."""
    context = browser.new_context(base_url=base_url, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_a_workflow_is_written_saved_and_launched(
    page: Page, catalogue: WorkflowCatalogue, shared_engine: WorkflowEngine
) -> None:
    page.goto("/workflows")
    page.get_by_role("link", name="New workflow").click()
    page.get_by_role("textbox", name=re.compile("^Id ")).fill("written")
    page.get_by_label("Definition").fill(WRONG)

    mistake = page.get_by_role("link", name="Line 3, column 36")
    expect(mistake).to_be_visible()
    expect(page.locator("#mistakes")).to_contain_text("did you mean 'noop'?")
    expect(page.get_by_label("Definition")).to_have_attribute("aria-invalid", "true")
    mistake.click()
    assert page.evaluate("() => [document.activeElement.id, document.activeElement.selectionStart]") == [
        "definition",
        WRONG.index('"nop"'),
    ]

    page.get_by_label("Definition").fill(RIGHT)
    expect(page.locator("#mistakes")).to_contain_text("Ready to save")
    expect(page.get_by_label("Definition")).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("#preview")).to_contain_text("2 steps, 2 levels")
    expect(page.locator("#preview")).to_contain_text("join_up")
    expect(page.locator("#preview")).not_to_contain_text("second")

    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/workflows/written")
    page.get_by_role("link", name="Launch…").click()
    page.get_by_role("button", name="Launch").click()
    page.wait_for_url("**/executions/written-*")
    execution = wait_until_ended(shared_engine, page.url.rpartition("/")[2])
    assert execution["status"] == "success"


def test_the_last_plan_stays_while_the_text_is_half_typed(page: Page, written: str) -> None:
    page.goto("/workflows/written/edit")
    expect(page.locator("#preview")).to_contain_text("2 steps, 2 levels")

    page.get_by_label("Definition").press("Control+End")
    page.get_by_label("Definition").press_sequentially("  ,")

    expect(page.locator("#mistakes")).to_contain_text("malformed JSON")
    expect(page.locator("#preview")).to_contain_text("of the last text that could be read")
    expect(page.locator("#preview")).to_contain_text("fetch")

    page.get_by_label("Definition").press("Backspace")
    expect(page.locator("#mistakes")).to_contain_text("Ready to save")
    expect(page.locator("#preview")).to_contain_text("2 steps, 2 levels")


def test_focus_and_place_in_the_text_stay_while_answers_arrive(page: Page, written: str) -> None:
    page.goto("/workflows/written/edit")
    area = page.get_by_label("Definition")
    area.press("Control+Home")

    with page.expect_response("**/edit/validation"):
        area.press_sequentially(" ")

    expect(page.locator("#mistakes")).to_contain_text("Ready to save")
    assert page.evaluate("() => [document.activeElement.id, document.activeElement.selectionStart]") == [
        "definition",
        1,
    ]


def test_half_typed_text_is_there_again_when_somebody_comes_back(page: Page, written: str) -> None:
    page.goto("/workflows/written/edit")
    page.get_by_label("Definition").fill('{"half": ')
    expect(page.locator("#mistakes")).to_contain_text("malformed JSON")

    page.get_by_role("link", name="Leave without saving").click()
    page.wait_for_url("**/workflows/written")
    page.go_back()

    expect(page.get_by_label("Definition")).to_have_value('{"half": ')


def test_nothing_somebody_else_saved_is_lost_unseen(
    page: Page, catalogue: WorkflowCatalogue, written: str, expected_complaints: list[str]
) -> None:
    expected_complaints.append("status of 409")
    page.goto("/workflows/written/edit")
    catalogue.put("written", {"steps": [{"name": "theirs", "task_name": "noop"}]})
    page.get_by_label("Definition").fill(RIGHT)

    with page.expect_response("**/workflows/written/edit"):
        page.get_by_role("button", name="Save").click()

    expect(page.locator("#mistakes")).to_contain_text("was changed in the meantime")
    expect(page.get_by_label("Definition")).to_have_value(RIGHT)


def test_a_workflow_is_written_without_javascript(plain_page: Page, catalogue: WorkflowCatalogue) -> None:
    plain_page.goto("/workflows/new")
    plain_page.fill("#workflow_id", "written")
    plain_page.fill("#definition", WRONG)

    plain_page.get_by_role("button", name="Check and draw").click()
    expect(plain_page.locator("#mistakes")).to_contain_text("did you mean 'noop'?")
    expect(plain_page.locator("#preview")).to_contain_text("join_up")
    expect(plain_page.locator("#definition")).to_have_value(WRONG)

    plain_page.fill("#definition", RIGHT)
    plain_page.get_by_role("button", name="Save").click()
    plain_page.wait_for_url("**/workflows/written")
    plain_page.get_by_role("link", name="Delete…").click()
    plain_page.get_by_role("button", name="Delete the workflow").click()
    plain_page.wait_for_url("**/workflows")
    expect(plain_page.locator("#w-written")).to_have_count(0)


def test_versions_are_compared_by_choosing_them(
    page: Page, catalogue: WorkflowCatalogue, written: str
) -> None:
    before = catalogue.versions("written")[1]["version"]
    page.goto("/workflows/written")
    page.get_by_role("link", name=written).click()
    differences = page.locator("#differences")
    expect(differences.locator('[data-change="removed"] h3')).to_contain_text("gone")

    page.get_by_label(f"from {written}").check()
    page.get_by_label(f"to {before}").check()
    page.get_by_role("button", name="Compare").click()

    expect(differences.locator('[data-change="added"] h3')).to_contain_text("gone")
    assert f"from={written}" in page.url


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_accessible_in_every_theme_and_width(page: Page, written: str, path: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(path)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        assert violations(page) == "", theme
    assert page.evaluate(SMALL_TARGETS) == []

    page.set_viewport_size({"width": 320, "height": 640})

    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    assert violations(page) == "", "320 px"
