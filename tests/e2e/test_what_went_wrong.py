"""What a person reads and does first when an execution has failed or was cancelled, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from celeriac.engine.engine import WorkflowEngine
from tests.support.executions import wait_until_ended
from tests.support.workflows import step

pytestmark = pytest.mark.usefixtures("shared_worker")


def launch(engine: WorkflowEngine, name: str, *steps: object) -> str:
    engine.register_workflow(name, steps)  # type: ignore[arg-type]
    engine.publish_workflows()
    return engine.execute_workflow(name, {})


def test_failure_is_answered_first_and_the_step_shows_its_traceback(
    page: Page, context: BrowserContext, base_url: str, shared_engine: WorkflowEngine
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=base_url)
    failing = step("load", "tests.raise_error", parameters={"message": "<script>no</script>"}, retry_count=1)
    execution_id = launch(shared_engine, "failing", failing, step("later", after="load"))

    page.goto(f"/executions/{execution_id}")

    answer = page.locator("#execution-answer")
    expect(answer.get_by_role("heading")).to_have_text("load failed on attempt 2 of 2, level 1")
    expect(answer).to_contain_text("ValueError: <script>no</script>")
    expect(answer.locator(".source")).to_have_text(
        re.compile(r"^support/tasks.py:\d+raise ValueError\(message\)$")
    )
    expect(answer).to_contain_text("Both attempts ended with the same error.")
    expect(answer).to_contain_text("1 later step never started.")
    expect(page.locator(".button.primary")).to_have_text("Retry from load…")
    answer.get_by_role("button", name="Copy error").click()
    expect(answer.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines()[0] == "ValueError: <script>no</script>"
    assert copied.splitlines()[-1] == f"Execution {execution_id}"
    expect(page.locator("#s-later .meta")).to_have_text(re.compile("^not run"))
    expect(page.locator("#s-later title")).to_have_text("later: not run: stopped after load failed")

    answer.get_by_role("link", name="Open step").click()

    expect(page.locator("#step-error .own")).to_contain_text("raise ValueError(message)")
    expect(page.locator(".attempts > li")).to_have_count(2)
    first = page.locator("#attempt-1")
    first.locator("summary").click()
    expect(first).to_contain_text("Word for word the error of attempt 2.")


def test_traceback_is_copied_word_for_word_when_calls_are_folded_away(
    page: Page, context: BrowserContext, base_url: str, shared_engine: WorkflowEngine
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=base_url)
    execution_id = launch(shared_engine, "failing_inside", step("load", "tests.read_json", retry_count=0))
    wait_until_ended(shared_engine, execution_id)
    page.goto(f"/executions/{execution_id}/steps/load")

    folded = page.locator("#step-error details")
    expect(folded.locator(".library")).to_be_hidden()
    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()

    error = shared_engine.steps.get(execution_id, "load")["attempts"][0]["error"]
    assert error is not None
    assert page.evaluate("navigator.clipboard.readText()") == error["traceback"]
    folded.locator("summary").click()
    expect(folded.locator(".library")).to_contain_text("raw_decode")


def test_cancelled_execution_says_what_was_stopped(page: Page, shared_engine: WorkflowEngine) -> None:
    steps = (step("first"), step("slow", "sleep", after="first", parameters={"seconds": 60}))
    execution_id = launch(shared_engine, "to_cancel", *steps, step("last", after="slow"))
    page.goto(f"/executions/{execution_id}")
    expect(page.locator("#s-slow")).to_have_attribute("data-state", "running")

    page.get_by_role("button", name="Cancel").click()

    expect(page.locator("#execution-answer")).to_contain_text(
        "Cancelled: 1 of 3 steps were done, slow was stopped, 1 step never started."
    )


def test_step_page_is_no_wider_than_the_window_when_an_error_is_one_long_word(
    page: Page, shared_engine: WorkflowEngine
) -> None:
    failing = step("load", "tests.raise_error", parameters={"message": "m" * 20_000}, retry_count=0)
    execution_id = launch(shared_engine, "long_message", failing)
    wait_until_ended(shared_engine, execution_id)

    page.goto(f"/executions/{execution_id}/steps/load")

    expect(page.locator("#step-error")).to_contain_text("mmm")
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
