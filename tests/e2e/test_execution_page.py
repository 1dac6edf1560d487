"""The live execution page in a real browser: every change arrives, and whatever breaks heals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from celeriac.engine.engine import WorkflowEngine
from tests.support.executions import wait_for_step, wait_until_ended
from tests.support.watching import VIEWS, assert_equal, connection, loaded_now
from tests.support.workflows import step

pytestmark = pytest.mark.usefixtures("shared_worker")


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A file that step `work` of `gated` waits for."""
    return tmp_path / "go"


@pytest.fixture
def gated(shared_engine: WorkflowEngine, gate: Path) -> Iterator[str]:
    """`prepare -> work (waits for the gate) -> left, right, last`, with `work` running."""
    shared_engine.register_workflow(
        "gated",
        [
            step("prepare"),
            step("work", "tests.wait_for_file", after="prepare", parameters={"path": str(gate)}),
            step("left", after="work"),
            step("right_hand_side", after="work"),
            step("last", after="work"),
        ],
    )
    shared_engine.publish_workflows()
    execution_id = shared_engine.executions.launch(
        "gated", {"rows": 3}, labels={"team": "growth"}, note="<b>bold</b>"
    ).execution_id
    wait_for_step(shared_engine, execution_id, "work", "running")
    yield execution_id
    gate.touch()
    wait_until_ended(shared_engine, execution_id)


def open_live(page: Page, url: str) -> None:
    page.goto(url)
    connection(page, "live")


def status_of(page: Page, name: str, status: str) -> None:
    expect(page.locator(f"#s-{name}")).to_have_attribute("data-state", status)


def test_page_turns_to_success_without_reload_when_the_steps_end(page: Page, gated: str, gate: Path) -> None:
    open_live(page, f"/executions/{gated}")
    status_of(page, "work", "running")
    expect(page.locator("#s-left .meta")).to_have_text(re.compile("^waiting for 1"))
    expect(page).to_have_title("◐ 1/5 gated · Celeriac")

    gate.touch()

    for name in ("work", "left", "right_hand_side"):
        status_of(page, name, "success")
    expect(page.locator("#execution-head .chip")).to_have_text("Success")
    expect(page).to_have_title("✓ gated success · Celeriac")
    expect(page.locator("#favicon")).to_have_attribute("href", re.compile("favicon-success"))
    expect(page.locator("#execution-say")).to_contain_text("5 of 5 steps done")
    connection(page, "ended")
    expect(page.locator("#live")).to_have_count(0)


@pytest.mark.parametrize(
    ("view", "zone"),
    [
        ("levels", "Asia/Kathmandu"),
        ("steps", "UTC"),
        ("timeline", "Asia/Kathmandu"),
        ("log", "UTC"),
        ("step", "UTC"),
    ],
)
def test_page_kept_up_to_date_equals_a_new_one_when_the_execution_has_ended(
    page: Page, gated: str, gate: Path, view: str, zone: str, base_url: str
) -> None:
    page.context.add_cookies([{"name": "zone", "value": zone, "url": base_url}])
    open_live(page, VIEWS[view].format(gated))
    gate.touch()
    connection(page, "ended")

    assert_equal({view: page}, loaded_now(page.context.new_page(), gated, [view]))


def test_counters_tick_while_a_step_runs(page: Page, gated: str) -> None:
    open_live(page, f"/executions/{gated}")

    expect(page.locator("#s-work [data-since]")).to_have_text(re.compile(r"^[1-9]\d* s$|m"))


def test_counters_are_right_when_the_machine_slept_and_old_pings_arrive_at_once(
    page: Page, gated: str
) -> None:
    page.clock.install()
    open_live(page, f"/executions/{gated}")
    page.clock.run_for(2_000)

    page.clock.fast_forward(600_000)  # as when a laptop is opened again
    late_ping = "new CustomEvent('ping', {detail: {data: String(Date.now() - 590000)}})"
    page.evaluate(f"() => document.dispatchEvent({late_ping})")
    page.clock.run_for(1_000)

    expect(page.locator("#s-work [data-since]")).to_contain_text("10 m")


def test_note_with_markup_is_shown_as_text(page: Page, gated: str) -> None:
    page.goto(f"/executions/{gated}")

    expect(page.locator("#execution-facts")).to_contain_text("<b>bold</b>")


