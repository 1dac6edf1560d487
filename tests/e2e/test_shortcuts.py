"""Shortcuts of single keys, and the search above every page, in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.support.executions import wait_for_step, wait_until_ended
from tests.support.workflows import step

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine


@pytest.fixture(scope="module")
def failed(shared_engine: WorkflowEngine, base_url: str) -> str:
    """Two steps of it have failed, one has succeeded."""
    names = ("left", "right")
    steps = [step("first"), *(step(name, "fail", after="first", retry_count=0) for name in names)]
    shared_engine.register_workflow("two_failures", steps, on_failure="continue")
    execution_id = shared_engine.execute_workflow("two_failures", {})
    wait_until_ended(shared_engine, execution_id)
    return execution_id


def focused(page: Page) -> str:
    name: str = page.evaluate("() => document.activeElement.id")
    return name


@pytest.mark.parametrize(
    ("key", "address"), [("o", "/"), ("w", "/workflows"), ("e", "/executions"), ("c", "/cleanup")]
)
def test_g_and_a_letter_lead_to_a_page(page: Page, base_url: str, key: str, address: str) -> None:
    page.goto("/help")

    page.keyboard.press("g")
    page.keyboard.press(key)

    expect(page).to_have_url(f"{base_url}{address}")


def test_the_search_takes_the_focus_and_finds_executions(page: Page, failed: str) -> None:
    page.goto("/help")

    page.keyboard.press("/")
    page.keyboard.type(failed[:-3])
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/executions\?q="))
    expect(page.locator(f"#x-{failed}")).to_be_visible()


def test_a_question_mark_opens_the_list_of_keys(page: Page, base_url: str) -> None:
    page.goto("/workflows")

    page.keyboard.press("?")

    expect(page).to_have_url(f"{base_url}/help#keyboard")


@pytest.mark.parametrize("view", ["levels", "steps", "timeline"])
def test_n_leads_from_one_failed_step_to_the_next(page: Page, failed: str, view: str) -> None:
    page.goto(f"/executions/{failed}?view={view}")
    seen = []

    for _ in range(3):
        page.keyboard.press("n")
        seen.append(page.evaluate("() => document.activeElement.getAttribute('href').split('/').at(-1)"))

    assert sorted(seen[:2]) == ["left", "right"]
    assert seen[2] == seen[0]


def test_r_leads_to_what_runs_and_f_follows(page: Page, shared_engine: WorkflowEngine, base_url: str) -> None:
    shared_engine.register_workflow(
        "long_one", [step("first"), step("second", "sleep", after="first", parameters={"seconds": 60})]
    )
    execution_id = shared_engine.execute_workflow("long_one", {})
    wait_for_step(shared_engine, execution_id, "second", "running")
    page.goto(f"/executions/{execution_id}")
    following = page.get_by_label("Follow")
    expect(following).to_be_checked()

    page.keyboard.press("r")
    assert focused(page) == "s-second"
    expect(following).not_to_be_checked()
    page.keyboard.press("f")
    expect(following).to_be_checked()
    page.keyboard.press("f")
    expect(following).not_to_be_checked()
    shared_engine.cancel_workflow(execution_id)
    wait_until_ended(shared_engine, execution_id)


def test_keys_are_text_while_somebody_types_and_nothing_with_control(page: Page, base_url: str) -> None:
    page.goto("/executions")
    field = page.get_by_label("Beginning of the id")

    field.press_sequentially("go?/n")
    expect(field).to_have_value("go?/n")
    field.blur()
    page.keyboard.press("Alt+Shift+?")
    page.keyboard.press("Control+Shift+?")

    expect(page).to_have_url(f"{base_url}/executions")


def test_they_do_nothing_once_turned_off(page: Page, base_url: str) -> None:
    page.goto("/help")
    page.get_by_role("button", name="Turn shortcuts off").click()
    expect(page.get_by_role("button", name="Turn shortcuts on")).to_be_visible()

    page.keyboard.press("g")
    page.keyboard.press("w")
    page.keyboard.press("/")

    assert focused(page) != "find"
    expect(page).to_have_url(f"{base_url}/help#keyboard")
