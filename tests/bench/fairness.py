"""Small executions beside a large fan-out: how much longer they take than together on an idle system."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

from celeriac.engine.engine import WorkflowEngine
from tests.bench.bars import Figure
from tests.bench.quiet_system import quiet_system
from tests.support.executions import wait_until_ended
from tests.support.waiting import eventually
from tests.support.workflows import chain, fan

SMALL, LARGE = "small", "large"
COUNT, WIDTH, STEP_SECONDS = 20, 1000, 0.01
BAR = 2.0


def measure_fairness(directory: Path, repeats: int = 5) -> list[Figure]:
    """The medians over `repeats` turns; each turn measures idle, then beside the fan-out."""
    idle, beside = [], []
    with quiet_system(directory) as (engine, _):
        parameters = {"seconds": STEP_SECONDS}
        engine.register_workflow(SMALL, chain(3, "sleep", parameters=parameters))
        engine.register_workflow(LARGE, fan(WIDTH, "sleep", parameters=parameters))
        engine.publish_workflows()
        small_p95(engine)  # does not count
        for _ in range(repeats):
            idle.append(small_p95(engine))
            large = engine.execute_workflow(LARGE, {})
            eventually(fan_out_begun(engine, large), within=60)
            beside.append(small_p95(engine))
            if engine.get_workflow_status(large)["status"] != "running":
                raise RuntimeError("the fan-out ended before the small executions did: nothing was compared")
            engine.cancel_workflow(large)
            wait_until_ended(engine, large)
    return [
        Figure(f"p95 of {COUNT} small executions, idle", median(idle) * 1000, "ms"),
        Figure(f"p95 of {COUNT} small executions beside 1-{WIDTH}-1", median(beside) * 1000, "ms"),
        Figure("beside / idle", median(b / i for b, i in zip(beside, idle, strict=True)), "", BAR),
    ]


def fan_out_begun(engine: WorkflowEngine, execution_id: str) -> Callable[[], bool]:
    def begun() -> bool:
        """the fan-out has begun"""
        return engine.get_workflow_status(execution_id)["progress"]["completed_steps"] > 20

    return begun


def small_p95(engine: WorkflowEngine) -> float:
    """Seconds from launch to end that 19 of 20 small executions, launched together, stay under."""
    ids = [engine.execute_workflow(SMALL, {}) for _ in range(COUNT)]

    def ended() -> bool:
        """all small executions have succeeded"""
        return all(each["status"] == "success" for each in engine.executions.rows(ids))

    eventually(ended, within=120, every=0.05)
    durations = [each["duration"] or 0.0 for each in engine.executions.rows(ids)]
    return quantiles(durations, n=20)[-1]
