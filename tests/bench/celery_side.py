"""Plain Celery canvas: its application, its worker, and how a workload runs on it.

Settings as the engine's own worker has them, but for what canvas cannot do without: results, kept in Redis.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from celery import Celery
from celery import chain as in_order
from celery.canvas import Signature

from celeriac.engine.runtime.app import configuration
from celeriac.engine.runtime.broker import broker_of
from celeriac.engine.settings import Settings
from tests.bench.workloads import IDLE_LENGTH, Workload
from tests.support.processes import LoggedProcess, child_environment, python_command
from tests.support.workers import READY

PATIENCE = 300  # seconds until a lost canvas ends the measurement


def create_baseline(settings: Settings) -> Celery:
    results = settings.effective_broker_url.removesuffix("1") + "2"  # the database beside the broker's
    app = Celery("baseline", broker=settings.effective_broker_url, backend=results, set_as_current=False)
    app.conf.update(configuration(broker_of(settings.effective_broker_url, settings.namespace)))
    app.conf.update(task_ignore_result=False, result_expires=600)

    @app.task(name="baseline.noop")
    def noop() -> None:
        pass

    @app.task(name="baseline.now")
    def now() -> float:
        return time.time()

    return app


class CelerySide:
    """A worker of its own, and a client."""

    def __init__(self, settings: Settings, log_directory: Path) -> None:
        self.settings = settings
        self.app = create_baseline(settings)
        self._log_directory = log_directory
        self._worker: LoggedProcess | None = None

    def start(self) -> None:
        command = [
            *("celery", "-A", "tests.bench.celery_side", "worker", "-n", "baseline@%h"),
            *("-P", "prefork", "-c", str(self.settings.concurrency), "-l", self.settings.log_level),
            *("-Q", "default", "--without-mingle", "--without-gossip"),
        ]
        self._worker = LoggedProcess(
            python_command("-m", *command),
            name="baseline",
            log_file=self._log_directory / "baseline.log",
            environment=child_environment(self.settings.as_environment()),
        )
        self._worker.wait_for_log(READY, within=60)

    def stop(self) -> None:
        if self._worker is not None:
            self._worker.stop()
        self.app.close()

    def _noop(self) -> Signature[Any]:
        return self.app.tasks["baseline.noop"].si().set(queue="default")

    def run(self, workload: Workload) -> float:
        """Seconds from the launch until the client knows that everything has ended."""
        canvases = [workload.canvas(self._noop) for _ in range(workload.launches)]
        started = time.perf_counter()
        results = [canvas.apply_async() for canvas in canvases]
        for result in results:
            result.get(timeout=PATIENCE)
        elapsed = time.perf_counter() - started
        for result in results:
            result.forget()
        return elapsed

    def run_idle(self) -> tuple[float, float]:
        """Seconds from a launch to the start of the first body, and until the client knows of the end."""
        canvas = in_order(
            *(self.app.tasks["baseline.now"].si().set(queue="default") for _ in range(IDLE_LENGTH))
        )
        launched, started = time.time(), time.perf_counter()
        result = canvas.apply_async()
        result.get(timeout=PATIENCE)
        elapsed = time.perf_counter() - started
        first: Any = result
        while first.parent is not None:
            first = first.parent
        return float(first.get(timeout=PATIENCE)) - launched, elapsed


def __getattr__(name: str) -> Celery:
    """`app`, for the worker's command line: made from the environment only when asked for."""
    if name in ("app", "celery"):
        return create_baseline(Settings.from_environment())
    raise AttributeError(name)
