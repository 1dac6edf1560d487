"""The longest call of a script while thousands of steps change at once: no other call is served meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.store.orders import ContinueOrder, Order, PublishOrder
from celeriac.engine.store.transitions import Claim, Created
from celeriac.engine.workflows.definition.steps import WorkflowStep
from tests.bench.bars import Figure
from tests.bench.quiet_system import quiet_system
from tests.support.workflows import fan, step

RUNS = 3
#: Steps → the longest call in ms that is accepted.
BARS = {1_000: 10.0, 5_000: 25.0}
WORKER = "w@bench#1"


class TimedCalls:
    """The longest call of each script, in ms as the caller sees it."""

    def __init__(self, engine: WorkflowEngine) -> None:
        self._call = engine.store.scripts.call
        self.longest: dict[str, float] = {}
        vars(engine.store.transitions)["_call"] = self.call

    def call(self, name: str, *arguments: Any) -> Any:
        began = time.perf_counter()
        answer = self._call(name, *arguments)
        took = (time.perf_counter() - began) * 1000
        self.longest[name] = max(took, self.longest.get(name, 0.0))
        return answer


def measure_large_plans(directory: Path) -> list[Figure]:
    """For each size: create, fan out, cancel, retry, skip and delete; the best of three runs."""
    figures = []
    for size, bar in BARS.items():
        runs = [_run(directory / f"{size}-{number}", size) for number in range(RUNS)]
        names = sorted(set().union(*runs))
        worst = {name: min(run.get(name, 0.0) for run in runs) for name in names}
        longest = max(worst, key=worst.__getitem__)
        title = f"longest call at {size:,} steps, of {longest}"
        figures.append(Figure(title, worst[longest], "ms", bar))
    return figures


def _run(directory: Path, size: int) -> dict[str, float]:
    directory.mkdir()
    with quiet_system(directory, worker=False) as (engine, _):
        plans: dict[str, list[WorkflowStep]] = {
            "warm": [step("only")],
            "roots": [step(f"s{n}") for n in range(size)],
            "fan": fan(size - 2),
            "skipped": [
                step("first"),
                *(step(f"s{n}", after="first", trigger="all_success") for n in range(size - 1)),
            ],
        }
        for name, steps in plans.items():
            engine.register_workflow(name, steps, on_failure="continue")
        engine.publish_workflows()
        _play(engine)  # the server compiles the scripts
        calls = TimedCalls(engine)
        _play(engine)
        return calls.longest


def _play(engine: WorkflowEngine) -> None:
    transitions = engine.store.transitions
    ended = [_launch(engine, "warm")]

    roots = _launch(engine, "roots")
    _cancel(engine, roots)
    _, orders = transitions.resume_execution(
        roots.execution_id, 1, dict.fromkeys(range(len(engine.registered["roots"].steps)), False), None
    )
    _work_off(engine, orders)
    ended.append(roots)

    fan_out = _launch(engine, "fan")
    _work_off(engine, transitions.complete_step(_claim(engine, fan_out), b"1").orders)
    ended.append(fan_out)

    skipped = _launch(engine, "skipped")
    _, _, orders = transitions.mark_step(skipped.execution_id, "0", "k", "measured")
    _work_off(engine, orders)

    for each in ended:
        _cancel(engine, each)
    transitions.delete_executions([each.execution_id for each in [*ended, skipped]])


def _launch(engine: WorkflowEngine, name: str) -> Created:
    created = engine.store.transitions.create_execution(engine.registered[name], b"{}", labels={}, note="")
    _work_off(engine, created.orders)
    return created


def _claim(engine: WorkflowEngine, created: Created) -> Claim:
    claim = engine.store.transitions.claim_step(created.execution_id, "0", 1, "task.1", WORKER)
    if not isinstance(claim, Claim):
        raise RuntimeError(f"the first step cannot be claimed: {claim}")
    return claim


def _cancel(engine: WorkflowEngine, created: Created) -> None:
    _, orders = engine.store.transitions.cancel_execution(created.execution_id)
    _work_off(engine, orders)


def _work_off(engine: WorkflowEngine, orders: Sequence[Order]) -> None:
    """Makes the calls for what is left. Publishes nothing."""
    more: Callable[[str], Sequence[Order]] = engine.store.transitions.continue_execution
    while orders:
        left = [order.execution_id for order in orders if isinstance(order, ContinueOrder)]
        orders = [
            order
            for execution_id in left
            for order in more(execution_id)
            if not isinstance(order, PublishOrder)
        ]
