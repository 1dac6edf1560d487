"""Why a step waits, on open pages: true without a reload, and without an event of the execution that is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from tests.e2e.test_execution_page import connection, open_live
from tests.support.executions import wait_until_ended
from tests.support.playing import WORKER, hold, play, release
from tests.support.workers import Worker
from tests.support.workflows import step

#: A page that was loaded anew has lost this mark.
MARK = "() => { document.documentElement.dataset.kept = 'yes' }"


@pytest.fixture
def start_worker_for(shared_settings: Settings, tmp_path: Path) -> Iterator[Callable[[str], Worker]]:
    started: list[Worker] = []

    def start(queue: str) -> Worker:
        started.append(Worker(shared_settings, log_directory=tmp_path, options=("-Q", queue)).start())
        return started[-1]

    yield start
    for worker in started:
        worker.stop()


def launch(engine: WorkflowEngine, workflow_id: str, count: int, queue: str) -> str:
    """So many steps `s1`, `s2`, … that wait for nothing but a slot; of two tasks, so that each is drawn."""
    steps = [step(f"s{n}", ("noop", "echo")[n % 2], queue=queue) for n in range(1, count + 1)]
    engine.register_workflow(workflow_id, steps)
    engine.publish_workflows()
    return engine.execute_workflow(workflow_id, {})


def test_nobody_consumes_the_queue_and_pages_go_on_when_a_worker_starts(
    page: Page, shared_engine: WorkflowEngine, start_worker_for: Callable[[str], Worker]
) -> None:
    execution_id = launch(shared_engine, "unserved", 1, "gpu")
    step_page = page.context.new_page()
    open_live(page, f"/executions/{execution_id}")
    open_live(step_page, f"/executions/{execution_id}/steps/s1")
    for each in (page.locator("#execution-now"), step_page.locator("#step .sentence")):
        expect(each).to_contain_text("Queue gpu: no worker consumes it; ready for")
        expect(each.locator("code")).to_have_text("celeriac worker -Q gpu")
    expect(page.locator("#s-s1 .meta")).to_contain_text("no worker")
    page.evaluate(MARK)
    step_page.evaluate(MARK)

    start_worker_for("gpu")

    expect(page.locator("#execution-head .chip")).to_have_text("Success")
    expect(step_page.locator("#step .sentence")).to_contain_text("Done")
    connection(page, "ended")
    for each in (page, step_page):
        expect(each.locator("html")).to_have_attribute("data-kept", "yes")
    wait_until_ended(shared_engine, execution_id)


def test_place_falls_on_open_pages_when_only_others_move(page: Page, shared_engine: WorkflowEngine) -> None:
    play_worker(shared_engine, "elsewhere", slots=16)
    others = launch(shared_engine, "crowd", 16, "crowded")  # as many as are published at a time
    play_worker(shared_engine, "elsewhere", slots=3)
    execution_id = launch(shared_engine, "behind_the_crowd", 14, "crowded")
    seq = shared_engine.get_workflow_status(execution_id)["seq"]
    step_page = page.context.new_page()
    open_live(page, f"/executions/{execution_id}")
    open_live(step_page, f"/executions/{execution_id}/steps/s14")  # not one of the few that are shown
    sixth, last = page.locator("#execution-now li").last, step_page.locator("#step .sentence")
    for each in (sixth, last):
        expect(each).to_contain_text("no worker consumes it")
    play_worker(shared_engine, "crowded", slots=3)
    for each, ahead in ((sixth, 21), (last, 29)):
        expect(each).to_contain_text(f"{ahead} messages ahead in crowded, 3 slots are free")

    for unit in range(3):
        shared_engine.store.transitions.claim_step(others, str(unit), 1, f"task.{unit}", WORKER)

    for each, ahead in ((sixth, 18), (last, 26)):
        expect(each).to_contain_text(f"{ahead} messages ahead in crowded, all 3 slots of")
    expect(page.locator("#s-s6 .meta")).to_contain_text("18 ahead")
    assert shared_engine.get_workflow_status(execution_id)["seq"] == seq
    release(shared_engine, others)
    play(shared_engine, execution_id)
    expect(page.locator("#execution-head .chip")).to_have_text("Success")


def test_page_of_a_step_says_that_what_it_waits_for_runs_when_that_starts(
    page: Page, shared_engine: WorkflowEngine
) -> None:
    steps = [step("clean_data", queue="nobodys"), step("report", after="clean_data")]
    shared_engine.register_workflow("cleaning", steps)
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("cleaning", {})
    open_live(page, f"/executions/{execution_id}/steps/report")
    sentence = page.locator("#step .sentence")
    expect(sentence).to_contain_text("Waits for clean_data, waiting in its queue.")

    hold(shared_engine, execution_id)

    expect(sentence).to_contain_text("Waits for clean_data, running ")
    expect(sentence.locator("time")).to_have_text(re.compile(r"^[1-9]\d* s$"))
    release(shared_engine, execution_id)
    expect(sentence).to_contain_text("Done")


def play_worker(engine: WorkflowEngine, queue: str, *, slots: int) -> None:
    """Says that there is one, and that it will live for a minute."""
    info = json.dumps({"queues": [queue], "concurrency": slots}).encode()
    engine.store.transitions.heartbeat(WORKER, info, [], slots)
    engine.store.client.zadd(engine.store.keys.leases(), {WORKER: engine.store.now() + 60_000})
