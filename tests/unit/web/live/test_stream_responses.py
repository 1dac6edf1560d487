"""The response of a stream: pings, clients that take nothing, clients that leave. The server is played by the test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from starlette.types import Message

from celeriac.web.streaming.client import StreamClient
from celeriac.web.streaming.open_streams import GROUPS, OpenStreams
from celeriac.web.streaming.responses import STUCK_BEATS, StreamResponse
from tests.support.event_loop import run
from tests.support.waiting import ROOM


class Connection:
    """A client and its server: what was sent, whether it takes more, whether it has left."""

    def __init__(self, streams: OpenStreams, *, shared: bool = False) -> None:
        self.client = StreamClient(lambda: [b"snapshot"])
        self.sent: list[bytes] = []
        self.complete = self.released = False
        self.takes, self.left = asyncio.Event(), asyncio.Event()
        self.takes.set()
        resources = AsyncExitStack()
        resources.callback(lambda: setattr(self, "released", True))
        self.response = StreamResponse(self.client, resources, streams, shared=shared)

    async def send(self, message: Message) -> None:
        await self.takes.wait()
        if message["type"] == "http.response.body":
            self.sent.append(message["body"])
            self.complete = not message["more_body"]

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def run(self) -> None:
        await self.response({"type": "http"}, self.receive, self.send)

    async def has_sent(self, count: int) -> None:
        while len(self.sent) < count:
            await asyncio.sleep(0)


class Scene:
    def __init__(self) -> None:
        self.streams = OpenStreams()

    @asynccontextmanager
    async def connection(self, *, shared: bool = False) -> Any:
        made = Connection(self.streams, shared=shared)
        task = asyncio.create_task(made.run())
        await made.has_sent(1)
        yield made
        made.left.set()
        made.takes.set()
        await task
        assert made.released

    def beat(self) -> None:
        """What the timer does with every stream in a round."""
        for group in self.streams._groups:
            for stream in tuple(group):
                stream.beat(b"a ping")


def play(scene: Callable[[Scene], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        async with asyncio.timeout(20 * ROOM):
            await scene(Scene())

    run(whole())


def test_clock_comes_first_and_messages_follow_when_a_stream_begins() -> None:
    async def scene(s: Scene) -> None:
        async with s.connection() as one:
            one.client.put(b"1", b"2")
            await one.has_sent(2)
            one.client.close(b"end")
            await one.has_sent(4)

            assert one.sent[0].startswith(b"event: ping\ndata: ")
            assert one.sent[1:] == [b"12", b"end", b""]
            assert one.complete

    play(scene)


def test_only_those_are_pinged_who_were_sent_nothing_since_the_last_beat() -> None:
    async def scene(s: Scene) -> None:
        async with s.connection() as quiet, s.connection() as busy:
            s.beat()  # both have had their first message
            busy.client.put(b"news")
            await busy.has_sent(2)

            s.beat()
            await quiet.has_sent(2)

            assert quiet.sent[1:] == [b"a ping"]
            assert busy.sent[1:] == [b"news"]

    play(scene)


def test_stream_that_pages_share_is_pinged_when_one_of_them_was_sent_something() -> None:
    async def scene(s: Scene) -> None:
        async with s.connection(shared=True) as shared:
            shared.client.put(b"to: 0\ndata: news\n\n")
            await shared.has_sent(2)

            s.beat()
            await shared.has_sent(3)

            assert shared.sent[2] == b"a ping"

    play(scene)


def test_client_that_takes_nothing_is_disconnected_and_others_are_served() -> None:
    async def scene(s: Scene) -> None:
        async with s.connection() as deaf, s.connection() as other:
            deaf.takes.clear()
            deaf.client.put(b"1")
            await asyncio.sleep(0)
            for beat in range(STUCK_BEATS):
                assert not deaf.released
                other.client.put(b"%d" % beat)
                await other.has_sent(2 + beat)
                s.beat()

            while not deaf.released:
                await asyncio.sleep(0)

            assert not deaf.complete  # so the server closes the connection
            assert not other.released

    play(scene)


def test_slow_client_is_kept_when_it_takes_something_between_the_beats() -> None:
    async def scene(s: Scene) -> None:
        async with s.connection() as slow:
            for number in range(3 * STUCK_BEATS):
                slow.takes.clear()
                slow.client.put(b"%d" % number)
                await asyncio.sleep(0)
                s.beat()
                slow.takes.set()
                await slow.has_sent(2 + number)

            assert not slow.released

    play(scene)


def test_resources_are_released_when_the_client_leaves() -> None:
    async def scene(s: Scene) -> None:
        async with s.connection() as one:
            one.left.set()
            while not one.released:
                await asyncio.sleep(0)
            assert not any(s.streams._groups)

    play(scene)


def test_all_streams_end_when_the_server_stops() -> None:
    async def scene(s: Scene) -> None:
        async with AsyncExitStack() as open_streams:
            all_of_them = [await open_streams.enter_async_context(s.connection()) for _ in range(2 * GROUPS)]

            s.streams.close()

            for each in all_of_them:
                await each.has_sent(2)
                assert each.complete

    play(scene)


def test_one_timer_pings_all_streams_in_turns(monkeypatch: Any) -> None:
    monkeypatch.setattr("celeriac.web.streaming.open_streams.BEAT_SECONDS", 0)

    async def scene(s: Scene) -> None:
        async with AsyncExitStack() as open_streams:
            all_of_them = [await open_streams.enter_async_context(s.connection()) for _ in range(2 * GROUPS)]
            tasks = len(asyncio.all_tasks())
            beating = asyncio.create_task(s.streams.beating())
            for each in all_of_them:
                await each.has_sent(3)

            assert len(asyncio.all_tasks()) == tasks + 1
            beating.cancel()

    play(scene)
