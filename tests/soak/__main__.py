"""`python -m tests.soak [--seconds 600] [--seed N]`: exit status 1 and the broken promises when one is broken."""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import CeleriacError
from celeriac.engine.settings import Settings
from celeriac.engine.workflows.definition.definition import WorkflowStep
from tests.conftest import QUICK
from tests.soak.chaos import Chaos
from tests.support.executions import ENDED
from tests.support.invariants import violations
from tests.support.servers import StoreServer
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import chain, diamond, fan, layered, step

IN_FLIGHT = 12


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="how long faults go on")
    parser.add_argument(
        "--seed", type=int, default=random.randrange(1_000_000), help="of faults and workflows"
    )
    given = parser.parse_args()
    print(f"seed {given.seed}, {given.seconds:g} s of faults", flush=True)
    with stage() as (server, workers, engine, marks):
        broken = soak(given.seconds, random.Random(given.seed), server, workers, engine, marks)
    for text in broken:
        print(text)
    print("nothing was broken" if not broken else f"{len(broken)} promises were broken (seed {given.seed})")
    return 1 if broken else 0


@contextlib.contextmanager
def stage() -> Iterator[tuple[StoreServer, list[Worker], WorkflowEngine, Path]]:
    """A store with AOF, two workers of two slots and one without their tasks, and an engine with quick timings."""
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clr-soak-")))
        server = StoreServer(aof=True).start()
        stack.callback(server.stop)
        settings = Settings(
            redis_url=server.url,
            namespace="soak",
            workflows=("tests.soak.tasks",),
            data_dir=directory / "data",
            max_lost=20,
            **{**QUICK, "unknown_task_grace": 120.0},  # type: ignore[arg-type]
        )
        workers = [Worker(settings, log_directory=directory / "logs") for _ in range(2)]
        # Of another release: it has none of the tasks.
        older = replace(settings, workflows=("tests.support.old_tasks",))
        workers.append(Worker(older, log_directory=directory / "logs"))
        for worker in workers:
            stack.callback(worker.stop)
            worker.start()
        engine = WorkflowEngine(settings)
        stack.callback(engine.close)
        marks = directory / "marks"
        marks.mkdir()
        yield server, workers, engine, marks


def soak(
    seconds: float,
    dice: random.Random,
    server: StoreServer,
    workers: list[Worker],
    engine: WorkflowEngine,
    marks: Path,
) -> list[str]:
    """Launches and hurts for so long, waits until all is over, and tells which promises were broken."""
    register(engine, marks)
    chaos = Chaos(dice, server, workers, engine)
    launched: list[str] = []
    until = time.monotonic() + seconds
    next_fault = time.monotonic() + 2
    while time.monotonic() < until:
        with contextlib.suppress(CeleriacError):
            active = engine.executions.count()
            if active["pending"] + active["running"] < IN_FLIGHT:
                launched.append(engine.execute_workflow(dice.choice(sorted(engine.registered)), {}))
        if time.monotonic() >= next_fault:
            chaos.strike()
            next_fault = time.monotonic() + dice.uniform(0.5, 3)
        time.sleep(0.02)
    for worker in workers:
        if not worker.alive:
            worker.start()

    def all_ended() -> bool:
        """every execution has ended"""
        counts = engine.executions.count()
        assert counts["pending"] + counts["running"] == 0, counts
        return True

    eventually(all_ended, within=180, every=0.5)
    return report(engine, launched, marks, chaos.done)


def register(engine: WorkflowEngine, marks: Path) -> None:
    """Workflows of several shapes whose steps work for some 10 ms and fail now and then."""
    shapes = {
        "chain": chain(6),
        "diamond": diamond(),
        "fan": fan(20),
        "layered": layered(5, 4),
        "deciding": deciding(),
    }
    for name, steps in shapes.items():
        for each in steps:
            each.task_name, each.retry_count, each.timeout = "soak.work", 20, 30
            each.parameters = {"marks": str(marks), "seconds": 0.03, "trouble": 0.04}
        engine.register_workflow(name, steps)


def deciding() -> list[WorkflowStep]:
    """A branch, a list known only at run time, steps that are skipped, may fail, or clean up."""
    even = {"type": "value_in", "params": {"field": "size", "values": list(range(0, 200, 2))}, "task": "even"}
    return [
        step("choose", conditions={"is_even": even, "default": {"task": "odd"}}),
        step("even"),
        step("odd"),
        step("each", map_over="choose.items", max_parallel=4),
        step("unlikely", after="each", only_if={"type": "value_exists", "params": {"field": "input.no"}}),
        step("may_fail", after="each", allow_failure=True),
        step("joined", after=["even", "odd"], trigger="any_success"),
        step("clean_up", after=["joined", "unlikely", "may_fail"], trigger="always"),
    ]


def report(engine: WorkflowEngine, launched: list[str], marks: Path, faults: Counter[str]) -> list[str]:
    """Prints the totals; answers what is broken."""
    counts = engine.executions.count()
    events = 0
    broken = violations(engine.settings)
    for execution_id in launched:
        execution = engine.get_workflow_status(execution_id)
        events += execution["seq"]
        if execution["status"] not in ENDED:
            broken.append(f"{execution_id} has not ended: {execution['status']}")
    names = [mark.name for mark in marks.iterdir()]
    broken += [f"started twice: {name}" for name in names if ".again." in name]
    print(f"{counts['all']} executions: {counts}")
    print(f"{events} events, {len(names)} bodies started; faults: {dict(faults)}")
    return broken


if __name__ == "__main__":
    sys.exit(main())
