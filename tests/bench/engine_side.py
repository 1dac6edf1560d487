"""The engine: a worker of its own, and how a workload runs on it."""

from __future__ import annotations

import time
from pathlib import Path

from engine.engine import WorkflowEngine
from engine.settings import Settings
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
        first: float = self.engine.get_step(execution_id, "s1")["result"]
        return first - launched, elapsed

    def _run(self, workflow_id: str, launches: int) -> tuple[float, list[str]]:
        with self._server.client() as client, client.pubsub() as listener:  # type: ignore[no-untyped-call]
            listener.psubscribe(self.engine.store.keys.events("*"))
            listener.get_message(timeout=5)  # the confirmation
            started = time.perf_counter()
            launched = [self.engine.execute_workflow(workflow_id, {}) for _ in range(launches)]
            open_ids = set(launched)
            while open_ids:
                message = listener.get_message(timeout=PATIENCE)
                if message is None:
                    raise RuntimeError(f"{len(open_ids)} executions did not end, among them {min(open_ids)}")
                if message["type"] == "pmessage" and message["data"].split(" ", 2)[1] == "E":
                    open_ids.discard(message["channel"].rpartition(":")[2])
            elapsed = time.perf_counter() - started
        self._check_success(launched)
        return elapsed, launched

    def _check_success(self, execution_ids: list[str]) -> None:
        for execution in self.engine.get_executions(execution_ids):
            if execution["status"] != "success":
                raise RuntimeError(
                    f"{execution['execution_id']} ended {execution['status']}: {execution['error']}"
                )
