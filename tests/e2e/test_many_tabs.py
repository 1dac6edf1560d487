"""More tabs than a browser opens connections to one server over HTTP/1.1: each page still loads and is live."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import ExecutionEnded
from tests.support.watching import connection
from tests.support.workflows import step

TABS = 8


@pytest.fixture
def start(shared_engine: WorkflowEngine) -> Iterator[Callable[[], str]]:
    """Launches an execution that stays as it is until it is cancelled."""
    started: list[str] = []

    def launch() -> str:
        shared_engine.register_workflow("tabs", [step("work", queue="served_by_nobody")])
        started.append(shared_engine.execute_workflow("tabs", {}))
        return started[-1]

    yield launch
    for execution_id in started:
        with contextlib.suppress(ExecutionEnded):
            shared_engine.cancel_workflow(execution_id)


@pytest.fixture(autouse=True)
def _refusals(expected_complaints: list[str]) -> None:
    # The browser reports the refusal of a stream of its own, after which a tab shares one.
    expected_complaints.append(r"429")


def status(page: Page, words: str) -> None:
    expect(page.locator("#execution-head .chip")).to_have_text(words)


def test_every_tab_is_live_and_follows_when_eight_show_one_execution(
    context: BrowserContext, shared_engine: WorkflowEngine, start: Callable[[], str]
) -> None:
    execution_id = start()
    pages = [context.new_page() for _ in range(TABS)]
    for page in pages:
        page.goto(f"/executions/{execution_id}")
        connection(page, "live")
        status(page, "Pending")

    shared_engine.cancel_workflow(execution_id)

    for page in pages:
        status(page, "Cancelled")
        connection(page, "ended")


def test_tabs_follow_what_each_of_them_shows_when_they_share_a_stream(
    context: BrowserContext, shared_engine: WorkflowEngine, start: Callable[[], str]
) -> None:
    started = [start() for _ in range(TABS)]
    pages = [context.new_page() for _ in started]
    for page, execution_id in zip(pages, started, strict=True):
        page.goto(f"/executions/{execution_id}")
        connection(page, "live")

    # From the last one: those that share a stream end one by one, and the others go on.
    for number in reversed(range(TABS)):
        shared_engine.cancel_workflow(started[number])
        status(pages[number], "Cancelled")
        for other in pages[:number]:
            status(other, "Pending")
            connection(other, "live")


def test_list_is_live_when_it_shares_a_stream_with_executions(
    context: BrowserContext, shared_engine: WorkflowEngine, start: Callable[[], str]
) -> None:
    execution_id = start()
    for _ in range(TABS):
        page = context.new_page()
        page.goto(f"/executions/{execution_id}")
        connection(page, "live")
    overview = context.new_page()
    overview.goto("/executions?workflow_id=tabs")
    connection(overview, "live")

    shared_engine.cancel_workflow(execution_id)

    expect(overview.locator(f"#x-{execution_id}")).to_contain_text("Cancelled")


def test_tab_goes_on_without_a_poll_when_others_of_its_stream_are_closed(
    context: BrowserContext, shared_engine: WorkflowEngine, start: Callable[[], str]
) -> None:
    execution_id = start()
    pages = [context.new_page() for _ in range(TABS)]
    for page in pages:
        page.goto(f"/executions/{execution_id}")
        connection(page, "live")
    for page in pages[3:-1]:
        page.close()

    shared_engine.cancel_workflow(execution_id)

    status(pages[-1], "Cancelled")