def test_cancel_button_stops_the_execution_and_the_page_says_so(page: Page, gated: str) -> None:
    open_live(page, f"/executions/{gated}")

    page.get_by_role("button", name="Cancel").click()

    expect(page.locator("#execution-head .chip")).to_have_text("Cancelled")
    status_of(page, "work", "cancelled")
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


def test_step_page_follows_its_step(page: Page, gated: str, gate: Path) -> None:
    open_live(page, f"/executions/{gated}/steps/work")
    expect(page.locator("#step .chip")).to_have_text("Running")

    gate.touch()

    expect(page.locator("#step .chip")).to_have_text("Success")
    expect(page.locator("#step-result")).to_contain_text(str(gate))


def test_page_polls_and_says_so_when_it_gets_no_stream(
    page: Page, gated: str, gate: Path, expected_complaints: list[str]
) -> None:
    expected_complaints.append(r"503|htmx:")
    page.route("**/stream?*", lambda route: route.fulfill(status=503, body="no"))
    page.goto(f"/executions/{gated}")
    connection(page, "polling")

    gate.touch()

    status_of(page, "left", "success")
    connection(page, "ended")


def test_an_ended_page_stays_ended_when_an_attempt_to_connect_fails_late(
    page: Page, gated: str, gate: Path, expected_complaints: list[str]
) -> None:
    expected_complaints.append(r"503|htmx:")
    held: list[Route] = []
    page.route("**/stream?*", lambda route: route.fulfill(status=503, body="no"))
    page.goto(f"/executions/{gated}")
    connection(page, "polling")

    with page.expect_request("**/stream?*"):
        page.route("**/stream?*", lambda route: held.append(route))
    gate.touch()
    connection(page, "ended")
    held[0].fulfill(status=503, body="no")
    # Two turns of the page's own loop later its handlers have run.
    page.evaluate("() => new Promise((done) => setTimeout(() => setTimeout(done)))")

    connection(page, "ended")


def test_stream_is_tried_again_when_the_first_connection_fails(
    page: Page, gated: str, expected_complaints: list[str]
) -> None:
    expected_complaints.append(r"503|htmx:")
    refusals = iter(range(2))
    page.route(
        "**/stream?*",
        lambda route: (
            route.fulfill(status=503, body="no") if next(refusals, None) is not None else route.continue_()
        ),
    )

    open_live(page, f"/executions/{gated}")


def test_crowded_level_is_one_bar_that_names_what_moves(
    page: Page, shared_engine: WorkflowEngine, gate: Path
) -> None:
    steps = [step(f"part{n}") for n in range(40)]
    steps.append(step("slow", "tests.wait_for_file", parameters={"path": str(gate)}))
    shared_engine.register_workflow("crowded", steps)
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("crowded", {})
    open_live(page, f"/executions/{execution_id}?view=steps")

    expect(page.locator("#level-1 .count")).to_have_text("40/41")
    expect(page.locator("#level-1-listed .node")).to_have_count(1)
    expect(page.locator("#level-1 rect.success")).to_have_attribute("width", "400")
    gate.touch()
    expect(page.locator("#level-1 .count")).to_have_text("41/41")
    expect(page.locator("#level-1-listed .node")).to_have_count(0)
    page.get_by_role("link", name="Show all 41").click()
    expect(page.locator(".node")).to_have_count(41)


def test_page_shows_everything_when_there_is_no_script(browser: Browser, base_url: str, gated: str) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    try:
        page = context.new_page()
        page.goto(f"/executions/{gated}")

        status_of(page, "work", "running")
        assert (
            page.locator("noscript meta[http-equiv=refresh]").count()
            or page.locator("meta[http-equiv=refresh]").count()
        )
        page.get_by_role("button", name="Pin").click()
        expect(page.get_by_role("button", name="Unpin")).to_be_visible()
        page.get_by_role("button", name="Unpin").click()
        expect(page.get_by_role("button", name="Pin", exact=True)).to_be_visible()
    finally:
        context.close()


def test_nine_step_page_is_small_on_the_wire(page: Page, shared_engine: WorkflowEngine) -> None:
    execution_id = shared_engine.execute_workflow("parallel_processing", {})
    wait_until_ended(shared_engine, execution_id)
    received = 0

    def count(parameters: dict[str, float]) -> None:
        nonlocal received
        received += int(parameters["encodedDataLength"])

    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", count)
    page.goto(f"/executions/{execution_id}", wait_until="networkidle")

    print(f"9-step page with its assets: {received:,} bytes")
    assert 0 < received <= 60_000
