"""The page of an execution of 1,000 steps in a real browser: when it is seen, what it weighs, how it bears changes."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser

from engine.engine import WorkflowEngine
from engine.settings import Settings
from tests.bench.bars import Figure
from tests.bench.live_page import browser_of_bench, count_bytes
from tests.support.executions import wait_until_ended
from tests.support.servers import StoreServer
from tests.support.webserver import WebServer
from tests.support.workers import Worker
from tests.support.workflows import layered

VISITS = 7
#: Batches a second, and steps that change in each.
BATCHES, CHANGES = 20, 25
SECONDS = 5

FIRST_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
#: Patches as the stream sends them; milliseconds of each frame meanwhile.
FRAMES = """async ([batches, changes, seconds]) => {
  const names = [...document.querySelectorAll('.drawing a')].map(a => a.dataset.n);
  const states = ['queued', 'running', 'success'], frames = [];
  let q = 1e9, n = 0, last = performance.now(), over = false;
  requestAnimationFrame(function next(at) { frames.push(at - last); last = at; if (!over) requestAnimationFrame(next); });
  for (let batch = 0; batch < batches * seconds; batch++) {
    const s = {};
    for (let k = 0; k < changes; k++, n++)
      s[names[n % names.length]] = [states[Math.floor(n / names.length) % 3], 1, Date.now(), null, 'x', null];
    document.dispatchEvent(new CustomEvent('patch', { detail: { data: JSON.stringify({ q: q++, s }) } }));
    await new Promise(resolve => setTimeout(resolve, 1000 / batches));
  }
  over = true;
  return frames;
}"""


def measure_large_page(directory: Path) -> list[Figure]:
    server = StoreServer().start()
    settings = Settings(redis_url=server.url, namespace="bench", data_dir=directory / "data")
    worker, web = Worker(settings, log_directory=directory), WebServer(settings, log_directory=directory)
    engine = WorkflowEngine(settings)
    try:
        engine.register_workflow("large", layered(20, 50))
        engine.publish_workflows()
        worker.start()
        web.start()
        execution_id = engine.execute_workflow("large", {})
        wait_until_ended(engine, execution_id, within=120)
        with browser_of_bench() as browser:
            return _figures(browser, f"{web.url}/executions/{execution_id}")
    finally:
        web.stop()
        worker.stop()
        engine.close()
        server.stop()


def _figures(browser: Browser, url: str) -> list[Figure]:
    paints, sizes = zip(*(_visit(browser, url) for _ in range(VISITS)), strict=True)
    page = browser.new_page()
    page.goto(url, wait_until="networkidle")
    frames: list[float] = page.evaluate(FRAMES, [BATCHES, CHANGES, SECONDS])
    page.close()
    changes = f"{BATCHES * CHANGES} changes of steps a second"
    return [
        Figure("first paint of the first visit, laying the plan out included", paints[0], "ms"),
        Figure("first paint, median of the others", median(paints[1:]), "ms", 400),
        Figure("page with its assets, over the wire", sum(sizes[-1].values()) / 1000, "KB", 120),
        Figure(
            f"a frame at {changes}, mean (55 frames a second)", sum(frames) / len(frames), "ms", 1000 / 55
        ),
        Figure(f"a frame at {changes}, longest", max(frames), "ms"),
    ]


def _visit(browser: Browser, url: str) -> tuple[float, dict[str, Any]]:
    """Milliseconds to the first paint, and bytes by kind, with nothing in the cache."""
    context = browser.new_context()
    page = context.new_page()
    sizes = count_bytes(page)
    page.goto(url, wait_until="networkidle")
    painted: float = page.evaluate(FIRST_PAINT)
    context.close()
    return painted, sizes
