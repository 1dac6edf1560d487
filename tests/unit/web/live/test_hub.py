"""The hub: one reader, many browsers, nothing lost that matters."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from celeriac.engine.errors import ExecutionNotFound, StoreUnavailable
from celeriac.web.execution.hub import Hub
from celeriac.web.streaming.client import StreamClient
from tests.support.event_loop import run
from tests.support.live import EXECUTION, ScriptedEngine, ScriptedFeed, execution_view, messages, step_view
from tests.support.waiting import ROOM


class Scene:
    """A hub over a scripted engine and feed. Every wait ends after 20 s: a broken hub fails and does not hang."""

    def __init__(self, seq: int = 5) -> None:
        self.engine = ScriptedEngine(execution_view(seq, [step_view("a", "running")]))
        self.feed = ScriptedFeed()
        self.hub = Hub(self.engine, self.feed)

    def now(
        self, seq: int, status: str = "running", *, execution: str = "running", publish: bool = True
    ) -> None:
        """The execution is now at `seq` with step `a` in `status`; without `publish` nobody is received."""
        self.engine.view = execution_view(seq, [step_view("a", status)], execution)
        if publish:
            self.feed.wake(seq)


def play(scene: Callable[[Scene], Coroutine[Any, Any, None]], **arguments: Any) -> None:
    async def whole() -> None:
        made = Scene(**arguments)
        async with asyncio.timeout(20 * ROOM):
            await scene(made)
            await made.hub.aclose()

    run(whole())


def parsed(message: bytes) -> tuple[str, str, str]:
    """(event, id, data) of one message."""
    fields: dict[str, list[str]] = {}
    for line in message.decode().splitlines():
        name, _, value = line.partition(": ")
        fields.setdefault(name, []).append(value)
    return fields.get("event", [""])[0], fields.get("id", [""])[0], "\n".join(fields.get("data", []))


async def next_patch(received: AsyncIterator[bytes]) -> dict[str, Any]:
    async for message in received:
        event, _, data = parsed(message)
        if event == "patch":
            return dict(json.loads(data))
    raise AssertionError("the stream ended without a patch")


async def rest(client: StreamClient) -> list[tuple[str, str, str]]:
    return [parsed(message) async for message in messages(client)]


def test_change_reaches_every_browser_when_several_watch() -> None:
    async def scene(s: Scene) -> None:
        async with s.hub.join(EXECUTION, 5) as one, s.hub.join(EXECUTION, 5) as other:
            s.now(6, "success")

            patches = [await next_patch(messages(client)) for client in (one, other)]

            assert [patch["s"]["a"][0] for patch in patches] == ["success", "success"]
            assert s.engine.reads == 2  # the first look and the change, for both

    play(scene)


def test_nothing_is_sent_when_the_page_is_up_to_date() -> None:
    async def scene(s: Scene) -> None:
        async with s.hub.join(EXECUTION, 5) as client:
            s.feed.wake(None)  # a gap signal that turns out to be none
            s.now(6, "success")

            patch = await next_patch(messages(client))

            assert patch["q"] == 6
            assert "full" not in patch

    play(scene)


def test_snapshot_comes_first_when_the_page_is_behind() -> None:
    async def scene(s: Scene) -> None:
        async with s.hub.join(EXECUTION, 3) as client:
            patch = await next_patch(messages(client))

            assert (patch["q"], patch["full"]) == (5, 1)

    play(scene)


def test_only_html_carries_an_id_so_that_a_reconnection_misses_nothing() -> None:
    async def scene(s: Scene) -> None:
        async with s.hub.join(EXECUTION, 5) as client:
            s.now(6, "success", execution="success")

            received = await rest(client)

            assert [(event, number) for event, number, _ in received] == [
                ("patch", ""),
                ("", "6"),
                ("done", ""),
            ]
            assert "execution-head" in received[1][2]

    play(scene)


def test_changes_are_put_together_when_they_come_faster_than_they_are_read() -> None:
    async def scene(s: Scene) -> None:
        async with s.hub.join(EXECUTION, 5) as client:
            s.engine.reading.clear()
            s.engine.gate.clear()
            s.now(6)
            await asyncio.to_thread(s.engine.reading.wait, 20)
            reads = s.engine.reads
            for seq in range(7, 107):
                s.now(seq, "retrying" if seq % 2 else "running")
            s.engine.gate.set()

            patch = await next_patch(messages(client))

            assert patch["q"] == 106  # the last state wins
            assert s.engine.reads == reads

    play(scene)


def test_missed_change_is_found_when_a_gap_is_signalled() -> None:
    async def scene(s: Scene) -> None:
        async with s.hub.join(EXECUTION, 5) as client:
            s.now(9, "success", publish=False)  # the publication was lost
            s.feed.wake(None)

            patch = await next_patch(messages(client))

            assert (patch["q"], patch["s"]["a"][0]) == (9, "success")

    play(scene)


def test_snapshot_is_sent_when_the_store_went_back_in_time() -> None:
    async def scene(s: Scene) -> None:
        async with s.hub.join(EXECUTION, 5) as client:
            s.now(3, "queued", publish=False)
            s.feed.wake(None)

            patch = await next_patch(messages(client))

            assert (patch["q"], patch["full"]) == (3, 1)

    play(scene)


def test_slow_browser_gets_a_snapshot_and_others_are_not_held_up() -> None:
    async def scene(s: Scene) -> None:
        async with s.hub.join(EXECUTION, 5) as slow, s.hub.join(EXECUTION, 5) as quick:
            quick_messages = messages(quick)
            slow.put(*[b"x"] * 60)  # it has not read for long
            seq = 6
            while not slow._behind:
                s.now(seq, "retrying" if seq % 2 else "running")
                assert (await next_patch(quick_messages))["q"] == seq
                seq += 1

            assert (await next_patch(messages(slow)))["full"] == 1

    play(scene)


def test_stream_ends_with_gone_when_the_execution_is_deleted() -> None:
    async def scene(s: Scene) -> None:
        async with s.hub.join(EXECUTION, 5) as client:
            s.engine.view = None
            s.feed.wake(None)

            assert await rest(client) == [("done", "", "gone")]

    play(scene)


def test_stream_ends_at_once_when_the_execution_has_ended_before() -> None:
    async def scene(s: Scene) -> None:
        s.now(8, "success", execution="success", publish=False)
        async with s.hub.join(EXECUTION, 8) as client:
            assert await rest(client) == [("done", "", "ended")]

    play(scene)


def test_reading_stops_when_nobody_watches_any_more() -> None:
    async def scene(s: Scene) -> None:
        async with s.hub.join(EXECUTION, 5):
            assert s.hub.watched == {EXECUTION}

        assert s.hub.watched == frozenset()
        while s.feed.listeners:
            await asyncio.sleep(0)

    play(scene)


def test_joining_is_refused_when_there_is_no_such_execution() -> None:
    async def scene(s: Scene) -> None:
        s.engine.view = None

        with pytest.raises(ExecutionNotFound):
            async with s.hub.join(EXECUTION, 0):
                pass
        assert s.hub.watched == frozenset()

    play(scene)


def test_joining_is_refused_when_the_store_is_away() -> None:
    async def scene(s: Scene) -> None:
        s.engine.failure = StoreUnavailable(url="redis://x", reason="refused")

        with pytest.raises(StoreUnavailable):
            async with s.hub.join(EXECUTION, 0):
                pass

    play(scene)


def test_stream_goes_on_when_the_store_comes_back() -> None:
    async def scene(s: Scene) -> None:
        async with s.hub.join(EXECUTION, 5) as client:
            s.engine.failure = StoreUnavailable(url="redis://x", reason="restarting")
            reads = s.engine.reads
            s.now(6, "success")
            while s.engine.reads == reads:
                await asyncio.sleep(0)
            s.engine.failure = None

            assert (await next_patch(messages(client)))["q"] == 6

    play(scene)


def test_progress_is_sent_when_the_sequence_number_stays() -> None:
    async def scene(s: Scene) -> None:
        async with s.hub.join(EXECUTION, 5) as client:
            received = step_view("a", "running", progress={"fraction": 0.5, "message": "half"})
            s.engine.view = execution_view(5, [received])
            s.feed.wake(None)

            patch = await next_patch(messages(client))

            assert (patch["q"], patch["s"]["a"][4]) == (5, "50 %")
            assert "full" not in patch

    play(scene)


def test_snapshot_comes_first_when_the_page_may_have_missed_progress() -> None:
    async def scene(s: Scene) -> None:
        received = step_view("a", "running", progress={"fraction": 0.5, "message": None})
        s.engine.view = execution_view(5, [received])
        async with s.hub.join(EXECUTION, 5) as client:
            patch = await next_patch(messages(client))

            assert (patch["full"], patch["s"]["a"][4]) == (1, "50 %")

    play(scene)


def test_pages_are_told_to_look_when_items_may_have_said_something() -> None:
    async def scene(s: Scene) -> None:
        items = dict.fromkeys(
            ("pending", "queued", "retrying", "success", "failure", "cancelled", "skipped"), 0
        )
        s.engine.view = execution_view(
            5, [step_view("a", "running", items=items | {"total": 1, "running": 1})]
        )
        async with s.hub.join(EXECUTION, 5) as client:
            s.feed.wake(None)

            patch = await next_patch(messages(client))

            assert patch == {"q": 5}

    play(scene)
