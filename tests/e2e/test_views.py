"""The timeline and the log of an execution in a browser: alive, at rest, without JavaScript, for everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from celeriac.engine.engine import WorkflowEngine
from tests.e2e.test_accessibility import SMALL_TARGETS, violations
from tests.support.executions import wait_for_step, wait_until_ended
from tests.support.waiting import eventually
from tests.support.workflows import layered, step

pytestmark = pytest.mark.usefixtures("shared_worker")
AT_END = "log => log.scrollHeight - log.scrollTop - log.clientHeight < 24"


def open_live(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator("html")).to_have_attribute("data-live", "live")


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    return tmp_path / "go"


@pytest.fixture
def waiting(shared_engine: WorkflowEngine, gate: Path, tmp_path: Path) -> Iterator[str]:
    """An execution: `hold` runs until the gate opens, then `flaky` fails once and succeeds."""
    flaky = {"marks": str(tmp_path / "marks"), "times": 1}
    steps = [
        step("hold", "tests.wait_for_file", parameters={"path": str(gate)}),
        step("flaky", "tests.raise_error", after="hold", parameters=flaky),
    ]
    yield from launched(shared_engine, "waiting", steps, "hold", gate)


@pytest.fixture
def talking(shared_engine: WorkflowEngine, gate: Path) -> Iterator[str]:
    """An execution whose step `chat` has logged 300 lines and whose step `stages` says more each time its gate opens."""
    stages = {"gate": str(gate), "stages": [0.1, 0.2, 0.3]}
    steps = [
        step("chat", "tests.chatter", parameters={"lines": 300, "size": 20}),
        step("stages", "tests.report_stage_by_stage", after="chat", parameters=stages),
    ]
    gates = [gate.with_suffix(f".{number}") for number in (1, 2, 3)]
    for execution_id in launched(shared_engine, "talking", steps, "stages", *gates):
        wait_for_lines(shared_engine, execution_id, 301)
        yield execution_id


def wait_for_lines(engine: WorkflowEngine, execution_id: str, count: int) -> None:
    eventually(lambda: len(engine.executions.log(execution_id).entries) == count)


def launched(engine: WorkflowEngine, name: str, steps: list, running: str, *gates: Path) -> Iterator[str]:  # type: ignore[type-arg]
    engine.register_workflow(name, steps)
    engine.publish_workflows()
    execution_id = engine.execute_workflow(name, {})
    wait_for_step(engine, execution_id, running, "running")
    yield execution_id
    for each in gates:
        each.touch()
    wait_until_ended(engine, execution_id)


def width(bar: Locator) -> float:
    return float((bar.get_attribute("width") or "").rstrip("%"))


def test_bar_grows_without_traffic_and_ends_when_its_step_does(page: Page, waiting: str, gate: Path) -> None:
    # Once its stream is there, the page looks what it may have missed.
    with page.expect_response(
        lambda answer: answer.request.resource_type == "fetch" and "view=" in answer.url
    ):
        open_live(page, f"/executions/{waiting}?view=timeline")
    bar = page.locator("#t-hold rect.now")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    before = width(bar)
    page.wait_for_function(
        "before => parseFloat(document.querySelector('#t-hold rect.now').getAttribute('width')) > before + 1",
        arg=before,
    )
    assert asked == []

    gate.touch()

    expect(page.locator("#t-hold rect.ran")).to_have_count(1)
    expect(bar).to_have_count(0)


def test_attempts_and_the_critical_path_appear_when_they_happen(page: Page, waiting: str, gate: Path) -> None:
    open_live(page, f"/executions/{waiting}?view=timeline")
    flaky = page.locator("#t-flaky")
    expect(flaky).to_contain_text("Pending")

    gate.touch()

    expect(page.locator("#timeline .lead")).to_contain_text("work on the critical path")
    expect(flaky.locator("rect.bad")).to_have_count(1)
    expect(flaky.locator("rect.ran")).to_have_count(1)
    expect(page.locator("tr.critical")).to_have_count(2)
    expect(flaky.get_by_role("img")).to_have_accessible_name(re.compile("failed after .*; waited .*, ran "))


def test_axis_is_fetched_anew_when_a_bar_comes_to_its_end(page: Page, waiting: str) -> None:
    open_live(page, f"/executions/{waiting}?view=timeline")

    with page.expect_request(lambda request: request.url.endswith("view=timeline")):
        page.evaluate("celeriac.setClock(Date.now() + 3600_000)")


def test_current_view_is_told_when_one_is_chosen(page: Page, waiting: str) -> None:
    page.goto(f"/executions/{waiting}")
    for name in ("Timeline", "Log", "Levels"):
        page.get_by_role("navigation", name="Views").get_by_role("link", name=name).click()
        expect(page.locator(".tabs [aria-current=page]")).to_have_text(name)
    expect(page).to_have_url(re.compile(f"{waiting}$"))


def test_log_follows_when_its_end_is_in_sight(page: Page, talking: str, gate: Path) -> None:
    open_live(page, f"/executions/{talking}?view=log")
    log = page.locator("#log")
    expect(log.locator("tbody tr")).to_have_count(301)
    page.wait_for_function(f"({AT_END})(document.getElementById('log'))")

    gate.with_suffix(".1").touch()

    expect(log.locator("tbody tr").last).to_contain_text("<b>stage 2</b>")
    assert log.evaluate(AT_END)
    expect(page.get_by_role("button", name="Go to the newest lines")).to_be_hidden()


def test_log_stays_where_it_is_when_it_was_scrolled_up(page: Page, talking: str, gate: Path) -> None:
    open_live(page, f"/executions/{talking}?view=log")
    log = page.locator("#log")
    expect(log.locator("tbody tr")).to_have_count(301)
    log.evaluate("log => { log.scrollTop = 40; }")
    down = page.get_by_role("button", name="Go to the newest lines")
    expect(down).to_be_visible()

    gate.with_suffix(".1").touch()

    expect(log.locator("tbody tr")).to_have_count(302)
    assert log.evaluate("log => log.scrollTop") == 40
    down.click()
    assert log.evaluate(AT_END)
    expect(down).to_be_hidden()


def test_last_lines_are_there_when_the_execution_ends(page: Page, talking: str, gate: Path) -> None:
    open_live(page, f"/executions/{talking}?view=log&step=stages")
    for number in (1, 2, 3):
        gate.with_suffix(f".{number}").touch()

    expect(page.locator("html")).to_have_attribute("data-live", "ended")
    expect(page.locator("#log tbody tr")).to_have_count(3)


def test_lines_of_items_come_when_nothing_else_happens(
    page: Page, shared_engine: WorkflowEngine, gate: Path, tmp_path: Path
) -> None:
    talk = {"gate": str(gate), "rounds": str(tmp_path / "rounds")}
    steps = [step("each", "tests.talk_until", map_over="input.names", parameters=talk)]
    shared_engine.register_workflow("items_talk", steps)
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("items_talk", {"names": ["a"]})
    try:
        wait_for_step(shared_engine, execution_id, "each", "running")
        open_live(page, f"/executions/{execution_id}?view=log")
        rows = page.locator("#log tbody tr")
        expect(rows.first).to_contain_text("each[0]")
        seen = rows.count()
        page.wait_for_function(
            "seen => document.querySelectorAll('#log tbody tr').length > seen + 5", arg=seen
        )
    finally:
        gate.touch()
        wait_until_ended(shared_engine, execution_id)


def test_views_work_when_there_is_no_script(browser: Browser, base_url: str, talking: str) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    try:
        plain = context.new_page()
        plain.goto(f"/executions/{talking}?view=timeline")
        expect(plain.locator("#t-chat rect.ran")).to_have_count(1)
        expect(plain.locator("#t-stages rect.now")).to_have_count(1)

        plain.get_by_role("link", name="Log").click()
        plain.get_by_label("Text in the line").fill("STAGE")
        plain.get_by_role("button", name="Filter").click()

        expect(plain).to_have_url(re.compile("view=log&step=&severity=&text=STAGE"))
        expect(plain.locator("#log tbody tr")).to_have_count(1)
        expect(plain.locator("#log").get_by_role("link", name="stages")).to_be_visible()
        plain.get_by_role("link", name="Clear").click()
        expect(plain.locator("#log tbody tr")).to_have_count(301)
    finally:
        context.close()


def test_whole_log_is_a_file_when_it_is_downloaded(page: Page, talking: str) -> None:
    page.goto(f"/executions/{talking}?view=log&text=nothing")
    expect(page.locator("#log")).to_contain_text("No line is like this.")

    with page.expect_download() as download:
        page.get_by_role("link", name="Download all").click()

    assert download.value.suggested_filename == f"{talking}.log.txt"
    lines = Path(download.value.path()).read_text().splitlines()
    assert len(lines) == 301
    assert re.fullmatch(r"\S+Z info stages: <b>stage 1</b>", lines[-1])


@pytest.mark.parametrize("view", ["timeline", "log"])
def test_view_is_accessible_when_things_went_wrong(
    page: Page, shared_engine: WorkflowEngine, view: str, tmp_path: Path
) -> None:
    marks = {"marks": str(tmp_path / "marks"), "times": 1}
    steps = [
        step("flaky", "tests.raise_error", parameters=marks),
        step(
            "told",
            "tests.report",
            parameters={"lines": ["a", "b"], "progress": [], "fail": True},
            retry_count=0,
        ),
        step("never", after=["flaky", "told"]),
    ]
    shared_engine.register_workflow("troubled", steps)
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("troubled", {})
    wait_until_ended(shared_engine, execution_id)
    # Buttons fade from one theme's colours to the other's; in between they have neither's contrast.
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"/executions/{execution_id}?view={view}")
    expect(page.locator("#timeline rect.bad, #log [data-severity=error]").first).to_be_attached()

    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        assert violations(page) == "", theme
    assert page.evaluate(SMALL_TARGETS) == []

    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    assert violations(page) == "", "320 px"


def test_rows_come_in_pages_that_travel_light_when_there_are_a_thousand_steps(
    page: Page, shared_engine: WorkflowEngine
) -> None:
    shared_engine.register_workflow("thousand", layered(20, 50))
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("thousand", {})
    shared_engine.cancel_workflow(execution_id)
    wait_until_ended(shared_engine, execution_id)

    answer = page.goto(f"/executions/{execution_id}?view=timeline")

    assert answer is not None
    assert answer.request.sizes()["responseBodySize"] < 20_000
    expect(page.locator("#timeline tbody tr")).to_have_count(200)
    page.get_by_role("link", name=re.compile("^1,001")).click()
    expect(page.locator("#timeline tbody tr")).to_have_count(2)
    expect(page.locator("#t-sink")).to_be_visible()
