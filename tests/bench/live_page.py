"""An open execution page in a real browser: how soon its DOM shows a step's change, and what it weighs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from engine.engine import WorkflowEngine
from engine.settings import Settings
from engine.workflows.events import epoch_ms
from tests.support.browser import QUIET, executable_path
from tests.support.executions import wait_until_ended
from tests.support.servers import StoreServer
from tests.support.webserver import WebServer
from tests.support.workers import Worker
from tests.support.workflows import step

WATCHED = "bench_watched"
#: Steps one after the other, long enough that each of their changes is a change of its own.
WATCHED_STEPS, STEP_SECONDS = 30, 0.12
NINE_STEPS = "parallel_processing"

#: Notes, for every change of a step's state in the DOM, when it happened in milliseconds since the epoch.
OBSERVER = """() => {
  window.changes = [];
  new MutationObserver(mutations => {
    const at = performance.timeOrigin + performance.now();
    for (const { target } of mutations)
      if (target.id.startsWith('s-')) window.changes.push([target.id.slice(2), target.dataset.s, at]);
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-s'] });
}"""


@dataclass(frozen=True, slots=True)
class PageFigures:
    latencies: list[float]  # milliseconds from the store's change to the DOM's
    changes: (
        int  # in the event log; some of them follow each other so closely that the page shows the last only
    )
    page_bytes: dict[str, int]  # over the wire, by kind

    def as_json(self) -> dict[str, Any]:
        return {
            "step_to_dom_milliseconds": {
                "median": median(self.latencies),
                "p95": quantiles(self.latencies, n=20)[-1],
                "max": max(self.latencies),
                "measured": len(self.latencies),
                "changes_in_log": self.changes,
            },
            "nine_step_page_bytes": {**self.page_bytes, "total": sum(self.page_bytes.values())},
        }


def measure_page(directory: Path) -> PageFigures:
    """The whole stack, as `celeriac up` has it, with the store's AOF on."""
    server = StoreServer(aof=True).start()
    settings = Settings(redis_url=server.url, namespace="bench", data_dir=directory / "data")
    worker, web = Worker(settings, log_directory=directory), WebServer(settings, log_directory=directory)
    engine = WorkflowEngine(settings)
    try:
        engine.register_workflow(WATCHED, _one_after_the_other())
        engine.publish_workflows()
        worker.start()
        web.start()
        with browser_of_bench() as browser:
            latencies, changes = _latencies(browser, engine, web.url)
            return PageFigures(latencies, changes, _weight(browser, engine, web.url))
    finally:
        web.stop()
        worker.stop()
        engine.app.close()
        engine.store.close()
        server.stop()


def _one_after_the_other() -> list[Any]:
    return [
        step(f"s{n}", "sleep", after=[f"s{n - 1}"] if n else [], parameters={"seconds": STEP_SECONDS})
        for n in range(WATCHED_STEPS)
    ]


@contextmanager
def browser_of_bench() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium
        browser = chromium.launch(args=list(QUIET), executable_path=executable_path(chromium.executable_path))
        yield browser
        browser.close()


def _latencies(browser: Browser, engine: WorkflowEngine, url: str) -> tuple[list[float], int]:
    page = browser.new_page()
    execution_id = engine.execute_workflow(WATCHED, {})
    page.goto(f"{url}/executions/{execution_id}")
    page.evaluate(OBSERVER)
    opened = time.time() * 1000
    wait_until_ended(engine, execution_id, within=120)
    page.wait_for_selector(f"#s-s{WATCHED_STEPS - 1}[data-s=success]")
    shown: list[tuple[str, str, float]] = page.evaluate("() => window.changes")
    happened = {
        (event["step"], event["event"].removeprefix("step_")): epoch_ms(event["time"])
        for event in engine.get_events(execution_id)
        if "step" in event and epoch_ms(event["time"]) > opened
    }
    first: dict[tuple[str, str], float] = {}
    for name, status, at in shown:
        first.setdefault((name, status), at)
    page.close()
    return [first[change] - at for change, at in happened.items() if change in first], len(happened)


def _weight(browser: Browser, engine: WorkflowEngine, url: str) -> dict[str, int]:
    """Bytes over the wire, headers included, of a first visit to the page of a finished nine-step execution."""
    execution_id = engine.execute_workflow(NINE_STEPS, engine.get_workflow(NINE_STEPS)["example_input"])
    wait_until_ended(engine, execution_id)
    page = browser.new_context().new_page()
    sizes = count_bytes(page)
    page.goto(f"{url}/executions/{execution_id}", wait_until="networkidle")
    page.close()
    return dict(sorted(sizes.items()))


def count_bytes(page: Page) -> dict[str, int]:
    """A dict that fills with the bytes received, by kind of resource, while the page loads."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("Network.enable")
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def on_response(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = event["type"].lower()

    def on_finished(event: dict[str, Any]) -> None:
        kind = kinds.get(event["requestId"], "other")
        sizes[kind] = sizes.get(kind, 0) + int(event["encodedDataLength"])

    protocol.on("Network.responseReceived", on_response)
    protocol.on("Network.loadingFinished", on_finished)
    return sizes
