"""An open page is received how queues move, although no event of its execution tells of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from celeriac.engine.errors import StoreUnavailable
from celeriac.web.execution import queue_polling
from celeriac.web.execution.board import NOW_ROWS, Board
from celeriac.web.execution.queue_polling import MOST, QueueLooks, asked_about
from tests.support.live import EXECUTION, execution_view, messages, step_view
from tests.unit.web.live.test_hub import Scene, next_patch, parsed, play
from tests.unit.workflows.test_waiting import place


@pytest.fixture(autouse=True)
def _looks_come_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_polling, "EVERY", 0.01)
    monkeypatch.setattr(queue_polling, "SOON", 0.01)


def queued(*names: str, **fields: Any) -> Any:
    return execution_view(5, [step_view(name, "queued", attempt=1, **fields) for name in names])


def test_page_is_told_when_only_its_place_in_the_queue_has_changed() -> None:
    async def scene(s: Scene) -> None:
        s.engine.view = queued("a")
        async with s.hub.join(EXECUTION, 5) as client:
            patches = messages(client)
            s.engine.places = {"a": place(ahead=14)}
            first = await next_patch(patches)
            s.engine.places = {"a": place(ahead=3)}

            then = await next_patch(patches)

            assert (first["q"], first["s"]["a"][4], first["s"]["a"][-1]) == (
                5,
                "14 messages ahead in default",
                "14 ahead",
            )
            assert then["s"]["a"][4] == "3 messages ahead in default"
            received = [parsed(await anext(patches)) for _ in range(1)]
            assert "execution-now" in received[0][2]
            assert "3 messages ahead in default" in received[0][2]

    play(scene)


def test_snapshot_says_where_steps_stand_when_the_page_is_behind() -> None:
    async def scene(s: Scene) -> None:
        s.engine.view = queued("a")
        s.engine.places = {"a": place(ahead=14)}
        async with s.hub.join(EXECUTION, 3) as client:
            patch = await next_patch(messages(client))

            assert (patch["full"], patch["s"]["a"][-1]) == (1, "14 ahead")

    play(scene)


def test_nothing_is_sent_and_little_asked_when_no_queue_moves() -> None:
    async def scene(s: Scene) -> None:
        s.engine.view = queued("a")
        async with s.hub.join(EXECUTION, 5) as client:
            while s.engine.looks < 3:
                await asyncio.sleep(0)
            s.now(6, "success")

            patch = await next_patch(messages(client))

            assert patch["q"] == 6  # the first that came
            looks = s.engine.looks
            await asyncio.sleep(0.05)
            assert (s.engine.looks, s.engine.reads) == (looks, 2)  # nothing waits any more

    play(scene)


def test_pages_of_steps_off_the_board_are_told_to_look_when_their_queue_moves() -> None:
    async def scene(s: Scene) -> None:
        s.engine.view = queued("a")
        s.engine.places = {"a": place(busy=1)}
        async with s.hub.join(EXECUTION, 5) as client:
            patches = messages(client)
            s.engine.places = {"a": place(busy=2)}

            assert await next_patch(patches) == {"q": 5}

    play(scene)


def test_stream_goes_on_when_the_queues_could_not_be_read() -> None:
    async def scene(s: Scene) -> None:
        s.engine.view = queued("a")
        failing = [StoreUnavailable(url="redis://x", reason="restarting")]
        answer = s.engine.queue_positions
        async with s.hub.join(EXECUTION, 5) as client:
            s.engine.places = {"a": place(ahead=14)}
            s.engine.queue_positions = lambda *asked, **_: fail(failing) or answer(*asked)  # type: ignore[method-assign]
            assert (await next_patch(messages(client)))["s"]["a"][-1] == "14 ahead"
        assert not failing

    def fail(errors: list[Any]) -> None:
        if errors:
            raise errors.pop()

    play(scene)


def test_few_are_asked_about_and_one_of_each_queue_when_many_wait() -> None:
    steps = [step_view(f"s{n}", "queued") for n in range(500)]
    steps += [step_view(f"q{n}", "queued", queue=f"queue{n}") for n in range(500)]

    asked = asked_about(Board(execution_view(5, steps), ()))

    assert asked[:NOW_ROWS] == tuple(f"s{n}" for n in range(NOW_ROWS))
    assert set(asked[NOW_ROWS:]) <= {f"q{n}" for n in range(500)}
    assert len(asked) == MOST


def test_what_was_known_is_dropped_when_the_step_waits_for_another_attempt() -> None:
    before = Board(queued("a", "b"), (), places={"a": place(), "b": place()})
    now = Board(
        execution_view(6, [step_view("a", "queued", attempt=2), step_view("b", "queued", attempt=1)]), ()
    )

    assert list(QueueLooks().follow(before, now, 0.0).places) == ["b"]
