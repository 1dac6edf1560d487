"""Both sides in turns on one server, so that whatever else the machine does falls on both."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from celeriac.engine.settings import Settings
from tests.bench.celery_side import CelerySide
from tests.bench.engine_side import EngineSide
from tests.bench.workloads import WORKLOADS
from tests.support.servers import StoreServer
from tests.support.workflows import step

IDLE_REPEATS = 20


@dataclass(frozen=True, slots=True)
class Compared:
    """The same workload on both sides; seconds, one per repeat."""

    name: str
    title: str
    steps: int
    engine: list[float]
    celery: list[float]

    @property
    def ratio(self) -> float:
        return median(self.engine) / median(self.celery)

    def as_json(self) -> dict[str, Any]:
        return {
            "workload": self.name,
            "title": self.title,
            "steps": self.steps,
            "engine_seconds": self.engine,
            "celery_seconds": self.celery,
            "ratio_of_medians": self.ratio,
        }


class SideBySide:
    """One server with AOF, one worker with two slots on each side."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._server = StoreServer(aof=True)

    def __enter__(self) -> SideBySide:
        with ExitStack() as started:  # what has been started ends when a later start fails
            self._server.start()
            started.callback(self._server.stop)
            data_dir = self._directory / "data"
            self.settings = Settings(
                redis_url=self._server.url,
                namespace="bench",
                workflows=("tests.bench.tasks",),
                data_dir=data_dir,
            )
            baseline = Settings(redis_url=self._server.url, namespace="baseline", data_dir=data_dir)
            self._engine = EngineSide(self.settings, self._server, self._directory)
            self._celery = CelerySide(baseline, self._directory)
            started.callback(self._celery.stop)
            self._celery.start()
            started.callback(self._engine.stop)
            self._engine.start()
            self._started = started.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._started.close()

    def compare(self, names: Iterable[str], repeats: int) -> list[Compared]:
        """Each workload `repeats` times on each side in turns, after one turn that does not count."""
        chosen = [w for w in WORKLOADS if w.name in names]
        compared = [Compared(w.name, w.title, w.step_count, [], []) for w in chosen]
        for workload in chosen:
            self._celery.run(workload)
            self._engine.run(workload)
        for turn in range(repeats):
            for workload, figures in zip(chosen, compared, strict=True):
                if turn % 2:
                    figures.celery.append(self._celery.run(workload))
                    figures.engine.append(self._engine.run(workload))
                else:
                    figures.engine.append(self._engine.run(workload))
                    figures.celery.append(self._celery.run(workload))
        return compared

    def compare_idle(self, repeats: int = IDLE_REPEATS) -> list[Compared]:
        """W5: start of the first body, and the end, of three steps launched on an idle system."""
        first = Compared("W5", "idle, first step starts", 1, [], [])
        end = Compared("W5", "idle, 3 steps end", 3, [], [])
        self._celery.run_idle()
        self._engine.run_idle()
        for _ in range(repeats):
            for side, mine in ((self._engine, "engine"), (self._celery, "celery")):
                started, ended = side.run_idle()
                getattr(first, mine).append(started)
                getattr(end, mine).append(ended)
        return [first, end]

    def message_sizes(self) -> dict[str, int]:
        """Bytes of a step's message as it lies in the broker: with a short workflow id and with the longest one."""
        sizes = {}
        for title, workflow_id in (("short names", "demo"), ("longest names", "w" * 64)):
            queue = "parked" if title == "short names" else "q" * 100
            engine = self._engine.engine
            engine.register_workflow(workflow_id, [step("s" * 64, queue=queue)])
            engine.publish_workflows()
            execution_id = engine.execute_workflow(workflow_id, {})
            with self._server.client(1) as client:
                (message,) = client.lrange(f"{self.settings.namespace}:broker:{queue}", 0, -1)
                sizes[title] = len(str(message).encode())
            engine.cancel_workflow(execution_id)
        return sizes
