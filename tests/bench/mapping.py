"""A step mapped over a list beside the same number of steps written out, in turns on one system."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from statistics import median

from celeriac.engine.engine import WorkflowEngine
from tests.bench.bars import Figure
from tests.bench.ends import EndListener
from tests.bench.quiet_system import quiet_system
from tests.support.workflows import fan, step

MAPPED, STATIC = "mapped", "static"
COUNT = 1000
BAR = 1.2
PATIENCE = 120


def measure_mapping(directory: Path, repeats: int = 5) -> list[Figure]:
    """From launch to end, medians over `repeats` turns, after one turn that does not count.

    The ratio is that of each turn: whatever else the machine does falls on both of its halves.
    """
    seconds: dict[str, list[float]] = {MAPPED: [], STATIC: []}
    with quiet_system(directory) as (engine, server):
        engine.register_workflow(
            MAPPED,
            [
                step("source", "echo", parameters={"numbers": list(range(COUNT))}),
                step("each", map_over="source.numbers"),
                step("sink", after="each"),
            ],
        )
        engine.register_workflow(STATIC, fan(COUNT))
        engine.publish_workflows()
        for turn in range(repeats + 1):
            for workflow_id in (MAPPED, STATIC) if turn % 2 else (STATIC, MAPPED):
                elapsed = _elapsed(engine, server.socket, workflow_id)
                if turn:
                    seconds[workflow_id].append(elapsed)
    ratios = [mapped / static for mapped, static in zip(seconds[MAPPED], seconds[STATIC], strict=True)]
    return [
        Figure(f"one step mapped over {COUNT:,} no-op items", median(seconds[MAPPED]) * 1000, "ms"),
        Figure(f"a fan-out of {COUNT:,} no-op steps", median(seconds[STATIC]) * 1000, "ms"),
        Figure("mapped / written out", median(ratios), "", BAR),
    ]


def _elapsed(engine: WorkflowEngine, socket: Path, workflow_id: str) -> float:
    with closing(EndListener(socket, engine.store.keys.events("*"))) as ends:
        started = time.perf_counter()
        execution_id = engine.execute_workflow(workflow_id, {})
        ends.wait_for([execution_id], within=PATIENCE)
        elapsed = time.perf_counter() - started
    (execution,) = engine.executions.rows([execution_id])
    if execution["status"] != "success":
        raise RuntimeError(f"{execution_id} ended {execution['status']}: {execution['error']}")
    return elapsed
