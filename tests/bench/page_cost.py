"""Whether pages cost more with what they do not show: steps of registered workflows, items of a mapped step."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from celeriac.engine.store.orders import DecideOrder, Order
from celeriac.engine.store.transitions import Claim
from celeriac.engine.workflows.json.strict_json import dumps
from celeriac.web.app import create_app
from tests.bench.bars import Figure
from tests.bench.quiet_system import quiet_system
from tests.support.asgi import AsgiClient
from tests.support.workflows import layered, step

FEW, MANY = 3, 200  # workflows
FEW_ITEMS, MANY_ITEMS = 50, 5_000
#: Highest accepted ratios to what the same page costs with a few.
LIST_BAR, DRAWN_BAR, STEP_BAR = 1.3, 3.0, 1.5
LISTS = {
    "/executions": LIST_BAR,
    "/": LIST_BAR,
    "/workflows": DRAWN_BAR,  # it shows the workflows themselves
    "/api/v1/executions": LIST_BAR,
}
#: Each with its 48 steps between two others small enough to be drawn in the list.
STEPS = layered(8, 6)
TURNS = 25


def measure_page_cost(directory: Path) -> list[Figure]:
    """Median times in one process, few and many in turns, and their ratios. Nothing is executed while it is measured."""
    with quiet_system(directory, worker=False) as (engine, _server):
        few, many = (_with_workflows(engine.settings, count) for count in (FEW, MANY))
        figures = []
        for path, bar in LISTS.items():
            pages = {f"{FEW} workflows": (few, path), f"{MANY} workflows": (many, path)}
            figures += _compared(path, pages, bar)
        few_items, many_items = (_with_items(engine.settings, count) for count in (FEW_ITEMS, MANY_ITEMS))
        pages = {f"{FEW_ITEMS} items": few_items, f"{MANY_ITEMS:,} items": many_items}
        return figures + _compared("the page of a step", pages, STEP_BAR)


def _compared(title: str, pages: Mapping[str, tuple[AsgiClient, str]], bar: float) -> list[Figure]:
    """A figure for each page, then the ratio of the last one to the first."""
    milliseconds: dict[str, list[float]] = {name: [] for name in pages}
    for turn in range(TURNS + 1):
        for name, (client, path) in pages.items():
            started = time.perf_counter()
            answer = client.get(path)
            elapsed = (time.perf_counter() - started) * 1000
            if answer.status_code != 200:
                raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:200]}")
            if turn:  # the first visit fills what is kept per version
                milliseconds[name].append(elapsed)
    medians = {name: median(times) for name, times in milliseconds.items()}
    first, *_, last = medians.values()
    figures = [Figure(f"{title}, {name}", value, "ms") for name, value in medians.items()]
    return [*figures, Figure(f"{title}, ratio", last / first, "", bar)]


def _system(settings: Settings, namespace: str) -> tuple[WorkflowEngine, AsgiClient]:
    own = Settings(redis_url=settings.redis_url, namespace=namespace, data_dir=settings.data_dir)
    engine = WorkflowEngine(own)
    return engine, AsgiClient(create_app(engine, own))


def _with_workflows(settings: Settings, count: int) -> AsgiClient:
    engine, client = _system(settings, f"bench-workflows-{count}")
    for number in range(count):
        engine.register_workflow(
            f"workflow_{number:03}",
            STEPS,
            description="Reads the orders of a day and writes a report of them.",
        )
    engine.publish_workflows()
    return client


def _with_items(settings: Settings, count: int) -> tuple[AsgiClient, str]:
    """A client, and the address of a mapped step all of whose items have succeeded."""
    engine, client = _system(settings, f"bench-items-{count}")
    steps = [
        step("source"),
        step("each", map_over="input.numbers", after="source"),
        step("sink", after="each"),
    ]
    engine.register_workflow("mapped", steps)
    engine.publish_workflows()
    created = engine.store.transitions.create_execution(
        engine.registered["mapped"], dumps({"numbers": list(range(count))}), labels={}, note=""
    )
    orders: list[Order] = list(created.orders)
    while orders:
        orders += _end(engine, orders.pop(), count)
    status = engine.executions.get(created.execution_id)["status"]
    if status != "success":
        raise RuntimeError(f"the execution of {count} items is {status}")
    return client, f"/executions/{created.execution_id}/steps/each"


def _end(engine: WorkflowEngine, order: Order, count: int) -> tuple[Order, ...]:
    """Decides or claims and completes what an order asks for. Returns what became ready."""
    transitions = engine.store.transitions
    if isinstance(order, DecideOrder):
        return transitions.decide_step(order, "map", *map(str, range(count)))
    claim = transitions.claim_step(order.execution_id, order.unit, order.attempt, "task.1", "bench@host")
    if not isinstance(claim, Claim):
        raise RuntimeError(f"{order} was refused: {claim}")
    return transitions.complete_step(claim, b'{"row":1}')[1]
