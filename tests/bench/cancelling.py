"""Cancelling everything while a thousand executions are under way."""

from __future__ import annotations

import time
from pathlib import Path

from celeriac.engine.manager import WorkflowManager
from tests.bench.bars import Figure
from tests.bench.quiet_system import quiet_system
from tests.support.executions import wait_until_ended
from tests.support.invariants import violations
from tests.support.waiting import eventually
from tests.support.workflows import chain, step

COUNT, STEPS = 1000, 50
BAR = 10.0


def measure_cancelling(directory: Path) -> list[Figure]:
    """Seconds to request it and until no execution is left; raises when something starts afterwards."""
    with quiet_system(directory) as (engine, _):
        steps = [step(f"s{n}", "sleep", parameters={"seconds": 600}, timeout=700) for n in range(STEPS)]
        engine.register_workflow("wide", steps)
        engine.register_workflow("after", chain(1))
        engine.publish_workflows()
        for _ in range(COUNT):
            engine.execute_workflow("wide", {})
        eventually(lambda: engine.executions.count()["running"] >= 1, within=60)

        started = time.perf_counter()
        cancelled = WorkflowManager(engine).cancel_all_executions()
        requested = time.perf_counter() - started
        eventually(lambda: engine.executions.count()["cancelled"] == COUNT, within=120)
        elapsed = time.perf_counter() - started

        if cancelled != COUNT:
            raise RuntimeError(f"{cancelled} of {COUNT} executions were cancelled")
        # What still lies in the broker comes before this one and is refused.
        wait_until_ended(engine, engine.execute_workflow("after", {}))
        if broken := violations(engine.settings):
            raise RuntimeError(f"{len(broken)} rules are broken after the cancellation: {broken[0]}")
    title = f"{COUNT:,} executions of {STEPS} steps"
    return [
        Figure(f"cancel_all_executions on {title} returns", requested, "s"),
        Figure("none of them is active any more, and nothing starts", elapsed, "s", BAR),
    ]
