"""Inputs and results in a real browser: parts open by keyboard and stay as they were left, copies and files are whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from celeriac.engine.engine import WorkflowEngine
from tests.support.executions import wait_for_step, wait_until_ended
from tests.support.workflows import step

pytestmark = pytest.mark.usefixtures("shared_worker")
INPUT = {"rows": [[[n]] for n in range(40)], "few": {"limit": 10**40, "why": [[]]}}


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    return tmp_path / "go"


@pytest.fixture
def running(shared_engine: WorkflowEngine, gate: Path) -> Iterator[str]:
    """An execution whose step `work` runs until the gate opens."""
    steps = [step("work", "tests.wait_for_file", parameters={"path": str(gate)})]
    shared_engine.register_workflow("with_values", steps)
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("with_values", INPUT)
    wait_for_step(shared_engine, execution_id, "work", "running")
    yield execution_id
    gate.touch()
    wait_until_ended(shared_engine, execution_id)


def test_parts_stay_as_they_were_left_when_the_page_changes(page: Page, running: str, gate: Path) -> None:
    page.goto(f"/executions/{running}/steps/work")
    expect(page.locator("html")).to_have_attribute("data-live", "live")
    shown = page.locator("#step-inputs")
    given, rows = (shown.locator("summary", has_text=name).first for name in ("input", "rows"))
    expect(shown.get_by_text("39", exact=True)).to_be_hidden()

    rows.focus()
    page.keyboard.press("Enter")
    expect(shown.get_by_text("39", exact=True)).to_be_visible()
    given.click()
    expect(rows).to_be_hidden()
    gate.touch()

    expect(page.locator(".chip").first).to_have_text("Success")
    expect(page.locator("#step-result")).to_contain_text(str(gate))
    expect(rows).to_be_hidden()
    given.click()
    expect(shown.get_by_text("39", exact=True)).to_be_visible()


def test_copy_and_download_are_the_whole_text_when_the_page_shows_a_part(
    page: Page, context: BrowserContext, base_url: str, running: str, shared_engine: WorkflowEngine
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=base_url)
    page.goto(f"/executions/{running}")
    section = page.locator("section", has=page.locator("#execution-input"))
    stored = shared_engine.executions.input_json(running).decode()
    assert '"limit":1' + "0" * 40 in stored

    section.get_by_role("button", name="Copy").click()
    expect(section.get_by_role("button", name="Copied")).to_be_visible()
    with page.expect_download() as download:
        section.get_by_role("link", name="Download").click()

    assert page.evaluate("navigator.clipboard.readText()") == stored
    assert download.value.suggested_filename == f"{running}.input.json"
    assert download.value.path().read_text() == stored
