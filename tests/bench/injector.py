"""Stands in for many workers: claims and completes the steps of one execution at a steady number of events a second."""

from __future__ import annotations

import json
import time
from collections import deque
from dataclasses import dataclass, field

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.store.transitions import Claim
from celeriac.engine.workflows.definition.definition import WorkflowDefinition

WORKER = "injector@bench#1"
#: Steps that run at the same time.
AT_ONCE = 20


@dataclass(slots=True)
class Injector:
    """Real transitions in the store, without a broker and without tasks.

    Every step is claimed and completed as a worker would do it, first ready, first started.
    """

    engine: WorkflowEngine
    execution_id: str
    definition: WorkflowDefinition
    events: int = 0
    _ready: deque[int] = field(default_factory=deque)
    _running: deque[Claim] = field(default_factory=deque)
    _open: list[int] = field(default_factory=list)  # of each step: dependencies that have not ended

    def run(self, per_second: float) -> float:
        """Ends every step; one event each for queued, running and success. Gives the events a second reached."""
        self._open = [len(step.dependencies) for step in self.definition.steps]
        self._ready.extend(index for index, count in enumerate(self._open) if not count)
        # Known as a worker of the queue: otherwise the page would say that nobody takes from it.
        about = json.dumps({"queues": ["default"], "concurrency": AT_ONCE}).encode()
        self.engine.store.transitions.heartbeat(WORKER, about, [], AT_ONCE)
        began = time.monotonic()
        while self._ready or self._running:
            if self._ready and len(self._running) < AT_ONCE:
                self._claim(self._ready.popleft())
            else:
                self._complete(self._running.popleft())
            time.sleep(max(0.0, began + self.events / per_second - time.monotonic()))
        reached = self.events / (time.monotonic() - began)
        self.engine.store.transitions.retire_worker(WORKER)
        return reached

    def _claim(self, index: int) -> None:
        claim = self.engine.store.transitions.claim_step(
            self.execution_id, str(index), 1, f"task.{index}", WORKER
        )
        assert isinstance(claim, Claim), claim
        self._running.append(claim)
        self.events += 1

    def _complete(self, claim: Claim) -> None:
        self.engine.store.transitions.complete_step(claim, b"null")
        self.events += 1
        for dependent in self.definition.steps[int(claim.unit)].dependents:
            self._open[dependent] -= 1
            if not self._open[dependent]:
                self._ready.append(dependent)
                self.events += 1
