"""Time zones in a real browser: chosen in the top bar, the same text from server and script, no flash of another zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from celeriac.web.ui.rendering import environment
from celeriac.web.ui.time_zones import UTC, Zone, in_zone, names
from tests.support.executions import wait_for_step, wait_until_ended
from tests.support.workflows import step

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine

pytestmark = pytest.mark.usefixtures("shared_worker")

#: Gaps and folds of several zones to the second, halves and quarters of hours, before and after.
MOMENTS = [
    *("2026-03-29T00:59:59.999Z", "2026-03-29T01:00:00.000Z"),  # Europe, into summer
    *("2026-10-25T00:59:59.999Z", "2026-10-25T01:00:00.000Z", "2026-10-25T01:30:00.5Z"),  # and back
    *("2026-03-08T06:59:59.999Z", "2026-03-08T07:00:00.000Z", "2026-11-01T06:30:00.001Z"),  # New York
    *("2026-04-04T14:59:59.999Z", "2026-04-04T15:00:00.000Z", "2026-10-03T15:30:00.000Z"),  # Lord Howe
    *(
        "2026-12-31T18:14:59.999Z",
        "2026-12-31T18:15:00.000Z",
        "2026-02-28T23:59:59.999Z",
        "2028-02-29T12:00:00Z",
    ),
    *(
        "1969-12-31T23:59:59.999Z",
        "1970-01-01T00:00:00.001Z",
        "1987-06-05T04:03:02.010Z",
        "2045-07-01T00:00:00.000Z",
    ),
]
TIMES = """{% from "components/times.html" import moment, moment_and_zone, zone_label %}
<main id="main">{{ zone_label() }}
{% for at in moments %}
{{ moment_and_zone(at) }}{% for shape in ("date", "clock", "tenths", "milliseconds") %}{{ moment(at, shape) }}{% endfor %}
{% endfor %}</main>"""
ZONES = (
    *("UTC", "Europe/Paris", "Europe/Dublin", "America/New_York", "America/St_Johns", "Asia/Kolkata"),
    *("Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Etc/GMT+5"),
)


def choose(context: BrowserContext, choice: str, base_url: str) -> None:
    context.add_cookies([{"name": "zone", "value": choice, "url": base_url}])


@pytest.fixture
def running(shared_engine: WorkflowEngine, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """An execution that waits for a file."""
    gate = tmp_path / "go"
    waiting = step("work", "tests.wait_for_file", parameters={"path": str(gate)})
    shared_engine.register_workflow("in_zones", [waiting, step("later", after="work")])
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("in_zones", {})
    wait_for_step(shared_engine, execution_id, "work", "running")
    yield execution_id, gate
    gate.touch()
    wait_until_ended(shared_engine, execution_id)


@pytest.mark.parametrize("zone", ZONES)
def test_script_and_server_write_the_same(
    page: Page, context: BrowserContext, base_url: str, zone: str
) -> None:
    template = environment().from_string(TIMES)
    with in_zone(Zone(zone)):
        expected = template.render(moments=MOMENTS)
    # A page in UTC gets another zone when the choice was changed in another tab.
    with in_zone(Zone("Asia/Tokyo") if zone == "UTC" else UTC):
        sent = template.render(moments=MOMENTS)
    choose(context, zone, base_url)
    page.goto("/zone")

    written = page.evaluate(
        "async (text) => { await htmx.swap({text, target: '#main', swap: 'outerHTML', sourceElement: document.body});"
        " return document.querySelector('#main').outerHTML.replaceAll('=\"\"', ''); }",
        sent,
    )

    assert written.split("\n") == expected.strip().split("\n")


def test_the_browser_knows_every_zone_that_is_offered(page: Page) -> None:
    page.goto("/help")

    unknown = page.evaluate(
        "(names) => names.filter((timeZone) => { try { Intl.DateTimeFormat('en', {timeZone}) } catch { return true } })",
        list(names()),
    )

    assert unknown == []


def test_no_time_of_another_zone_is_ever_in_the_page_when_pieces_of_it_are_replaced(
    page: Page, context: BrowserContext, base_url: str, running: tuple[str, Path]
) -> None:
    execution_id, gate = running
    choose(context, "Asia/Kathmandu", base_url)
    page.goto(f"/executions/{execution_id}")
    expect(page.locator("html")).to_have_attribute("data-live", "live")
    page.evaluate("""() => {
      window.seen = new Set();
      const look = () => document.querySelectorAll('time[datetime]').forEach((el) => seen.add(el.title.slice(24)));
      new MutationObserver(look).observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
    }""")

    gate.touch()

    expect(page.locator("#execution-facts")).to_contain_text("Ended")
    ended = page.locator("#execution-facts time").last
    expect(ended).to_have_text(re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+05:45$"))
    assert page.evaluate("() => [...seen]") == ["+05:45 Asia/Kathmandu"]


def test_rows_of_the_list_stay_in_the_zone_when_they_change(
    page: Page, context: BrowserContext, base_url: str, running: tuple[str, Path]
) -> None:
    execution_id, gate = running
    choose(context, "America/St_Johns", base_url)
    page.goto("/executions?workflow_id=in_zones")
    row = page.locator(f"#x-{execution_id}")
    expect(row).to_contain_text("Running")
    before = row.locator("time").evaluate("(time) => time.outerHTML")

    gate.touch()

    expect(row).to_contain_text("Success")
    assert row.locator("time").evaluate("(time) => time.outerHTML") == before


def test_the_zone_is_chosen_in_the_top_bar_by_keyboard(page: Page) -> None:
    page.goto("/help")
    page.get_by_role("button", name="Times are in UTC").press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="UTC", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Another zone")).to_be_hidden()

    page.get_by_role("button", name="Times are in UTC").click()
    page.get_by_role("link", name="Another zone").click()
    page.get_by_label("Zone by name").select_option("Asia/Kathmandu")
    page.get_by_role("button", name="Show times in it").click()

    expect(page).to_have_url(re.compile("/help$"))
    expect(page.locator("[popovertarget=zones]")).to_have_text("+05:45")


def test_the_browsers_own_zone_is_followed_when_it_was_chosen(browser: Browser, base_url: str) -> None:
    at_home = browser.new_context(timezone_id="Asia/Tokyo", base_url=base_url)
    page = at_home.new_page()
    page.goto("/help")
    page.locator("[popovertarget=zones]").click()
    page.get_by_role("button", name="Local Asia/Tokyo").click()
    expect(page.locator("[popovertarget=zones]")).to_have_text("JST")
    abroad = browser.new_context(
        timezone_id="America/Lima", base_url=base_url, storage_state=at_home.storage_state()
    )
    page = abroad.new_page()
    loads: list[str] = []
    page.on("request", lambda request: loads.append(request.url) if request.is_navigation_request() else None)

    page.goto("/help")

    expect(page.locator("[popovertarget=zones]")).to_have_text("-05:00")
    assert len(loads) == 2  # as it was at home, and once more
    for context in (at_home, abroad):
        context.close()


def test_the_zone_can_be_chosen_without_javascript(browser: Browser, base_url: str) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    page = context.new_page()
    page.goto("/executions?status=success")
    page.locator("[popovertarget=zones]").click()
    expect(page.get_by_role("button", name="Local")).to_have_count(0)

    page.get_by_role("link", name="Another zone").click()
    page.get_by_label("Zone by name").select_option("Asia/Kathmandu")
    page.get_by_role("button", name="Show times in it").click()

    expect(page).to_have_url(re.compile(r"/executions\?status=success$"))
    expect(page.locator("html")).to_have_attribute("data-zone", "Asia/Kathmandu")
    context.close()


def test_executions_are_narrowed_to_moments_that_are_typed_in_the_zone(
    page: Page, context: BrowserContext, base_url: str
) -> None:
    choose(context, "Asia/Kathmandu", base_url)
    page.goto("/executions")
    since = page.get_by_label("From, +05:45")
    expect(since).to_be_hidden()

    page.get_by_label("Started").select_option("Between…")
    since.fill("2020-02-03T05:45")
    page.get_by_role("button", name="Filter").click()

    expect(page).to_have_url(re.compile(r"/executions\?since=2020-02-03T00%3A00%3A00\.000Z$"))
    expect(since).to_have_value("2020-02-03T05:45")
    expect(page.locator("html")).to_have_attribute("data-live", "live")
