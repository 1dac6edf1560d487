"""The feed against a real server: whoever listens is woken, and told when something may have been missed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from celeriac.engine.store.feed import EventFeed
from celeriac.engine.store.keys import Keys
from tests.support.event_loop import run
from tests.support.servers import StoreServer
from tests.support.tcp_proxy import TcpProxy
from tests.support.waiting import ROOM

NAMESPACE = "t-feed"
KEYS = Keys(NAMESPACE)
Story = Callable[[EventFeed, asyncio.Queue[Any]], Coroutine[Any, Any, None]]


def play(url: str, story: Story, **options: Any) -> None:
    """Run a story that gets a feed and a queue to put signals in. It fails rather than hangs."""

    async def whole() -> None:
        feed = EventFeed(url, NAMESPACE, **options)
        try:
            async with asyncio.timeout(30 * ROOM):
                await story(feed, asyncio.Queue())
        finally:
            await feed.aclose()

    run(whole())


async def silence(heard: asyncio.Queue[Any]) -> None:
    """Until nothing has been heard for a while: not even pings come through."""
    with contextlib.suppress(TimeoutError):
        while True:
            async with asyncio.timeout(1):
                await heard.get()


def publish(server: StoreServer, channel: str, text: str) -> None:
    with server.client() as client:
        client.publish(channel, text)


def subscribers(server: StoreServer, channel: str) -> int:
    with server.client() as client:
        return int(client.pubsub_numsub(channel)[0][1])


def test_listener_gets_the_sequence_number_when_an_event_is_published(store_server: StoreServer) -> None:
    async def story(feed: EventFeed, heard: asyncio.Queue[Any]) -> None:
        with feed.watch("x1", heard.put_nowait):
            assert await heard.get() is None  # subscribed: what came before may have been missed
            publish(store_server, KEYS.events("x1"), "17 s 120 0 1")
            assert await heard.get() == 17

    play(store_server.url, story)


def test_listener_gets_the_id_when_a_row_changes(store_server: StoreServer) -> None:
    async def story(feed: EventFeed, heard: asyncio.Queue[Any]) -> None:
        with feed.watch_summaries(heard.put_nowait):
            assert await heard.get() is None
            publish(store_server, KEYS.summary(), "x1")
            assert await heard.get() == "x1"

    play(store_server.url, story)


def test_second_listener_gets_a_gap_too_when_the_channel_is_subscribed_already(
    store_server: StoreServer,
) -> None:
    async def story(feed: EventFeed, heard: asyncio.Queue[Any]) -> None:
        with feed.watch("x1", heard.put_nowait):
            await heard.get()
            late: asyncio.Queue[Any] = asyncio.Queue()
            with feed.watch("x1", late.put_nowait):
                assert await late.get() is None

    play(store_server.url, story)


def test_gap_is_signalled_when_the_connection_was_killed(store_server: StoreServer) -> None:
    async def story(feed: EventFeed, heard: asyncio.Queue[Any]) -> None:
        with feed.watch("x1", heard.put_nowait):
            await heard.get()
            with store_server.client() as client:
                client.client_kill_filter(_type="pubsub")
            assert await heard.get() is None
            publish(store_server, KEYS.events("x1"), "18 s 120 0 1")
            assert await heard.get() == 18

    play(store_server.url, story)


def test_gap_is_signalled_regularly_when_nothing_is_published(store_server: StoreServer) -> None:
    async def story(feed: EventFeed, heard: asyncio.Queue[Any]) -> None:
        with feed.watch("x1", heard.put_nowait):
            assert [await heard.get() for _ in range(3)] == [None] * 3

    play(store_server.url, story, ping_interval=0.05)


def test_feed_connects_anew_when_the_connection_is_half_open(
    store_server: StoreServer, start_proxy: Callable[[int], TcpProxy]
) -> None:
    assert store_server.tcp_url
    proxy = start_proxy(int(store_server.tcp_url.rsplit(":", 1)[1].split("/")[0]))

    async def story(feed: EventFeed, heard: asyncio.Queue[Any]) -> None:
        with feed.watch("x1", heard.put_nowait):
            await heard.get()
            proxy.hole()
            await silence(heard)
            proxy.fill()
            assert await heard.get() is None

    play(f"redis://127.0.0.1:{proxy.port}", story, ping_interval=0.2)


def test_channel_is_left_when_nobody_listens_any_more(store_server: StoreServer) -> None:
    async def story(feed: EventFeed, heard: asyncio.Queue[Any]) -> None:
        with feed.watch("x1", heard.put_nowait):
            await heard.get()
            assert subscribers(store_server, KEYS.events("x1")) == 1

        assert feed.channels == frozenset()
        while subscribers(store_server, KEYS.events("x1")):
            await asyncio.sleep(0)

    play(store_server.url, story)


def test_other_listeners_go_on_when_a_message_makes_no_sense(store_server: StoreServer) -> None:
    async def story(feed: EventFeed, heard: asyncio.Queue[Any]) -> None:
        with feed.watch("x1", heard.put_nowait):
            await heard.get()
            publish(store_server, KEYS.events("x1"), "nonsense")
            assert await heard.get() is None  # as good as a gap

    play(store_server.url, story)
