"""More tabs than a browser opens connections to one server over HTTP/1.1: each page still loads and stays current."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from celeriac.engine.engine import WorkflowEngine
from tests.support.executions import wait_for_step, wait_until_ended
from tests.support.workflows import step

pytestmark = pytest.mark.usefixtures("shared_worker")
TABS = 8


def test_every_tab_loads_and_follows_when_eight_show_running_executions(
    context: BrowserContext,
    shared_engine: WorkflowEngine,
    expected_complaints: list[str],
    tmp_path: Path,
) -> None:
    # A fifth stream of a session is refused with 429; its page polls instead and says so.
    expected_complaints.append(r"429|htmx:sse:error")
    gate = tmp_path / "go"
    waits = step("work", "tests.wait_for_file", parameters={"path": str(gate)})
    shared_engine.register_workflow("tabs", [waits, step("after", after="work")])
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("tabs", {})
    wait_for_step(shared_engine, execution_id, "work", "running")

    pages = [context.new_page() for _ in range(TABS)]
    for page in pages:
        page.goto(f"/executions/{execution_id}")
        expect(page.locator("#execution-head .chip")).to_have_text("Running")
    gate.touch()
    wait_until_ended(shared_engine, execution_id)

    for page in pages:
        expect(page.locator("#execution-head .chip")).to_have_text("Success")
