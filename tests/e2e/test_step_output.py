"""What a task says while it runs, as people see it: progress on the board, the log on the step's page."""

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
    """A file that step `load` waits for after every line it has logged."""
    return tmp_path / "go"


@pytest.fixture
def loading(shared_engine: WorkflowEngine, gate: Path) -> Iterator[str]:
    """An execution whose step `load` says where it stands each time the gate opens: 20 %, 64 %, then it ends."""
    shared_engine.register_workflow(
        "loading",
        [
            step(
                "load", "tests.report_stage_by_stage", parameters={"gate": str(gate), "stages": [0.2, 0.64]}
            ),
            step("publish", after="load"),
        ],
    )
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("loading", {})
    wait_for_step(shared_engine, execution_id, "load", "running")
    yield execution_id
    for number in (1, 2):
        gate.with_suffix(f".{number}").touch()
    wait_until_ended(shared_engine, execution_id)


def open_live(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator("html")).to_have_attribute("data-live", "live")


@pytest.mark.parametrize(
    ("view", "bar_of", "amount_of"),
    [("", ".progress", (".progress .fill", "width")), ("?view=steps", "progress", ("progress", "value"))],
    ids=["drawing", "board"],
)
def test_progress_moves_without_reload_while_a_step_runs(
    page: Page, loading: str, gate: Path, view: str, bar_of: str, amount_of: tuple[str, str]
) -> None:
    open_live(page, f"/executions/{loading}{view}")
    node = page.locator("#s-load")
    bar = node.locator(bar_of)
    expect(node.locator(".meta")).to_have_text(re.compile(r"^20 %( ·)? \d+ s$"))
    expect(bar).to_be_visible()
    expect(page.locator("#execution-now")).to_contain_text("stage 1")

    gate.with_suffix(".1").touch()

    expect(node.locator(".meta")).to_have_text(re.compile(r"^64 %( ·)? \d+ s$"))
    expect(node.locator(amount_of[0])).to_have_attribute(amount_of[1], "64")
    expect(page.locator("#execution-now")).to_contain_text("stage 2")

    gate.with_suffix(".2").touch()

    expect(node).to_have_attribute("data-state", "success")
    expect(bar).to_be_hidden()
    expect(page.locator(f"#s-publish {bar_of}")).to_be_hidden()


def test_log_grows_on_the_page_of_the_step_without_reload(page: Page, loading: str, gate: Path) -> None:
    open_live(page, f"/executions/{loading}/steps/load")
    log = page.locator("#step-log")
    expect(log.get_by_role("listitem")).to_have_count(1)
    expect(log).to_contain_text("<b>stage 1</b>")

    gate.with_suffix(".1").touch()

    expect(log).to_contain_text("<b>stage 2</b>")
    expect(page.locator("#step .progress-line")).to_contain_text("64 %")
    gate.with_suffix(".2").touch()
    expect(page.locator("#step .chip")).to_have_text("Success")
    expect(log.get_by_role("listitem")).to_have_count(2)
    expect(page.locator("#step .progress-line")).to_have_count(0)


def test_page_shows_the_progress_at_once_when_it_is_opened_later(page: Page, loading: str) -> None:
    open_live(page, f"/executions/{loading}")
    expect(page.locator("#s-load .meta")).to_contain_text("20 %")

    page.reload()

    expect(page.locator("#s-load .meta")).to_contain_text("20 %")
    expect(page.locator("#s-load .fill")).to_have_attribute("width", "20")


def test_progress_and_log_are_there_when_there_is_no_script(
    browser: Browser, base_url: str, page: Page, loading: str
) -> None:
    open_live(page, f"/executions/{loading}")
    expect(page.locator("#s-load .meta")).to_contain_text("20 %")
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    try:
        plain = context.new_page()
        plain.goto(f"/executions/{loading}/steps/load")

        expect(plain.locator("#step-log")).to_contain_text("stage 1")
        expect(plain.locator("#step .progress-line")).to_contain_text("20 %")
    finally:
        context.close()


def test_the_reason_is_told_when_a_failure_is_final(page: Page, shared_engine: WorkflowEngine) -> None:
    shared_engine.register_workflow("final", [step("order", "tests.raise_final", retry_count=3)])
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("final", {})
    wait_until_ended(shared_engine, execution_id)

    page.goto(f"/executions/{execution_id}")
    expect(page.locator("#execution-answer")).to_contain_text("The task raised FinalError, which is final.")
    page.goto(f"/executions/{execution_id}/steps/order")
    expect(page.locator("#step")).to_contain_text("The task raised FinalError, which is final.")


def test_the_text_itself_is_copied_when_a_copy_button_is_pressed(page: Page, loading: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/executions/{loading}")

    page.get_by_role("button", name="Copy execution id").click()

    expect(page.locator("#execution-id")).to_have_text(loading)
    assert page.evaluate("navigator.clipboard.readText()") == loading
