"""An open execution page in a real browser: how soon its DOM shows a step's change, and what it weighs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from celeriac.engine.workflows.progress.events import epoch_ms
from celeriac.engine.workflows.progress.views import EventView
from tests.bench.bars import Figure
from tests.support.browser import QUIET, executable_path
from tests.support.executions import wait_until_ended
from tests.support.servers import StoreServer
from tests.support.webserver import WebServer
from tests.support.workers import Worker
from tests.support.workflows import step

WATCHED = "bench_watched"
#: Steps one after the other, long enough that each of their changes is a change of its own.
STEPS, STEP_SECONDS, EXECUTIONS = 9, 0.25, 5
NINE_STEPS = "parallel_processing"

#: How far a step has come when its node shows this.
REACHED = {"pending": 0, "queued": 1, "warn": 1, "running": 2, "success": 3}

#: Notes, for every change of a step's state in the DOM, when it happened in milliseconds since the epoch.
OBSERVER = """() => {
  window.changes = [];
  new MutationObserver(mutations => {
    const at = performance.timeOrigin + performance.now();
    for (const { target } of mutations)
      if (target.id.startsWith('s-')) window.changes.push([target.id.slice(2), target.dataset.state, at]);
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-state'] });
}"""


def measure_page(directory: Path) -> list[Figure]:
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
            latencies = [
                latency for _ in range(EXECUTIONS) for latency in _latencies(browser, engine, web.url)
            ]
            return [*latency_figures(latencies), *_weight(browser, engine, web.url)]
    finally:
        web.stop()
        worker.stop()
        engine.close()
        server.stop()


def latency_figures(latencies: list[float]) -> list[Figure]:
    return [
        Figure(f"change to DOM, median of {len(latencies)}", median(latencies), "ms", 40),
        Figure("change to DOM, p95", quantiles(latencies, n=20)[-1], "ms", 100),
        Figure("change to DOM, longest", max(latencies), "ms"),
    ]


def _one_after_the_other() -> list[Any]:
    return [
        step(f"s{n}", "sleep", after=[f"s{n - 1}"] if n else [], parameters={"seconds": STEP_SECONDS})
        for n in range(STEPS)
    ]


@contextmanager
def browser_of_bench() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium
        browser = chromium.launch(args=list(QUIET), executable_path=executable_path(chromium.executable_path))
        yield browser
        browser.close()


def _latencies(browser: Browser, engine: WorkflowEngine, url: str) -> list[float]:
    """Milliseconds from each change of a step in the store to the page that shows it."""
    page = browser.new_page()
    execution_id = engine.execute_workflow(WATCHED, {})
    page.goto(f"{url}/executions/{execution_id}")
    page.evaluate(OBSERVER)
    opened = time.time() * 1000
    wait_until_ended(engine, execution_id, within=120)
    page.wait_for_selector(f"#s-s{STEPS - 1}[data-state=success]")
    shown = page.evaluate("() => window.changes")
    page.close()
    return delays(
        shown, [event for event in engine.executions.events(execution_id) if epoch_ms(event["time"]) > opened]
    )


def delays(shown: list[tuple[str, str, float]], events: list[EventView]) -> list[float]:
    """Milliseconds from each event of a step to the first state in the DOM that is this one or a later one.

    A batch shows the last state of a step only, so those before it are shown with it.
    """
    first: dict[tuple[str, int], float] = {}
    for name, status, at in shown:
        for reached in range(REACHED[status] + 1):
            first.setdefault((name, reached), at)
    changes = [
        (event["step"], event["event"].removeprefix("step_"), epoch_ms(event["time"]))
        for event in events
        if "step" in event
    ]
    return [first[name, REACHED[status]] - at for name, status, at in changes]


def _weight(browser: Browser, engine: WorkflowEngine, url: str) -> list[Figure]:
    """A first visit to the page of a finished nine-step execution, headers included."""
    execution_id = engine.execute_workflow(NINE_STEPS, engine.workflows.get(NINE_STEPS)["example_input"])
    wait_until_ended(engine, execution_id)
    page = browser.new_context().new_page()
    sizes = count_bytes(page)
    page.goto(f"{url}/executions/{execution_id}", wait_until="networkidle")
    scripts: list[str] = page.evaluate(
        "() => [...document.scripts].map(script => script.src).filter(Boolean)"
    )
    page.close()
    gzipped = [httpx.get(script, headers={"Accept-Encoding": "gzip"}) for script in scripts]
    return [
        Figure("the page with its assets, over the wire", sum(sizes.values()) / 1000, "KB", 60),
        Figure(
            "all JavaScript of it, gzipped",
            sum(int(script.headers["Content-Length"]) for script in gzipped) / 1000,
            "KB",
            25,
        ),
    ]


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
