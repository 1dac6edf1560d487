"""What many ended executions cost: bytes each, and how much longer lists, filters and counts take than with few.

The executions are those of `make seed`. Each question is asked of a small and of a large store in turns, in this process:
store, wire and the objects made of the replies. The time of a question is its lower quartile: what else the machine does
counts less then.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import quantiles
from typing import Any

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.manager import WorkflowManager
from celeriac.engine.settings import Settings
from celeriac.engine.store.read.history import Position
from celeriac.web.overview.page import context as overview
from tests.bench.bars import Figure
from tests.seed.fates import STEPS
from tests.seed.writing import seed
from tests.support.servers import StoreServer

SMALL = 10_000  # executions that the time of a question is compared with
GROWTH_BAR = 1.3  # of a question's time
BYTES_BAR = 2_000.0  # for each ended execution
REPEATS = 40
NAMESPACE = "bench"

Question = Callable[[], object]


@dataclass(frozen=True, slots=True)
class HistoryFigures:
    executions: int
    written_per_second: float
    bytes_each: float
    milliseconds: dict[str, tuple[float, float]]  # lower quartiles: with few executions, with many

    @property
    def figures(self) -> list[Figure]:
        """Everything with its bar."""
        growths = [
            Figure(f"{title}: {large:.1f} ms over {small:.1f} ms", large / small, "", GROWTH_BAR)
            for title, (small, large) in self.milliseconds.items()
        ]
        return [Figure("bytes per ended execution", self.bytes_each, "B", BYTES_BAR), *growths]

    def as_json(self) -> dict[str, Any]:
        return {
            "executions": self.executions,
            "compared_with": SMALL,
            "steps_each": STEPS,
            "written_per_second": self.written_per_second,
            "bytes_per_ended_execution": self.bytes_each,
            "milliseconds": self.milliseconds,
            "figures": [figure.as_json() for figure in self.figures],
        }


def measure_history(executions: int) -> HistoryFigures:
    """Fills two empty stores, one with `SMALL` ended executions, one with so many, and asks both."""
    with _store() as small, _store() as large:
        seed(small, SMALL)
        started, before = time.perf_counter(), used_memory(large)
        seed(large, executions)
        elapsed = time.perf_counter() - started
        return compare(small, large, written_per_second=executions / elapsed, before=before)


def compare(
    small: Settings, large: Settings, *, written_per_second: float = 0.0, before: int = 0
) -> HistoryFigures:
    """The figures of two stores that are seeded; `before` is the used memory of the large one when it was empty."""
    few, many = WorkflowEngine(small), WorkflowEngine(large)
    forget_launches(many)
    executions = many.executions.count()["all"]
    figures = HistoryFigures(
        executions=executions,
        written_per_second=written_per_second,
        bytes_each=(used_memory(large) - before) / executions,
        milliseconds=_in_turns(_questions(few), _questions(many)),
    )
    few.store.close()
    many.store.close()
    return figures


@contextlib.contextmanager
def _store() -> Iterator[Settings]:
    server = StoreServer().start()
    try:
        yield Settings(redis_url=server.url, namespace=NAMESPACE)
    finally:
        server.stop()


def used_memory(settings: Settings) -> int:
    engine = WorkflowEngine(settings)
    found: int = engine.store.client.info("memory")["used_memory"]
    engine.store.close()
    return found


def forget_launches(engine: WorkflowEngine) -> None:
    """Removes the marks of launches, which would be gone two minutes after the last one."""
    client = engine.store.client
    for name in client.scan_iter(match=f"{engine.store.keys.root}:launch:*", count=10_000):
        client.unlink(name)


def _questions(engine: WorkflowEngine) -> dict[str, Question]:
    """What pages, the API and commands ask for."""
    manager, client, keys = WorkflowManager(engine), engine.store.client, engine.store.keys
    history, count = engine.get_execution_history, engine.executions.count
    total = client.zcard(keys.index_all())
    (name, at), *_ = client.zrange(keys.index_all(), total // 2, total // 2, withscores=True)
    middle, cursor = name.decode(), Position(int(at), name.decode()).encode()
    since = f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    newest = history(limit=1)["executions"][0]["execution_id"]
    minute = middle[: len("seed-orders-20260101T0000")] if middle.startswith("seed-orders") else middle[:-9]
    return {
        "first page of 50": lambda: history(),
        "page of 50 in the middle": lambda: history(cursor=cursor),
        "page, by status failure": lambda: history(status="failure"),
        "page, by workflow": lambda: history(workflow_id="seed-orders"),
        "page, by workflow and status": lambda: history(workflow_id="seed-reports", status="cancelled"),
        "page, by label": lambda: history(label="customer=acme"),
        "page, by label and workflow": lambda: history(label="customer=acme", workflow_id="seed-orders"),
        "page, by label and status": lambda: history(label="customer=acme", status="failure"),
        "page, by label, workflow and status": lambda: history(
            label="priority=high", workflow_id="seed-orders", status="success"
        ),
        "page, from a time on": lambda: history(since=since),
        "page, up to a time": lambda: history(until=since, status="failure"),
        "page, by the beginning of an id": lambda: history(q="seed-imports-2"),
        "page, by a minute of an id": lambda: history(q=minute),
        "page, by a whole id": lambda: history(q=middle),
        "counts per status": lambda: count(),
        "counts per status of a workflow": lambda: count(workflow_id="seed-orders"),
        "counts since a time": lambda: count(since=since),
        "overview": lambda: overview(engine),
        "clean-up preview": lambda: manager.preview_cleanup(0),
        "one execution": lambda: engine.get_workflow_status(newest),
        "one execution in the middle": lambda: engine.get_workflow_status(middle),
    }


def _in_turns(few: dict[str, Question], many: dict[str, Question]) -> dict[str, tuple[float, float]]:
    """Milliseconds, lower quartiles, of each question in both stores."""
    times: dict[str, tuple[list[float], list[float]]] = {title: ([], []) for title in few}
    for turn in range(REPEATS + 1):
        for title, measured in times.items():
            for question, found in zip((few[title], many[title]), measured, strict=True):
                started = time.perf_counter()
                question()
                if turn:  # the first one reads definitions
                    found.append((time.perf_counter() - started) * 1000)
    return {title: (_quartile(small), _quartile(large)) for title, (small, large) in times.items()}


def _quartile(times: list[float]) -> float:
    return quantiles(times, method="inclusive")[0]
