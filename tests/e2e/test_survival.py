"""What a person does on a page survives what comes from the server, by stream and by poll: focus, selection, half-typed text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from celeriac.engine.engine import WorkflowEngine
from tests.support.executions import wait_for_step, wait_until_ended
from tests.support.watching import connection
from tests.support.workflows import step

pytestmark = pytest.mark.usefixtures("shared_worker")


@pytest.fixture
def gates(tmp_path: Path) -> dict[str, Path]:
    return {name: tmp_path / name for name in ("first", "second")}


@pytest.fixture
def two_at_once(shared_engine: WorkflowEngine, gates: dict[str, Path]) -> Iterator[str]:
    """`talk`, then `first` and `second`, each running until its gate opens, then `third` after `first`."""
    steps = [step("talk", "tests.chatter", parameters={"lines": 100, "size": 20})]
    steps += [
        step(name, "tests.wait_for_file", after="talk", parameters={"path": str(gate)})
        for name, gate in gates.items()
    ]
    steps.append(step("third", "tests.report", after="first", parameters={"lines": ["so"], "progress": []}))
    shared_engine.register_workflow("two_at_once", steps)
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("two_at_once", {"rows": {"of": {"what": [1, 2, 3]}}})
    for name in gates:
        wait_for_step(shared_engine, execution_id, name, "running")
    yield execution_id
    for gate in gates.values():
        gate.touch()
    wait_until_ended(shared_engine, execution_id)


@pytest.fixture(params=["live", "polling"])
def way(request: pytest.FixtureRequest, page: Page, expected_complaints: list[str]) -> str:
    """How news come to `page`."""
    if request.param == "polling":
        expected_complaints.append("503|htmx:")
        page.route("**/stream?*", lambda route: route.fulfill(status=503, body="no"))
    return str(request.param)


def test_focus_selection_and_what_is_unfolded_stay_when_another_step_ends(
    page: Page, way: str, two_at_once: str, gates: dict[str, Path]
) -> None:
    page.goto(f"/executions/{two_at_once}")
    connection(page, way)
    folded = page.locator("#execution details").first
    was_open = folded.evaluate("details => details.open")
    folded.locator("summary").first.click()
    page.evaluate("() => getSelection().selectAllChildren(document.querySelector('#execution-id'))")
    link = page.locator("#execution-now").get_by_role("link", name="second")
    link.focus()

    gates["first"].touch()

    expect(page.locator("#s-third")).to_have_attribute("data-state", "success")
    expect(page.locator("#execution-now").get_by_role("link", name="first")).to_have_count(0)
    expect(link).to_be_focused()
    assert page.evaluate("String(getSelection())") == two_at_once
    assert folded.evaluate("details => details.open") != was_open


def test_focus_in_the_drawing_stays_when_its_steps_end(
    page: Page, way: str, two_at_once: str, gates: dict[str, Path]
) -> None:
    page.goto(f"/executions/{two_at_once}")
    connection(page, way)
    page.locator("#s-first").focus()

    gates["first"].touch()

    expect(page.locator("#s-first")).to_have_attribute("data-state", "success")
    expect(page.locator("#s-first")).to_be_focused()


def test_text_that_is_typed_and_the_place_in_the_log_stay_when_lines_come(
    page: Page, way: str, two_at_once: str, gates: dict[str, Path]
) -> None:
    page.goto(f"/executions/{two_at_once}?view=log")
    connection(page, way)
    expect(page.locator("#log tbody tr")).to_have_count(100)
    page.locator("#log").evaluate("log => { log.scrollTop = 40; }")
    page.locator("#l-step").select_option("third")
    text = page.get_by_label("Text in the line")
    text.press_sequentially("hal")

    gates["first"].touch()

    expect(page.locator("#log tbody tr")).to_have_count(101)
    assert page.locator("#log").evaluate("log => log.scrollTop") == 40
    expect(page.locator("#l-step")).to_have_value("third")
    expect(text).to_have_value("hal")
    expect(text).to_be_focused()
    assert text.evaluate("field => field.selectionStart") == 3


def test_ticks_and_text_that_is_typed_stay_when_a_row_changes(
    page: Page, way: str, two_at_once: str, gates: dict[str, Path]
) -> None:
    page.goto("/executions?workflow_id=two_at_once")
    connection(page, way)
    tick = page.get_by_label(f"Select {two_at_once}")
    tick.check()
    text = page.get_by_label("Beginning of the id")
    text.press_sequentially("hal")

    for gate in gates.values():
        gate.touch()

    expect(page.locator(f"#x-{two_at_once}")).to_contain_text("Success")
    expect(tick).to_be_checked()
    expect(text).to_have_value("hal")
    expect(text).to_be_focused()
