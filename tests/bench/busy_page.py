"""The page of an execution of 1,002 steps while its steps change 500 times a second: store, stream, browser and all.

Whoever makes the changes, the store, the web process and Chromium, which paints by software, share the machine.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median, quantiles

from playwright.sync_api import Browser

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from tests.bench.bars import Figure
from tests.bench.injector import Injector
from tests.bench.live_page import OBSERVER, browser_of_bench, delays
from tests.support.servers import StoreServer
from tests.support.webserver import WebServer
from tests.support.workflows import layered

EXECUTIONS = 3
EVENTS_PER_SECOND = 500
#: Notes when each frame began, in milliseconds.
FRAMES = """() => {
  window.frames_at = [];
  requestAnimationFrame(function next(at) { window.frames_at.push(at); requestAnimationFrame(next); });
}"""


def measure_busy_page(directory: Path) -> list[Figure]:
    server = StoreServer(aof=True).start()
    settings = Settings(redis_url=server.url, namespace="bench", data_dir=directory / "data")
    web = WebServer(settings, log_directory=directory)
    engine = WorkflowEngine(settings)
    try:
        engine.register_workflow("large", layered(20, 50))
        engine.publish_workflows()
        web.start()
        with browser_of_bench() as browser:
            seen = [_watched(browser, engine, web.url) for _ in range(EXECUTIONS)]
    finally:
        web.stop()
        engine.close()
        server.stop()
    latencies = [latency for own, _, _ in seen for latency in own]
    frames = [frame for _, own, _ in seen for frame in own]
    rate = f"{median(rate for _, _, rate in seen):.0f} changes a second"
    return [
        Figure(f"change to DOM at {rate}, median of {len(latencies):,}", median(latencies), "ms", 60),
        Figure(f"change to DOM at {rate}, p95", quantiles(latencies, n=20)[-1], "ms", 150),
        Figure(f"change to DOM at {rate}, longest", max(latencies), "ms"),
        Figure("a frame meanwhile, mean (55 frames a second)", sum(frames) / len(frames), "ms", 1000 / 55),
        Figure("a frame meanwhile, longest", max(frames), "ms"),
    ]


def _watched(browser: Browser, engine: WorkflowEngine, url: str) -> tuple[list[float], list[float], float]:
    """Milliseconds from each event to the DOM, and of each frame; and the events a second that there were."""
    execution_id = engine.execute_workflow("large", {})
    page = browser.new_page()
    page.goto(f"{url}/executions/{execution_id}")
    page.wait_for_selector("html[data-live=live]")
    page.evaluate(OBSERVER)
    page.evaluate(FRAMES)
    reached = Injector(engine, execution_id, engine.registered["large"]).run(EVENTS_PER_SECOND)
    page.wait_for_selector("#s-sink[data-state=success]")
    shown: list[tuple[str, str, float]] = page.evaluate("() => window.changes")
    frames: list[float] = page.evaluate(
        "() => window.frames_at.slice(1).map((at, i) => at - window.frames_at[i])"
    )
    page.close()
    events = engine.executions.events(execution_id, limit=10_000)[2:]  # without the launch: nobody looked yet
    return delays(shown, events), frames, reached
