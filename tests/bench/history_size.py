"""What many ended executions cost: bytes each, and how long the lists over them take.

They are written by the real scripts, without Celery.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from statistics import median
from typing import Any

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.manager import WorkflowManager
from celeriac.engine.settings import Settings
from celeriac.engine.store.orders import PublishOrder
from celeriac.engine.store.store import Store
from celeriac.engine.store.transitions import Claim
from celeriac.engine.workflows.json.strict_json import dumps
from tests.support.servers import StoreServer
from tests.support.workflows import chain

WORKFLOWS = {"orders": 0.6, "reports": 0.3, "imports": 0.1}  # share of the launches
FAILING, CANCELLED = 0.08, 0.02
STEPS = 6
WRITERS = 2  # processes
RESULT = dumps({"rows_in": 3024, "rows_out": 2871, "file": "orders-5f2c9a.csv", "dropped": {"duplicate": 24}})
INPUT = dumps({"data_size": 500_000, "source": "orders.csv", "notify": ["ops@example.org"]})
REPEATS = 30


def write_executions(settings: Settings, count: int, seed: int) -> int:
    """Launch and end `count` executions through the store's own transitions. Returns how many were launched."""
    choose = random.Random(seed)
    store = Store(settings)
    for number in range(count):
        workflow_id = choose.choices(list(WORKFLOWS), list(WORKFLOWS.values()))[0]
        definition, _ = store.definitions.current(workflow_id)
        created = store.transitions.create_execution(definition, INPUT, labels={}, note="")
        if choose.random() < CANCELLED:
            store.transitions.cancel_execution(created.execution_id)
        fails_at = choose.randrange(STEPS) if choose.random() < FAILING else -1
        ready = list(created.orders)
        while ready:
            ready += _end_step(store, ready.pop(), fails_at, number)
    store.close()
    return count


def _end_step(store: Store, message: PublishOrder, fails_at: int, number: int) -> tuple[PublishOrder, ...]:
    """Claim and end one attempt, of whichever execution it is: writers share the dispatch window."""
    claim = store.transitions.claim_step(
        message.execution_id,
        message.unit,
        message.attempt,
        f"{number:012x}.{number % 4096:06x}",
        "bench@host",
    )
    if not isinstance(claim, Claim):
        return ()
    if int(message.unit) != fails_at:
        return store.transitions.complete_step(claim, RESULT)[1]
    error = dumps({"kind": "error", "type": "ValueError", "message": "amount '1,204.50' is not a number"})
    _, released, _ = store.transitions.fail_step(
        message.execution_id,
        message.unit,
        message.attempt,
        claim.claim,
        kind="error",
        retry_in=None,
        uses_attempt=True,
        error=error,
        traceback="Traceback (most recent call last):\n" + '  File "tasks.py", line 42, in transform\n' * 6,
        stopped=False,
    )
    return released


@dataclass(frozen=True, slots=True)
class HistoryFigures:
    executions: int
    steps: int
    written_per_second: float
    bytes_each: float
    milliseconds: dict[str, float]  # medians

    def as_json(self) -> dict[str, Any]:
        return {
            "executions": self.executions,
            "steps_each": self.steps,
            "written_per_second": self.written_per_second,
            "bytes_per_ended_execution": self.bytes_each,
            "median_milliseconds": self.milliseconds,
        }


def measure_history(executions: int) -> HistoryFigures:
    """Fill an empty store with so many ended executions and look at it."""
    server = StoreServer().start()
    try:
        settings = Settings(redis_url=server.url, namespace="bench")
        engine = WorkflowEngine(settings)
        for workflow_id in WORKFLOWS:
            engine.register_workflow(workflow_id, chain(STEPS))
        engine.publish_workflows()
        before = _used_memory(server)
        started = time.perf_counter()
        shares = [executions // WRITERS] * WRITERS
        with ProcessPoolExecutor(WRITERS, get_context("spawn")) as pool:
            written = sum(pool.map(write_executions, [settings] * WRITERS, shares, range(WRITERS)))
        elapsed = time.perf_counter() - started
        _finish_stragglers(engine)
        figures = HistoryFigures(
            executions=written,
            steps=STEPS,
            written_per_second=written / elapsed,
            bytes_each=(_used_memory(server) - before) / written,
            milliseconds=_times(engine),
        )
        engine.store.close()
        return figures
    finally:
        server.stop()


def _finish_stragglers(engine: WorkflowEngine) -> None:
    """A message that one writer was handed just before it stopped belongs to an execution that is still open."""
    left = WorkflowManager(engine).cancel_all_executions()
    if left > WRITERS * engine.settings.window:
        raise RuntimeError(f"{left} executions were not ended by the writers")


def _used_memory(server: StoreServer) -> int:
    with server.client() as client:
        return int(client.info("memory")["used_memory"])


def _times(engine: WorkflowEngine) -> dict[str, float]:
    """Median milliseconds of what the pages ask, in this process: store, wire and the objects made of it."""
    manager = WorkflowManager(engine)
    deep: str | None = None
    for _ in range(20):
        deep = engine.get_execution_history(limit=200, cursor=deep)["next"]
    newest = engine.get_execution_history(limit=1)["executions"][0]["execution_id"]
    history = engine.get_execution_history
    questions: dict[str, Callable[[], object]] = {
        "first page of 50": lambda: history(),
        "page of 50 after 4,000": lambda: history(cursor=deep),
        "page, by status failure": lambda: history(status="failure"),
        "page, by workflow": lambda: history(workflow_id="orders"),
        "page, by workflow and status": lambda: history(workflow_id="reports", status="cancelled"),
        "page, by beginning of the id": lambda: history(q="imports-"),
        "counts per status": lambda: engine.executions.count(),
        "counts of the last day": lambda: engine.executions.count(since="2026-01-01T00:00:00Z"),
        "cleanup preview": lambda: manager.preview_cleanup(0),
        "one execution": lambda: engine.get_workflow_status(newest),
    }
    return {title: _median_of(question) for title, question in questions.items()}


def _median_of(question: Callable[[], object]) -> float:
    question()
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        question()
        times.append((time.perf_counter() - started) * 1000)
    return median(times)
