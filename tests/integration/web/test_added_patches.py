"""All patches of a stream, added up, are the execution as it is: steps, nodes of several, levels and totals."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.workflows.definition.steps import WorkflowStep
from celeriac.web.execution import watch
from celeriac.web.execution.board import difference
from celeriac.web.execution.hub import Hub
from celeriac.web.execution.queue_polling import with_positions
from celeriac.web.execution.watch import read_board
from celeriac.web.streaming.client import StreamClient
from tests.support.event_loop import run
from tests.support.live import messages
from tests.support.playing import hold, play, release
from tests.support.waiting import ROOM
from tests.support.workflows import chain, fan, layered, step

PARTS = ("s", "g", "l", "r")
Act = Callable[[WorkflowEngine, str], object]


def failing(engine: WorkflowEngine, execution_id: str) -> None:
    """Everything but one step in the middle, which fails."""
    release(engine, execution_id, {"l2_3": ValueError("no")})


def by_hand(engine: WorkflowEngine, execution_id: str) -> None:
    engine.steps.succeed(execution_id, "s3", "done elsewhere")
    engine.steps.skip(execution_id, "s2", "not needed")


def mapped() -> list[WorkflowStep]:
    return [
        step("each", map_over="input.list", max_parallel=2),
        step("after", after="each", trigger="all_done"),
    ]


@pytest.mark.parametrize(
    ("steps", "acts"),
    [
        (layered(4, 5), [hold, release]),
        (layered(4, 40), [hold, failing]),  # crowded levels
        (fan(12), [hold, hold, release]),  # equal steps as one node
        (mapped(), [hold, hold, release]),
        (chain(5), [by_hand, play]),
        (chain(4), [hold, WorkflowEngine.cancel_workflow, release]),
    ],
    ids=["passes", "fails", "stack", "items", "by hand", "cancelled"],
)
def test_patches_add_up_to_the_execution_when_it_is_followed(
    engine: WorkflowEngine, monkeypatch: pytest.MonkeyPatch, steps: list[WorkflowStep], acts: list[Act]
) -> None:
    monkeypatch.setattr(watch, "WHOLE_SECONDS", 3600)  # which would make good for what following has missed
    engine.register_workflow("w", steps, on_failure="continue")
    execution_id = engine.execute_workflow("w", {"list": [1, 2, 3]})

    run(_watch(engine, execution_id, acts))


async def _watch(engine: WorkflowEngine, execution_id: str, acts: list[Act]) -> None:
    feed = engine.feed()
    watching = Hub(engine.executions, feed)
    shown: dict[str, Any] = {part: {} for part in PARTS}
    async with asyncio.timeout(20 * ROOM), watching.join(execution_id, 0) as client:
        added = asyncio.create_task(_add_up(client, shown))
        for act in acts:
            await asyncio.to_thread(act, engine, execution_id)
            wanted = await asyncio.to_thread(_whole, engine, execution_id)
            while {part: shown[part] for part in PARTS} != wanted:
                await asyncio.sleep(0.01)
        added.cancel()
    await watching.aclose()
    await feed.aclose()


async def _add_up(client: StreamClient, shown: dict[str, Any]) -> None:
    async for message in messages(client):
        lines = message.decode().splitlines()
        if "event: patch" not in lines:
            continue
        patch = json.loads(next(line for line in lines if line.startswith("data: "))[6:])
        for part in PARTS:
            shown[part].update(patch.get(part, {}))


def _whole(engine: WorkflowEngine, execution_id: str) -> dict[str, Any]:
    board = with_positions(
        engine.executions, read_board(engine.executions, execution_id)
    )  # as a page is rendered
    patch = json.loads(json.dumps(difference(None, board)))
    return {part: patch.get(part, {}) for part in PARTS}
