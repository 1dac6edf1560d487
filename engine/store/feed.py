"""The one pub/sub connection of a web process: notifies listeners *that* something changed, never what.

Pub/sub drops messages that it cannot deliver, so a message is only a wake-up; the listener then reads the store.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Iterator
from typing import Any

from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from celeriac.engine.store.connection import connect_async
from celeriac.engine.store.keys import Keys

logger = logging.getLogger(__name__)

#: Called on the event loop, must not block: with the sequence number of a new event, or None for a gap.
ExecutionListener = Callable[[int | None], None]
#: The same with the id of an execution whose row in a list changed.
SummaryListener = Callable[[str | None], None]

#: Seconds between two attempts to connect: a page must be current 5 s after the store is back.
_LONGEST_PAUSE = 2.0


class EventFeed:
    """Subscribes per watched execution, reconnects by itself. Belongs to one event loop; `aclose` it there.

    A gap (None) is signalled after every confirmed subscription, including those after a reconnection, and on every
    ping: redis-py would reconnect silently and lose messages published in between.
    """

    def __init__(self, url: str, namespace: str, *, ping_interval: float = 10.0) -> None:
        self._client = connect_async(
            url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=5,
            socket_timeout=5,
            health_check_interval=0,
        )
        self._keys = Keys(namespace)
        self._ping_interval = ping_interval
        self._listeners: dict[str, set[Callable[[Any], None]]] = {}  # by channel
        self._summaries = self._keys.summary()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._last_heard = 0.0
        self._reader_ended = False

    @property
    def channels(self) -> frozenset[str]:
        """The channels with listeners."""
        return frozenset(self._listeners)

    @contextlib.contextmanager
    def watch(self, execution_id: str, listener: ExecutionListener) -> Iterator[None]:
        """Calls `listener` on changes of this execution while the block runs; its first call is a gap."""
        with self._listen(self._keys.events(execution_id), listener):
            yield

    @contextlib.contextmanager
    def watch_summaries(self, listener: SummaryListener) -> Iterator[None]:
        """Calls `listener` with the id of every execution that changes while the block runs."""
        with self._listen(self._summaries, listener):
            yield

    @contextlib.contextmanager
    def _listen(self, channel: str, listener: Callable[[Any], None]) -> Iterator[None]:
        listeners = self._listeners.setdefault(channel, set())
        if listeners:  # already subscribed: there will be no confirmation
            asyncio.get_running_loop().call_soon(listener, None)
        listeners.add(listener)
        self._changed.set()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._stay_connected(), name="event-feed")
        try:
            yield
        finally:
            listeners.discard(listener)
            if not listeners and self._listeners.get(channel) is listeners:
                del self._listeners[channel]
            self._changed.set()

    async def aclose(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._client.aclose()

    async def _stay_connected(self) -> None:
        failures = 0
        while True:
            opened = asyncio.get_running_loop().time()
            try:
                # In its own task: on Python 3.11.2 a failed group leaves its task marked as cancelled, and a timeout
                # in the next connection would end this loop.
                await asyncio.create_task(self._serve_connection(), name="event-feed-connection")
            except* (RedisError, OSError) as group:
                if asyncio.get_running_loop().time() - opened > self._ping_interval:
                    failures = 0
                if failures == 0:
                    logger.warning("event feed lost its connection, reconnecting: %s", group.exceptions[0])
            failures += 1
            pause = min(_LONGEST_PAUSE, 0.05 * 2 ** min(failures, 10))
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 (jitter, not a secret)

    async def _serve_connection(self) -> None:
        """One connection, from opening to failure, which is raised."""
        pubsub = self._client.pubsub(ignore_subscribe_messages=False)
        self._last_heard = asyncio.get_running_loop().time()
        self._reader_ended = False
        try:
            async with asyncio.TaskGroup() as tasks:
                await pubsub.connect()
                tasks.create_task(self._follow_subscriptions(pubsub))
                tasks.create_task(self._read(pubsub))
        finally:
            await pubsub.aclose()

    async def _follow_subscriptions(self, pubsub: Any) -> None:
        """Keeps the server's subscriptions equal to the listeners, and pings it."""
        loop = asyncio.get_running_loop()
        subscribed: frozenset[str] = frozenset()
        next_ping = loop.time() + self._ping_interval
        while not self._reader_ended:
            self._changed.clear()
            wanted = self.channels
            if new := wanted - subscribed:
                await pubsub.subscribe(*sorted(new))
            if old := subscribed - wanted:
                await pubsub.unsubscribe(*sorted(old))
            subscribed = wanted
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(next_ping):
                    await self._changed.wait()
            if loop.time() >= next_ping:
                if loop.time() - self._last_heard > 2.5 * self._ping_interval:
                    raise ConnectionError("the store did not respond to a ping")  # half-open TCP
                await pubsub.ping()
                next_ping = loop.time() + self._ping_interval

    async def _read(self, pubsub: Any) -> None:
        try:
            while True:
                message = await pubsub.get_message(timeout=None)
                self._last_heard = asyncio.get_running_loop().time()
                if message is not None:
                    self._hear(message)
        finally:
            # The other task is cancelled now, but on Python 3.11 a command that it is sending swallows the cancellation.
            self._reader_ended = True
            self._changed.set()

    def _hear(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "pong":
            for channel in list(self._listeners):
                self._tell(channel, None)
        elif kind in ("message", "subscribe"):
            channel = message["channel"].decode()
            self._tell(channel, self._meaning(channel, message["data"]) if kind == "message" else None)

    def _meaning(self, channel: str, data: bytes) -> int | str | None:
        """The content of a message: an execution id, or the sequence number before its first space."""
        if channel == self._summaries:
            return data.decode()
        number = data.split(b" ", 1)[0]
        return int(number) if number.isdigit() else None

    def _tell(self, channel: str, what: int | str | None) -> None:
        for listener in list(self._listeners.get(channel, ())):
            listener(what)
