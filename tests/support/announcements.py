"""A worker's announcement without a worker: what definitions that arrive at run time are checked against."""

from __future__ import annotations

import json

from celeriac.engine.engine import WorkflowEngine

TASKS = ("echo", "fail", "noop", "sleep")
WORKER = "announced@here#1"


def announce(
    engine: WorkflowEngine, *, tasks: tuple[str, ...] = TASKS, queues: tuple[str, ...] = ("default",)
) -> None:
    """A worker of this name lives for as long as one lease, knows these tasks and serves these queues."""
    info = json.dumps({"tasks": tasks, "queues": queues}).encode()
    engine.store.transitions.heartbeat(WORKER, info, [])


def retire(engine: WorkflowEngine) -> None:
    """It leaves in good order."""
    engine.store.transitions.retire_worker(WORKER)


def let_die(engine: WorkflowEngine) -> None:
    """Its lease has run out, and nobody has noticed yet."""
    engine.store.client.zadd(engine.store.keys.leases(), {WORKER: 1})
