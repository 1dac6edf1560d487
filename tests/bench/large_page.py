"""The page of an execution of 1,000 steps in a real browser: when it is seen and what it weighs."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from tests.bench.bars import Figure
from tests.bench.live_page import browser_of_bench, count_bytes
from tests.support.executions import wait_until_ended
from tests.support.servers import StoreServer
from tests.support.webserver import WebServer
from tests.support.workers import Worker
from tests.support.workflows import layered

VISITS = 7
FIRST_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"


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
    return [
        Figure("first paint of the first visit, laying the plan out included", paints[0], "ms"),
        Figure("first paint, median of the others", median(paints[1:]), "ms", 400),
        Figure("the page with its assets, over the wire", sum(sizes[-1].values()) / 1000, "KB", 120),
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
