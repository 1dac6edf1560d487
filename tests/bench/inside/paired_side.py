"""`python -m paired_side DIRECTORY`: one side of `tests.bench.paired`, in the checkout of the current directory.

Reads one question per line (the name of a workload, `bytes`, `dom`) and writes one line of JSON: figures by title. It is
made of what is in every checkout: the façade, `tests.support`, and of `tests.bench` the workloads, `EngineSide` and
`measure_page`.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cached_property
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from celeriac import WorkflowEngine, WorkflowManager
from tests.bench.engine_side import EngineSide
from tests.bench.live_page import measure_page
from tests.bench.workloads import WORKLOADS
from tests.support.executions import wait_until_ended
from tests.support.servers import StoreServer
from tests.support.webserver import WebServer
from tests.support.workers import Worker
from tests.support.workflows import chain, layered

IDLE_RUNS = 5  # of W5 per turn: one alone is too short to be compared
NINE_STEPS = "parallel_processing"
ROWS = 50  # executions besides, which fill a page of the list
BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}
Figures = dict[str, float]


class PairedSide:
    """Measures what it is asked for; a system for the workloads is started once and stays."""

    def __init__(self, directory: Path, started: ExitStack) -> None:
        self._directory, self._started = directory, started
        self._numbers = count(1)

    def measure(self, question: str) -> Figures:
        """Figures by title; times are in milliseconds."""
        if question == "bytes":
            return self._bytes()
        if question == "dom":
            return self._change_to_dom()
        if question == "W5":
            first, end = zip(*(self._system.run_idle() for _ in range(IDLE_RUNS)), strict=True)
            return {"first step starts": median(first) * 1000, "3 steps end": median(end) * 1000}
        (workload,) = (each for each in WORKLOADS if each.name == question)
        return {workload.title: self._system.run(workload) * 1000}

    @cached_property
    def _system(self) -> EngineSide:
        server = self._server(aof=True)
        directory = self._own_directory()
        system = EngineSide(self._settings(server, directory, "tests.bench.tasks"), server, directory)
        self._started.callback(system.stop)
        system.start()
        return system

    def _bytes(self) -> Figures:
        """Bytes of pages, uncompressed and as a browser gets them, without headers."""
        with ExitStack() as started:
            directory = self._own_directory()
            server = self._server(started)
            settings = self._settings(server, directory)
            worker, web = (
                Worker(settings, log_directory=directory),
                WebServer(settings, log_directory=directory),
            )
            engine = WorkflowEngine(settings)
            for process in (worker, web):
                started.callback(process.stop)
            started.callback(engine.close)
            engine.register_workflow("small", chain(3))
            engine.register_workflow("large", layered(20, 50))
            engine.publish_workflows()
            worker.start()
            web.start()
            example = WorkflowManager(engine).get_workflow_info(NINE_STEPS)["example_input"]
            nine = engine.execute_workflow(NINE_STEPS, example or {})
            large = engine.execute_workflow("large", {})
            for execution_id in (nine, large, *(engine.execute_workflow("small", {}) for _ in range(ROWS))):
                wait_until_ended(engine, execution_id, within=120)
            pages = {
                "overview": "/",
                "list": "/executions",
                "9 steps": f"/executions/{nine}",
                "1,002 steps": f"/executions/{large}",
            }
            return dict(_sizes(web.url, pages))

    def _change_to_dom(self) -> Figures:
        title = "change to DOM, median"
        (figure,) = (each for each in measure_page(self._own_directory()) if each.title.startswith(title))
        return {title: figure.value}

    def _server(self, started: ExitStack | None = None, *, aof: bool = False) -> StoreServer:
        server = StoreServer(aof=aof).start()
        (started or self._started).callback(server.stop)
        return server

    def _settings(self, server: StoreServer, directory: Path, *workflows: str) -> Any:
        """Settings with these modules instead of the built-in workflows."""
        os.environ["CELERIAC_REDIS_URL"] = server.url
        settings = WorkflowEngine().settings
        changes = {"workflows": workflows} if workflows else {}
        return dataclasses.replace(settings, namespace="bench", data_dir=directory / "data", **changes)

    def _own_directory(self) -> Path:
        directory = self._directory / str(next(self._numbers))
        directory.mkdir(parents=True)
        return directory


def _sizes(url: str, pages: dict[str, str]) -> Iterator[tuple[str, float]]:
    with httpx.Client(base_url=url, timeout=60) as client:
        for title, path in pages.items():
            plain = client.get(path, headers={"Accept-Encoding": "identity"})
            packed = client.get(path, headers=BROWSER)
            for response in (plain, packed):
                response.raise_for_status()
            yield title, plain.num_bytes_downloaded
            yield f"{title}, over the wire", packed.num_bytes_downloaded


def serve(measure: Callable[[str], Figures]) -> None:
    for question in sys.stdin:
        print(json.dumps(measure(question.strip())), flush=True)


if __name__ == "__main__":
    with ExitStack() as started:
        serve(PairedSide(Path(sys.argv[1]), started).measure)
