"""The drawing of a plan in a real browser: live counts, lines that stand out, keys, zoom, following, without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from celeriac.engine.engine import WorkflowEngine
from tests.e2e.test_accessibility import violations
from tests.support.executions import wait_for_step, wait_until_ended
from tests.support.workflows import chain, layered, step

pytestmark = pytest.mark.usefixtures("shared_worker")


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    return tmp_path / "go"


@pytest.fixture
def forked(shared_engine: WorkflowEngine, gate: Path) -> Iterator[str]:
    """`first -> twelve equal parts and other (waits for the gate) -> last`, with `other` running."""
    parts = [step(f"part_{n}", after=["first", "other"]) for n in range(12)]
    shared_engine.register_workflow(
        "forked",
        [
            step("first"),
            step("other", "tests.wait_for_file", after="first", parameters={"path": str(gate)}),
            *parts,
            step("last", after=[part.name for part in parts]),
        ],
    )
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("forked", {})
    wait_for_step(shared_engine, execution_id, "other", "running")
    yield execution_id
    gate.touch()
    wait_until_ended(shared_engine, execution_id)


@pytest.fixture
def long_chain(shared_engine: WorkflowEngine, gate: Path) -> Iterator[str]:
    """Thirty steps in a row; the last but two waits for the gate."""
    steps = chain(30)
    steps[27] = step("s28", "tests.wait_for_file", after="s27", parameters={"path": str(gate)})
    shared_engine.register_workflow("long_chain", steps)
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("long_chain", {})
    yield execution_id
    gate.touch()
    wait_until_ended(shared_engine, execution_id)


@pytest.fixture
def wide(shared_engine: WorkflowEngine, gate: Path) -> str:
    """Six levels of twelve steps behind one that waits for the gate."""
    steps = layered(6, 12)
    steps[0] = step("source", "tests.wait_for_file", parameters={"path": str(gate)})
    shared_engine.register_workflow("wide", steps)
    shared_engine.publish_workflows()
    return shared_engine.execute_workflow("wide", {})


def open_live(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator("html")).to_have_attribute("data-live", "live")


def node(page: Page, key: str) -> Locator:
    return page.locator(f".drawing a[data-node='{key}']")


def test_counts_of_equal_steps_move_without_reload_when_they_end(page: Page, forked: str, gate: Path) -> None:
    open_live(page, f"/executions/{forked}")
    stack = page.locator("#s-part_0-12")
    expect(stack.locator("text.name")).to_have_text("part \N{MULTIPLICATION SIGN}12")
    expect(stack).to_have_attribute("data-state", "pending")
    expect(page.locator("#e-part_0-12")).to_have_attribute("data-state", "pending")

    gate.touch()

    expect(stack).to_have_attribute("data-state", "success")
    expect(stack.locator(".meta")).to_have_text("12 done")
    expect(stack.locator("title")).to_have_text("part \N{MULTIPLICATION SIGN}12: 12 done")
    expect(stack.locator("rect.success")).to_have_attribute("width", "120")
    expect(stack.locator("use")).to_have_attribute("href", re.compile("#s-success$"))
    expect(page.locator("#e-part_0-12")).to_have_attribute("data-state", "success")


def test_node_of_equal_steps_leads_to_each_of_them_when_it_is_opened(page: Page, forked: str) -> None:
    page.goto(f"/executions/{forked}")

    page.locator("#s-part_0-12").click()

    expect(page.locator("#level-3 .node")).to_have_count(12)
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Levels").click()
    expect(page.locator("#s-part_0-12")).to_have_count(1)


def test_node_leads_to_the_page_of_its_step_when_it_is_opened(page: Page, forked: str) -> None:
    page.goto(f"/executions/{forked}")

    page.get_by_role("link", name=re.compile("^other: running")).click()

    expect(page.get_by_role("heading", name="other").first).to_be_visible()


def test_lines_of_a_node_stand_out_when_it_has_the_focus_or_the_pointer(page: Page, forked: str) -> None:
    page.goto(f"/executions/{forked}")
    hot = page.locator("#hot")

    node(page, "other").focus()

    # one line from `first`, one to the parts
    expect(hot).to_have_attribute("d", re.compile(r"^(M[^M]+){2}$"))
    node(page, "last").hover()
    expect(hot).to_have_attribute("d", page.locator("#e-last").get_attribute("d") or "")
    page.mouse.move(0, 0)
    expect(hot).to_have_attribute("d", re.compile(r"^(M[^M]+){2}$"))
    page.evaluate("() => document.activeElement.blur()")
    expect(hot).to_have_attribute("d", "")


def test_arrow_keys_walk_through_the_drawing_when_it_has_the_focus(page: Page, forked: str) -> None:
    page.goto(f"/executions/{forked}")
    node(page, "first").focus()

    for key, expected in (
        ("ArrowRight", "other"),
        ("ArrowRight", "part_0-12"),
        ("ArrowRight", "last"),
        ("ArrowRight", "last"),
        ("ArrowLeft", "part_0-12"),
        ("ArrowUp", "part_0-12"),
    ):
        page.keyboard.press(key)
        expect(node(page, expected)).to_be_focused()
    page.keyboard.press("Tab")
    assert not page.evaluate("() => document.activeElement.closest('.drawing')"), "one stop of the Tab key"
    page.keyboard.press("Shift+Tab")
    expect(node(page, "part_0-12")).to_be_focused()


#: What the drawing says of every node, line and level.
SHOWN = """() => [...document.querySelectorAll('.drawing :is(a, .edge, [id^=level-])')].map(element => [
  element.id, element.dataset.state, element.querySelector('title, .count')?.textContent,
  element.querySelector('use')?.getAttribute('href'),
  ...[...element.querySelectorAll('[data-share]')].map(share => share.getAttribute('width'))])"""

#: Counts how often a picture is given a size, which makes the browser lay out and paint all that is in it.
WATCH_SIZES = """() => {
  window.sizes_set = 0;
  const observer = new MutationObserver(changes => { window.sizes_set += changes.length; });
  for (const svg of document.querySelectorAll('.drawing > svg, .plan > svg'))
    observer.observe(svg, { attributes: true, attributeFilter: ['width', 'height'] });
}"""


def test_drawing_is_that_of_a_fresh_page_when_many_steps_have_changed_at_once(
    page: Page, wide: str, shared_engine: WorkflowEngine, gate: Path
) -> None:
    open_live(page, f"/executions/{wide}")
    page.evaluate(WATCH_SIZES)
    gate.touch()
    wait_until_ended(shared_engine, wide)
    expect(page.locator("#s-sink")).to_have_attribute("data-state", "success")

    live = page.evaluate(SHOWN)
    assert page.evaluate("() => window.sizes_set") == 0
    page.reload()

    assert len(live) > 150
    assert live == page.evaluate(SHOWN)


#: By how many pixels a level stands elsewhere than the lines that reach it, at most.
COLUMNS_ASIDE = """() => {
  const lines = document.querySelector('.plan .lines'), left = lines.getBoundingClientRect().left;
  const scale = lines.getAttribute('width') / lines.viewBox.baseVal.width;
  return Math.max(...[...document.querySelectorAll('.plan .column')].map(column =>
    Math.abs(column.getBoundingClientRect().left - left - column.viewBox.baseVal.x * scale)));
}"""


def test_drawing_grows_and_shrinks_when_its_buttons_are_pressed(page: Page, long_chain: str) -> None:
    page.goto(f"/executions/{long_chain}")
    drawing = page.locator(".plan .lines")
    box = drawing.get_attribute("viewBox")

    def width() -> float:
        return float(drawing.get_attribute("width") or 0)

    natural = width()
    page.get_by_role("button", name="Larger").click()
    assert width() == pytest.approx(natural * 1.25)
    assert page.evaluate(COLUMNS_ASIDE) < 0.5
    page.get_by_role("button", name="Smaller").click()
    assert width() == pytest.approx(natural)
    assert page.locator(".drawing[data-far]").count() == 0

    page.get_by_role("button", name="Fit into the page").click()

    assert width() <= page.evaluate("() => document.querySelector('.drawing').clientWidth")
    expect(page.locator(".drawing[data-far]")).to_have_count(1)  # names that nobody could read are left out
    assert drawing.get_attribute("viewBox") == box


def test_point_under_the_pointer_stays_when_the_wheel_zooms(page: Page, long_chain: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"/executions/{long_chain}")
    page.get_by_label("Follow").uncheck()
    page.evaluate("() => document.querySelector('.drawing').scrollTo(1500, 0)")
    under = """([x, y]) => document.elementFromPoint(x, y).closest('.drawing a')?.dataset.node"""
    box = node(page, "s10").bounding_box()
    assert box
    point = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    page.mouse.move(*point)

    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")

    expect(page.locator(".plan .lines")).not_to_have_attribute("width", re.compile(r"^[\d]+$"))
    assert page.evaluate(under, point) == "s10"


def test_running_step_is_kept_in_sight_until_somebody_scrolls(
    page: Page, long_chain: str, shared_engine: WorkflowEngine, gate: Path
) -> None:
    page.emulate_media(reduced_motion="reduce")
    open_live(page, f"/executions/{long_chain}")
    expect(page.locator("#s-s28")).to_have_attribute("data-state", "running")
    expect(page.locator("#s-s28")).to_be_in_viewport()

    page.locator(".drawing").hover()
    page.mouse.wheel(-4000, 0)

    expect(page.get_by_label("Follow")).not_to_be_checked()
    expect(page.locator("#s-s28")).not_to_be_in_viewport()
    gate.touch()
    expect(page.locator("#s-s30")).to_have_attribute("data-state", "success")
    expect(page.locator("#s-s28")).not_to_be_in_viewport()
    expect(page.get_by_label("Follow")).to_have_count(0)  # nothing is left to be followed


def test_drawing_follows_again_when_it_is_asked_to(page: Page, long_chain: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    open_live(page, f"/executions/{long_chain}")
    expect(page.locator("#s-s28")).to_have_attribute("data-state", "running")
    page.get_by_label("Follow").uncheck()
    page.evaluate("() => document.querySelector('.drawing').scrollTo(0, 0)")
    expect(page.locator("#s-s28")).not_to_be_in_viewport()

    page.get_by_label("Follow").check()

    expect(page.locator("#s-s28")).to_be_in_viewport()


def test_drawing_is_whole_when_there_is_no_script(browser: Browser, base_url: str, forked: str) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    try:
        page = context.new_page()
        page.goto(f"/executions/{forked}")

        expect(page.locator(".drawing a")).to_have_count(4)
        expect(page.get_by_label("Follow")).to_be_hidden()
        expect(page.get_by_role("button", name="Larger")).to_be_hidden()
        node(page, "first").focus()
        page.keyboard.press("Tab")
        expect(node(page, "other")).to_be_focused()
    finally:
        context.close()


def test_plan_of_a_workflow_is_drawn_and_leads_to_its_table(page: Page, forked: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto("/workflows/forked")

    expect(page.get_by_role("group", name="Drawing of the plan: 15 steps on 4 levels")).to_be_visible()
    expect(page.locator(".drawing .heads")).to_contain_text("12 steps")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    node(page, "other").click()

    expect(page.locator("tr#s-other")).to_be_in_viewport()
    expect(page).to_have_url(re.compile("#s-other$"))


def test_items_of_a_mapped_step_are_counted_without_reload_when_they_end(
    page: Page, shared_engine: WorkflowEngine, gate: Path
) -> None:
    load = step("load", "echo", parameters={"rows": [1, 2, 3]})
    waiting = step("each", "tests.wait_for_file", parameters={"path": str(gate)}, map_over="load.rows")
    shared_engine.register_workflow("mapped", [load, waiting, step("last", after="each")])
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("mapped", {})
    wait_for_step(shared_engine, execution_id, "each", "running")
    open_live(page, f"/executions/{execution_id}")
    each = page.locator("#s-each")
    expect(each.locator(".meta")).to_have_text(re.compile("^[12] running$"))

    gate.touch()

    expect(each.locator(".meta")).to_have_text("3 done")
    expect(each).to_have_attribute("data-state", "success")
    expect(each.locator("rect.success")).to_have_attribute("width", "30")
    expect(each.locator(".segments")).to_have_attribute("viewBox", "0 0 30 8")
    expect(page.locator("#s-last")).to_have_attribute("data-state", "success")
    each.click()
    expect(page.get_by_role("heading", name="each").first).to_be_visible()


def test_what_a_branch_did_not_choose_is_apart_when_it_has_decided(
    page: Page, shared_engine: WorkflowEngine
) -> None:
    large = {"type": "value_greater_than", "params": {"field": "rows", "threshold": 5}, "task": "careful"}
    shared_engine.register_workflow(
        "branching",
        [
            step("measure", conditions={"large": large, "default": {"task": "quick"}}),
            step("careful"),
            step("quick"),
        ],
    )
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("branching", {"rows": 3})
    wait_until_ended(shared_engine, execution_id)

    page.goto(f"/executions/{execution_id}")

    expect(page.locator("#s-careful")).to_have_attribute("data-state", "skipped")
    expect(page.locator("#s-careful .condition")).to_have_text("large")
    expect(page.locator("#s-quick")).to_have_attribute("data-state", "success")
    expect(page.locator("#s-quick .condition")).to_have_text("default")
    styles = "el => [getComputedStyle(el).strokeDasharray]"
    not_taken, taken = page.locator("#e-careful").evaluate(styles), page.locator("#e-quick").evaluate(styles)
    assert not_taken != taken


def test_overview_of_levels_leads_to_each_and_is_live_when_there_are_many(
    page: Page, long_chain: str, gate: Path
) -> None:
    page.emulate_media(reduced_motion="reduce")
    open_live(page, f"/executions/{long_chain}")
    expect(page.locator("#s-s28")).to_have_attribute("data-state", "running")
    expect(page.locator("#strip-28")).to_have_attribute("data-state", "running")
    expect(page.locator("#strip-28 rect.running")).to_have_attribute("width", "10")
    expect(page.locator("#strip-30 title")).to_have_text("Level 30: 0/1")

    page.locator("#strip-2").click()

    expect(page.locator("#s-s2")).to_be_in_viewport()
    expect(page.get_by_label("Follow")).not_to_be_checked()
    gate.touch()
    expect(page.locator("#strip-30 title")).to_have_text("Level 30: 1/1")
    expect(page.locator("#strip-30 rect.success")).to_have_attribute("width", "10")


def test_long_drawing_is_accessible_in_every_theme_and_width(page: Page, long_chain: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"/executions/{long_chain}")
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        assert violations(page) == "", theme

    page.set_viewport_size({"width": 320, "height": 640})

    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    assert violations(page) == "", "320 px"
