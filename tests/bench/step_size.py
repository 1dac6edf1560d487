"""What a step costs in the store, while its execution is active and after its end; inputs, results and logs apart."""

from __future__ import annotations

from pathlib import Path

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.store.orders import PublishOrder
from celeriac.engine.store.transitions import Claim
from celeriac.engine.workflows.definition.steps import WorkflowStep
from tests.bench.bars import Figure
from tests.bench.quiet_system import quiet_system
from tests.support.servers import StoreServer
from tests.support.workflows import chain, fan, layered

ACTIVE_BAR, ENDED_BAR = 3072.0, 716.8  # 3 KB and 0.7 KB
WORKER = "worker-1@some-host.example#a1b2c3"
APART = ("{bench}:x:*:data", "{bench}:launch:*")
SHAPES: dict[str, tuple[list[WorkflowStep], int]] = {
    "chain of 6": (chain(6), 500),
    "fan 1-50-1": (fan(50), 60),
    "layered, 202 steps": (layered(10, 20), 15),
}


def measure_step_size(directory: Path) -> list[Figure]:
    """Bytes per step: the store's used memory, less what data, divided by all steps of many equal executions."""
    figures = []
    for title, (steps, count) in SHAPES.items():
        with quiet_system(directory, worker=False) as (engine, server):
            engine.register_workflow("sized", steps)
            engine.publish_workflows()
            queue = _launch(engine, 3)  # whatever exists once, exists now
            _work_off(engine, queue, everything=True)
            before = _bytes(server)
            queue = _launch(engine, count)
            _work_off(engine, queue, everything=False)
            active = _bytes(server) - before
            _work_off(engine, queue, everything=True)
            ended = _bytes(server) - before
            if engine.executions.count()["success"] != count + 3:
                raise RuntimeError(f"not all executions ended: {engine.executions.count()}")
        total = count * len(steps)
        figures.append(Figure(f"active, half done, {title}", active / total, "B/step", ACTIVE_BAR))
        figures.append(Figure(f"ended, {title}", ended / total, "B/step", ENDED_BAR))
    return figures


def _launch(engine: WorkflowEngine, count: int) -> list[PublishOrder]:
    definition = engine.registered["sized"]
    created = [
        engine.store.transitions.create_execution(definition, b"{}", labels={}, note="") for _ in range(count)
    ]
    return [message for each in created for message in each.orders]


def _work_off(engine: WorkflowEngine, queue: list[PublishOrder], *, everything: bool) -> None:
    """Claims and completes what is ready, in order; without `everything` until half of all steps have ended."""
    transitions = engine.store.transitions
    definition = engine.registered["sized"]
    left = engine.executions.count()["all"] * len(definition.steps) // 2
    number = 0
    while queue and (everything or number < left):
        message = queue.pop(0)
        number += 1
        name = f"{number:012x}.{number % 4096:06x}"
        claim = transitions.claim_step(message.execution_id, message.unit, message.attempt, name, WORKER)
        if not isinstance(claim, Claim):
            raise RuntimeError(f"{message} was refused: {claim}")
        queue += transitions.complete_step(claim, b"null")[1]


def _bytes(server: StoreServer) -> int:
    """Used memory without inputs, results, errors, and the marks of launches, which are gone after two minutes."""
    with server.client() as client:
        apart = [key for pattern in APART for key in client.scan_iter(pattern, count=1000)]
        pipeline = client.pipeline(transaction=False)
        for key in apart:
            pipeline.memory_usage(key, samples=0)
        sizes: list[int] = pipeline.execute()
        return int(client.info("memory")["used_memory"]) - sum(sizes)
