"""Retry, re-run, skip by hand, items and choices in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from celeriac.engine.engine import WorkflowEngine
from tests.support.executions import statuses, wait_for_step, wait_until_ended
from tests.support.workflows import step

pytestmark = pytest.mark.usefixtures("shared_worker")


@pytest.fixture
def failed(shared_engine: WorkflowEngine, tmp_path: Path) -> str:
    """`load -> clean -> report`, failed at `clean`, which fails once."""
    once: dict[str, Any] = {"marks": str(tmp_path / "marks"), "times": 1, "message": "no column price"}
    clean = step("clean", "tests.raise_error", after="load", parameters=once, retry_count=0)
    shared_engine.register_workflow("repairable", [step("load"), clean, step("report", after="clean")])
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("repairable", {"day": 1})
    assert wait_until_ended(shared_engine, execution_id)["status"] == "failure"
    return execution_id


def connection(page: Page, state: str) -> None:
    expect(page.locator("html")).to_have_attribute("data-live", state)


def looks(page: Page, name: str, look: str) -> None:
    expect(page.locator(f"#s-{name}")).to_have_attribute("data-state", look)


def test_page_goes_on_to_success_when_a_retry_from_failure_is_confirmed(page: Page, failed: str) -> None:
    page.goto(f"/executions/{failed}")
    looks(page, "report", "blocked")
    page.get_by_role("link", name="Retry from clean…").click()
    expect(page.locator(".again li")).to_have_text([re.compile("clean"), re.compile("report")])

    page.get_by_role("button", name="Run 2 steps again").click()

    expect(page).to_have_url(re.compile(f"/executions/{failed}$"))
    for name in ("clean", "report"):
        looks(page, name, "success")
    expect(page.locator("#execution-head .chip")).to_have_text("Success")
    expect(page.locator("#execution-facts")).to_contain_text("Round")
    expect(page.get_by_role("link", name=re.compile("^Retry"))).to_have_count(0)


def test_what_will_run_again_is_shown_before_anything_happens_when_rerun_from_a_step(
    page: Page, shared_engine: WorkflowEngine, failed: str
) -> None:
    before = shared_engine.get_workflow_status(failed)
    page.goto(f"/executions/{failed}/steps/load")
    page.get_by_role("link", name="Re-run from here…").click()
    expect(page.locator(".again li b")).to_have_text(["load", "clean", "report"])
    assert shared_engine.get_workflow_status(failed) == before

    page.get_by_role("button", name="Run 3 steps again").click()

    looks(page, "report", "success")
    rounds = [event["round"] for event in shared_engine.executions.events(failed) if "round" in event]
    assert rounds == [2]


def test_the_rest_goes_on_when_a_step_is_skipped_by_hand_without_javascript(
    browser: Browser, base_url: str, shared_engine: WorkflowEngine, failed: str
) -> None:
    context = browser.new_context(base_url=base_url, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/executions/{failed}/steps/clean")
    page.get_by_role("link", name="Skip…").click()
    page.get_by_label("Why").fill("the prices came by mail")

    page.get_by_role("button", name="Skip it").click()

    wait_until_ended(shared_engine, failed)
    page.reload()
    expect(page.locator("#step .chip")).to_have_text("Skipped")
    expect(page.locator(".sentence")).to_contain_text("Skipped: by hand: the prices came by mail.")
    assert statuses(shared_engine.get_workflow_status(failed))["clean"] == "skipped"
    context.close()


@pytest.mark.parametrize("path", ["", "?view=steps", "/steps/load"])
def test_an_ended_page_comes_alive_when_somebody_else_takes_the_execution_up(
    page: Page, shared_engine: WorkflowEngine, failed: str, path: str
) -> None:
    page.clock.install()
    page.goto(f"/executions/{failed}{path}")
    shared_engine.executions.retry(failed)

    page.clock.run_for(16_000)

    expect(page.get_by_text("Round").or_(page.get_by_text("round 2")).first).to_be_visible()
    wait_until_ended(shared_engine, failed)


# -- mapped steps


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A file that item 2 of `mapped` waits for."""
    return tmp_path / "go"


