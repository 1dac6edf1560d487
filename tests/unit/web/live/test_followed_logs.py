"""The followed logs: one reader, many programs, and each gets every event once and in order."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

import pytest

from celeriac.engine.errors import ExecutionNotFound, StoreUnavailable
from celeriac.engine.executions import OutputEntry
from celeriac.web.api.events import LogFollower
from celeriac.web.streaming import logs as logs_module
from celeriac.web.streaming.logs import END, GONE, KEPT, PAGE, FollowedLogs, reset
from tests.support.event_loop import run
from tests.support.live import EXECUTION, ScriptedFeed, ScriptedLog
from tests.support.waiting import ROOM


class Scene:
    """Followed logs over a scripted log and feed."""

    def __init__(self, length: int = 5) -> None:
        self.log, self.feed = ScriptedLog(length), ScriptedFeed()
        self.logs = FollowedLogs(self.log, self.feed)
        self.resources = AsyncExitStack()

    async def follower(self, after: int, execution_id: str = EXECUTION) -> LogFollower:
        follower = LogFollower(self.logs, after)
        await follower.join(execution_id, self.resources)
        return follower

    def now(self, length: int) -> None:
        """The log has so many events now, and the feed says so."""
        self.log.length = length
        self.feed.wake(length)

    async def read_up_to(self, seq: int) -> None:
        """Waits until the shared reader has read this event."""
        async with self.logs.join(EXECUTION, lambda: None) as log:
            while log.seq != seq:
                await asyncio.sleep(0)


def play(scene: Callable[[Scene], Coroutine[Any, Any, None]], **arguments: Any) -> None:
    async def whole() -> None:
        made = Scene(**arguments)
        reading = asyncio.create_task(made.logs.reading())
        async with asyncio.timeout(20 * ROOM), made.resources:
            await scene(made)
        assert made.logs.followed == frozenset()
        assert made.feed.listeners == []
        reading.cancel()

    run(whole())


async def taken(follower: LogFollower) -> bytes:
    """What a follower sends next; waits until there is something."""
    while not (data := await follower.take()):
        assert data is not None, "the stream has ended"
        await asyncio.sleep(0)
    return data


async def rest(follower: LogFollower) -> bytes:
    """All that it still sends."""
    sent = b""
    while (data := await follower.take()) is not None:
        sent += data
        await asyncio.sleep(0)
    return sent


def ids(data: bytes) -> list[int]:
    return [int(number) for number in re.findall(rb"^id: (\d+)$", data, re.MULTILINE)]


def test_event_is_read_and_encoded_once_when_many_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[Any] = []
    encode_json = logs_module.encode_json
    monkeypatch.setattr(
        logs_module, "encode_json", lambda value, **more: encoded.append(value) or encode_json(value, **more)
    )

    async def scene(s: Scene) -> None:
        followers = [await s.follower(after=5) for _ in range(100)]
        await s.read_up_to(5)
        calls, s.log.calls = s.log.calls, []
        encoded.clear()

        s.now(6)
        sent = [await taken(follower) for follower in followers]

        assert len(calls) <= 2  # the first one, and that of the feed's first signal
        assert len(s.log.calls) == 1
        assert [each["seq"] for each in encoded] == [6]
        assert {tuple(ids(data)) for data in sent} == {(6,)}

    play(scene)


def test_executions_are_read_in_one_call_when_they_change_together() -> None:
    async def scene(s: Scene) -> None:
        followers = [await s.follower(5, f"execution-{number}") for number in range(30)]
        s.log.calls.clear()

        s.now(6)
        for follower in followers:
            assert ids(await taken(follower)) == [6]

        assert len(s.log.calls) == 1
        assert len(s.log.calls[0]) == 30

    play(scene)


def test_slow_reader_is_dropped_with_reset_and_others_are_served() -> None:
    async def scene(s: Scene) -> None:
        slow, quick = await s.follower(after=3), await s.follower(after=3)
        assert ids(await taken(slow)) == [4, 5]
        read = ids(await taken(quick))

        for length in range(5 + PAGE, 6 + KEPT + PAGE, PAGE):
            s.now(length)
            while read[-1] < length:
                read += ids(await taken(quick))

        assert await rest(slow) == reset(5)
        assert read == list(range(4, s.log.length + 1))

    play(scene)


def test_nobody_is_dropped_when_more_events_than_are_kept_come_at_once() -> None:
    async def scene(s: Scene) -> None:
        followers = [await s.follower(after=5) for _ in range(3)]
        for follower in followers:
            assert await follower.take() == b""

        s.now(5 + 4 * KEPT)

        for follower in followers:
            asked = asyncio.Event()
            follower.wake = asked.set
        read: list[list[int]] = [[], [], []]
        while any(numbers[-1:] != [s.log.length] for numbers in read):
            for numbers, follower in zip(read, followers, strict=True):
                numbers += ids(await follower.take() or b"")
            await asyncio.sleep(0)
        assert read == [list(range(6, s.log.length + 1))] * 3

    play(scene)


def test_older_events_come_from_the_store_when_a_client_begins_before_those_that_are_kept() -> None:
    async def scene(s: Scene) -> None:
        follower = await s.follower(after=0)
        s.log.ended = True
        s.feed.wake(None)

        sent = await rest(follower)

        assert ids(sent) == list(range(1, 5 * KEPT + 1))
        assert sent.endswith(END)

    play(scene, length=5 * KEPT)


def test_client_begins_again_when_it_has_more_events_than_there_are() -> None:
    async def scene(s: Scene) -> None:
        follower = await s.follower(after=50)

        assert await taken(follower) == reset(0)
        assert ids(await taken(follower)) == [1, 2, 3, 4, 5]

    play(scene)


def test_nothing_is_repeated_when_a_client_has_events_that_were_not_read_here_yet() -> None:
    async def scene(s: Scene) -> None:
        await s.follower(after=5)
        await s.read_up_to(5)
        s.log.length = 7  # another web process has sent them; the feed has not said so here

        follower = await s.follower(after=7)
        assert await follower.take() == b""
        await s.read_up_to(7)
        s.now(8)

        assert ids(await taken(follower)) == [8]

    play(scene)


def test_all_begin_again_when_the_store_went_back_in_time() -> None:
    async def scene(s: Scene) -> None:
        followers = [await s.follower(after=5) for _ in range(2)]
        for follower in followers:
            await follower.take()
        s.log.length = 3
        s.feed.wake(None)

        for follower in followers:
            sent = await taken(follower)
            while ids(sent) != [1, 2, 3]:
                sent += await taken(follower)
            assert sent.startswith(reset(0))

    play(scene)


def test_output_goes_to_those_who_follow_then_and_not_to_later_ones() -> None:
    async def scene(s: Scene) -> None:
        early = await s.follower(after=5)
        await s.read_up_to(5)
        line: Any = {"event": "step_log", "line": "reading"}
        s.log.output.append(OutputEntry(place="1-0", written=0, view=line))
        s.feed.wake(None)
        assert b"reading" in await taken(early)

        late = await s.follower(after=4)
        sent = await taken(late)

        assert ids(sent) == [5]
        assert b"reading" not in sent

    play(scene)


def test_streams_end_with_gone_when_the_execution_is_deleted() -> None:
    async def scene(s: Scene) -> None:
        follower = await s.follower(after=5)
        await follower.take()
        s.log.deleted = True
        s.feed.wake(None)

        assert await rest(follower) == GONE

    play(scene)


def test_later_follower_hears_more_when_an_ended_execution_is_retried() -> None:
    async def scene(s: Scene) -> None:
        s.log.ended = True
        first = await s.follower(after=5)
        assert await rest(first) == END

        s.log.ended = False
        second = await s.follower(after=5)
        s.now(6)

        assert ids(await taken(second)) == [6]

    play(scene)


def test_stream_ends_without_end_when_the_server_stops() -> None:
    async def scene(s: Scene) -> None:
        follower = await s.follower(after=5)
        follower.close()

        assert await rest(follower) == b""

    play(scene)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"deleted": True}, ExecutionNotFound),
        ({"failure": StoreUnavailable(url="redis://x", reason="refused")}, StoreUnavailable),
    ],
)
def test_following_is_refused_when_there_is_nothing_to_read(
    change: dict[str, Any], refusal: type[Exception]
) -> None:
    async def scene(s: Scene) -> None:
        vars(s.log).update(change)

        with pytest.raises(refusal):
            await s.follower(after=0)

    play(scene)


def test_streams_go_on_when_the_store_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs_module, "RETRY_SECONDS", 0)

    async def scene(s: Scene) -> None:
        follower = await s.follower(after=5)
        await s.read_up_to(5)
        s.log.failure = StoreUnavailable(url="redis://x", reason="restarting")
        s.log.calls.clear()
        s.now(6)
        while not s.log.calls:
            await asyncio.sleep(0)
        s.log.failure = None

        assert ids(await taken(follower)) == [6]

    play(scene)


def test_streams_of_one_execution_end_and_others_go_on_when_it_cannot_be_read(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scene(s: Scene) -> None:
        follower = await s.follower(after=5)
        await s.read_up_to(5)
        s.log.failure = ValueError("an entry that is none")
        s.feed.wake(None)

        assert await rest(follower) == b""
        s.log.failure = None
        again = await s.follower(after=5)
        s.now(6)
        assert ids(await taken(again)) == [6]

    play(scene)
    assert "could not be read" in caplog.text
