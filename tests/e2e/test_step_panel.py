"""A step beside its execution: opened, followed, left and come back to, by pointer, keys, address and without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from celeriac.engine.engine import WorkflowEngine
from tests.support.executions import wait_for_step, wait_until_ended
from tests.support.workflows import step

pytestmark = pytest.mark.usefixtures("shared_worker")


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    return tmp_path / "go"


@pytest.fixture
def held(shared_engine: WorkflowEngine, gate: Path) -> Iterator[str]:
    """`first -> work (waits for the gate) -> last`, with `work` running."""
    waits = step("work", "tests.wait_for_file", after="first", parameters={"path": str(gate)})
    shared_engine.register_workflow("beside", [step("first"), waits, step("last", after="work")])
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("beside", {})
    wait_for_step(shared_engine, execution_id, "work", "running")
    yield execution_id
    gate.touch()
    wait_until_ended(shared_engine, execution_id)


def opened(page: Page, name: str | None) -> None:
    """The panel, the address, the title and the drawing agree on which step is open."""
    if name is None:
        expect(page.locator("#panel")).to_be_hidden()
        expect(page).to_have_url(re.compile(r"/executions/beside-[^/]+$"))
        expect(page.locator(".drawing [aria-current]")).to_have_count(0)
        expect(page).to_have_title(re.compile(r"^\S beside|^\S \d/3 beside"))
    else:
        expect(page.locator("#step-title")).to_have_text(name)
        expect(page).to_have_url(re.compile(f"/steps/{name}$"))
        expect(page.locator(".drawing [aria-current=true]")).to_have_attribute("id", f"s-{name}")
        expect(page).to_have_title(re.compile(f"^{name} · "))


def node(page: Page, name: str) -> None:
    page.locator(f"#s-{name}").click()


def test_step_is_shown_beside_the_drawing_when_its_node_is_pressed(page: Page, held: str, gate: Path) -> None:
    page.goto(f"/executions/{held}")
    page.evaluate("() => { window.loaded = 'once'; }")
    opened(page, None)

    node(page, "work")

    opened(page, "work")
    expect(page.locator("#step .chip")).to_have_text("Running")
    expect(page.locator("#step-title")).to_be_focused()
    gate.touch()
    expect(page.locator("#step .chip")).to_have_text("Success")
    expect(page.locator("#s-last")).to_have_attribute("data-state", "success")
    opened(page, "work")
    assert page.evaluate("() => window.loaded") == "once"


def test_back_and_forward_lead_through_the_steps_that_were_open(page: Page, held: str) -> None:
    page.goto(f"/executions/{held}")
    node(page, "work")
    opened(page, "work")
    node(page, "first")
    opened(page, "first")

    page.go_back()
    opened(page, "work")
    page.go_back()
    opened(page, None)
    page.go_forward()

    opened(page, "work")


def test_step_is_closed_and_focus_returns_when_escape_is_pressed(page: Page, held: str) -> None:
    page.goto(f"/executions/{held}")
    page.locator("#s-first").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    opened(page, "work")

    page.keyboard.press("Escape")

    opened(page, None)
    expect(page.locator("#s-work")).to_be_focused()


def test_panel_leads_to_other_steps_and_closes_by_its_cross(page: Page, held: str) -> None:
    page.goto(f"/executions/{held}/steps/work")
    opened(page, "work")

    page.locator("#step").get_by_role("link", name="first", exact=True).click()
    opened(page, "first")
    page.get_by_role("link", name="Close the step").click()

    opened(page, None)


def test_view_stays_with_the_step_that_is_opened_in_it(page: Page, held: str) -> None:
    page.goto(f"/executions/{held}?view=timeline")

    page.locator("#timeline").get_by_role("link", name="work").click()

    expect(page.locator("#step-title")).to_have_text("work")
    expect(page).to_have_url(re.compile(r"/steps/work\?view=timeline$"))
    page.reload()
    expect(page.locator("#timeline")).to_be_visible()
    expect(page.locator("#step-title")).to_have_text("work")
    page.get_by_role("link", name="Close the step").click()
    expect(page.locator("#panel")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"\?view=timeline$"))


def test_page_kept_open_equals_a_new_one_when_it_is_loaded_again(page: Page, held: str) -> None:
    seen = "() => document.getElementById('panel').innerText.replace(/\\d+(\\.\\d+)? s/g, '')"
    page.goto(f"/executions/{held}")
    node(page, "first")
    opened(page, "first")
    kept = page.evaluate(seen)

    page.reload()

    opened(page, "first")
    assert page.evaluate(seen) == kept


def test_whole_page_says_what_is_wrong_when_the_execution_is_gone(
    page: Page, shared_engine: WorkflowEngine, expected_complaints: list[str]
) -> None:
    expected_complaints.append("404")
    shared_engine.register_workflow("passing", [step("only")])
    execution_id = shared_engine.execute_workflow("passing", {})
    wait_until_ended(shared_engine, execution_id)
    page.goto(f"/executions/{execution_id}")
    shared_engine.executions.delete(execution_id)

    node(page, "only")

    expect(page.locator("h1")).to_have_text("Nothing here")


def test_narrow_page_shows_the_step_first_when_its_node_is_pressed(page: Page, held: str) -> None:
    page.set_viewport_size({"width": 360, "height": 700})
    page.goto(f"/executions/{held}")

    node(page, "first")

    expect(page).to_have_url(re.compile(r"/steps/first$"))
    expect(page.locator("#step-title")).to_be_in_viewport()
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0


def test_step_and_drawing_are_both_there_when_there_is_no_script(
    browser: Browser, base_url: str, held: str
) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    plain = context.new_page()
    plain.goto(f"/executions/{held}")

    plain.locator("#s-work").click()

    expect(plain.locator("#step-title")).to_have_text("work")
    expect(plain.locator(".drawing [aria-current=true]")).to_have_attribute("id", "s-work")
    plain.get_by_role("link", name="Close the step").click()
    expect(plain.locator("#panel")).to_be_hidden()
    context.close()