@pytest.fixture
def mapped(shared_engine: WorkflowEngine, gate: Path) -> Iterator[str]:
    """`resize` over 5 items, one after the other: 1 fails, 2 waits for the gate. Then `index` waits for `….last`."""
    last = gate.with_suffix(".last")
    shared_engine.register_workflow(
        "thumbnails",
        [
            step(
                "resize",
                "tests.item",
                map_over="input.files",
                max_parallel=1,
                allow_failure=True,
                retry_count=0,
                parameters={"failing": [1], "waiting": [2], "gate": str(gate)},
            ),
            step("index", "tests.wait_for_file", after="resize", parameters={"path": str(last)}),
        ],
    )
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("thumbnails", {"files": list("abcde")})
    wait_for_step(shared_engine, execution_id, "resize", "running")
    yield execution_id
    gate.touch()
    last.touch()
    wait_until_ended(shared_engine, execution_id)


@pytest.mark.parametrize("view", ["", "?view=steps"], ids=["drawing", "board"])
def test_counts_of_items_move_without_reload_while_they_run(
    page: Page, mapped: str, gate: Path, view: str
) -> None:
    page.goto(f"/executions/{mapped}{view}")
    connection(page, "live")
    words = page.locator("#s-resize .meta")
    expect(words).to_contain_text("1 failed")
    expect(words).to_contain_text(re.compile("1 done|1 of 5 done"))

    gate.touch()

    expect(words).to_contain_text(re.compile("4 done|4 of 5 done"))
    looks(page, "resize", "allowed")


def test_items_are_followed_from_the_step_to_one_of_them(page: Page, mapped: str, gate: Path) -> None:
    page.goto(f"/executions/{mapped}/steps/resize")
    connection(page, "live")
    expect(page.locator(".items tbody tr")).to_have_count(5)
    expect(page.locator(".items tbody tr").first).to_contain_text("Failed")

    gate.touch()

    expect(page.locator(".sentence")).to_contain_text("4 of 5 items done, 1 failed.")
    page.locator(".items .tabs").get_by_role("link", name="Failed").click()
    expect(page.locator(".items tbody tr")).to_have_count(1)
    page.locator(".items tbody a").click()
    expect(page).to_have_url(re.compile(r"/steps/resize/items/1$"))
    expect(page.locator("#step-title")).to_have_text("resize, item 1")
    expect(page.locator("#step-inputs li").first).to_have_text('item "b"')


def test_the_page_of_an_item_turns_without_reload_when_it_ends(page: Page, mapped: str, gate: Path) -> None:
    page.goto(f"/executions/{mapped}/steps/resize/items/2")
    expect(page.locator("#step .chip")).to_have_text("Running")

    gate.touch()

    expect(page.locator("#step .chip")).to_have_text("Success")
    expect(page.locator("#step-result")).to_have_text('"c"')


# -- decisions


def test_the_analysis_that_was_not_chosen_says_why(page: Page, shared_engine: WorkflowEngine) -> None:
    shared_engine.load_workflows()
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("conditional_processing", {"data_size": 52_000})

    page.goto(f"/executions/{execution_id}?view=steps")

    looks(page, "detailed_analysis", "skipped")
    looks(page, "quick_analysis", "success")
    expect(page.locator("#s-detailed_analysis .meta")).to_contain_text(
        "skipped: data_size > 1000000 was false: 52,000"
    )
    expect(page.locator("#execution-head .chip")).to_have_text("Success")
    page.goto(f"/executions/{execution_id}/steps/conditional_processing")
    expect(page.locator(".ways")).to_contain_text("chosen")
    expect(page.locator(".ways li").first).to_contain_text("data_size > 1000000 was false: 52,000")
