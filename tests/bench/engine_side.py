"""The engine: a worker of its own, and how a workload runs on it."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from tests.bench.ends import EndListener
from tests.bench.workloads import IDLE_LENGTH, WORKLOADS, Workload
from tests.support.servers import StoreServer
from tests.support.workers import Worker
from tests.support.workflows import chain

PATIENCE = 300
IDLE = "bench_W5"


class EngineSide:
    """A worker of its own, and a client that hears of ends as everybody does: from the store's channels."""

    def __init__(self, settings: Settings, server: StoreServer, log_directory: Path) -> None:
        self.settings = settings
        self.engine = WorkflowEngine(settings)
        self._server = server
        self._worker = Worker(settings, log_directory=log_directory, options=("-Q", "default"))

    def start(self) -> None:
        for workload in WORKLOADS:
            self.engine.register_workflow(workload.workflow_id, workload.steps)
        self.engine.register_workflow(IDLE, chain(IDLE_LENGTH, "bench.now"))
        self.engine.publish_workflows()
        self._worker.start()

    def stop(self) -> None:
        self._worker.stop()
        self.engine.app.close()
        self.engine.store.close()

    def run(self, workload: Workload) -> float:
        """Seconds from the launch until the client knows that everything has ended."""
        return self._run(workload.workflow_id, workload.launches)[0]

    def run_idle(self) -> tuple[float, float]:
        """Seconds from a launch to the start of the first body, and until the client knows of the end."""
        launched = time.time()
        elapsed, (execution_id,) = self._run(IDLE, 1)
        first: float = self.engine.steps.get(execution_id, "s1")["result"]
        return first - launched, elapsed

    def _run(self, workflow_id: str, launches: int) -> tuple[float, list[str]]:
        with closing(EndListener(self._server.socket, self.engine.store.keys.events("*"))) as ends:
            started = time.perf_counter()
            launched = [self.engine.execute_workflow(workflow_id, {}) for _ in range(launches)]
            ends.wait_for(launched, within=PATIENCE)
            elapsed = time.perf_counter() - started
        self._check_success(launched)
        return elapsed, launched

    def _check_success(self, execution_ids: list[str]) -> None:
        for execution in self.engine.executions.rows(execution_ids):
            if execution["status"] != "success":
                raise RuntimeError(
                    f"{execution['execution_id']} ended {execution['status']}: {execution['error']}"
                )
