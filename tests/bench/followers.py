"""Thousands of programs that follow executions through one web process, beside a bare server of server-sent events.

Events are real transitions in the store, one a second for each execution. The peer is sent the same events by way of the
same Redis, and sends the same bytes to as many followers. Followers, store and what makes the events share the machine.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import multiprocessing
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from celeriac.engine.store.transitions import Claim
from celeriac.engine.workflows.progress.events import rfc3339
from tests.bench.bars import Figure
from tests.bench.idle_system import resident
from tests.bench.sse_peer import CHANNEL
from tests.support.processes import LoggedProcess, child_environment, free_port, python_command
from tests.support.servers import StoreServer
from tests.support.waiting import eventually
from tests.support.webserver import WebServer
from tests.support.workflows import step

FOLLOWERS = 2_000
RATIO_BAR, GROWTH_BAR = 2.5, 5.0
WORKER = "followed@bench#1"
#: Connections that are opened at a time.
AT_ONCE = 50
_EVENT = re.compile(rb'id: (\d+)\ndata: [^\n]*"time":"([^"]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is measured. Each turn of `seconds` (an even number) measures this server, then the peer."""

    followers: int = FOLLOWERS
    spread: int = 200  # executions
    seconds: int = 10
    turns: int = 3


@dataclass(slots=True)
class Follower(asyncio.Protocol):
    """One connection: notes how late each event is, in ms, and that none is missing."""

    request: bytes
    late: list[float]
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    last: int = 0
    _pending: bytes = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        now = time.time()
        if not self.opened.is_set():
            assert data.startswith(b"HTTP/1.1 200"), data
            self.opened.set()
        read, _, self._pending = (self._pending + data).replace(b"\r\n", b"\n").rpartition(b"\n\n")
        for number, moment in _EVENT.findall(read):
            assert self.last in (0, int(number) - 1), (self.last, number)
            self.last = int(number)
            self.late.append((now - dt.datetime.fromisoformat(moment.decode()).timestamp()) * 1000)


async def follow(
    port: int, paths: Sequence[str], extent: Extent, make_events: Callable[[], None]
) -> list[float]:
    """How late each event reached each of the clients, which are spread over the paths."""
    late: list[float] = []
    transports = []
    loop = asyncio.get_running_loop()

    async def connect(path: str) -> None:
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        transport, follower = await loop.create_connection(lambda: Follower(request, late), "127.0.0.1", port)
        transports.append(transport)
        await follower.opened.wait()

    followed = [paths[n % len(paths)] for n in range(extent.followers)]
    for first in range(0, len(followed), AT_ONCE):
        await asyncio.gather(*(connect(path) for path in followed[first : first + AT_ONCE]))
    await asyncio.to_thread(make_events)
    expected = extent.followers * extent.seconds
    async with asyncio.timeout(60):
        while len(late) < expected:
            await asyncio.sleep(0.1)
    for transport in transports:
        transport.abort()
    return late


def make_transitions(settings: Settings, execution_ids: Sequence[str], first: int, seconds: int) -> None:
    """Claims and completes one step of each execution after the other: one event a second each, evenly spread."""
    transitions = WorkflowEngine(settings).store.transitions
    claims: dict[str, Claim] = {}

    def act(execution_id: str, second: int) -> None:
        if execution_id in claims:
            transitions.complete_step(claims.pop(execution_id), b"null")
            return
        claim = transitions.claim_step(
            execution_id, str(first + second // 2), 1, f"task.{first + second}", WORKER
        )
        assert isinstance(claim, Claim), claim
        claims[execution_id] = claim

    _every_second(execution_ids, seconds, act)


def publish_events(url: str, events: dict[str, list[dict[str, object]]], seconds: int) -> None:
    """Publishes these events for the peer, with the time of now, in the same rhythm."""
    import redis

    client = redis.Redis.from_url(url)

    def act(name: str, second: int) -> None:
        event = events[name][second] | {"time": rfc3339(time.time_ns() // 1_000_000)}
        text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        client.publish(CHANNEL + name, f"{event['seq']} {text}")

    _every_second(list(events), seconds, act)


def _every_second(names: Sequence[str], seconds: int, act: Callable[[str, int], None]) -> None:
    began = time.monotonic() + 0.5
    for second in range(seconds):
        for n, name in enumerate(names):
            time.sleep(max(0.0, began + second + n / len(names) - time.monotonic()))
            act(name, second)


def _in_a_process(function: Callable[..., None], *arguments: object) -> None:
    process = multiprocessing.get_context("spawn").Process(target=function, args=arguments)
    process.start()
    process.join()
    assert process.exitcode == 0, f"{function.__name__} failed"


class Both:
    """A web process and the peer, beside one store."""

    def __init__(self, directory: Path, extent: Extent) -> None:
        self.extent = extent
        self.server = StoreServer(aof=True).start()
        # Nothing is refused for want of a slot: all steps are published when they are launched.
        self.settings = Settings(
            redis_url=self.server.url, namespace="bench", data_dir=directory / "data", window=10_000
        )
        self.engine = WorkflowEngine(self.settings)
        self.web = WebServer(self.settings, log_directory=directory)
        self.port = free_port()
        self.peer = LoggedProcess(
            python_command("-m", "tests.bench.sse_peer", str(self.port), self.server.url),
            name="peer",
            log_file=directory / "peer.log",
            environment=child_environment({}),
        )
        self.growth: list[float] = []

    def __enter__(self) -> Both:
        self.web.start()
        steps = [step(f"s{n}") for n in range(self.extent.seconds * (self.extent.turns + 1) // 2)]
        self.engine.register_workflow("followed", steps)
        self.engine.publish_workflows()
        return self

    def __exit__(self, *_: object) -> None:
        self.peer.stop()
        self.web.stop()
        self.engine.close()
        self.server.stop()

    def launch(self, count: int) -> list[str]:
        ids = [self.engine.execute_workflow("followed", {}) for _ in range(count)]
        make = self.engine.store.transitions
        make.heartbeat(WORKER, b'{"queues": ["default"], "concurrency": 1}', [], 1)
        return ids

    def ours(self, ids: Sequence[str], turn: int) -> list[float]:
        first = turn * self.extent.seconds // 2
        seen = [self.engine.executions.rows([each])[0]["seq"] for each in ids]
        paths = [f"/api/v1/executions/{each}/events?after={seq}" for each, seq in zip(ids, seen, strict=True)]
        before = 0.0

        def make_events() -> None:
            nonlocal before
            before = resident(self.web.process.pid)
            _in_a_process(make_transitions, self.settings, ids, first, self.extent.seconds)

        late = asyncio.run(follow(self.web.settings.port, paths, self.extent, make_events))
        self.growth.append(resident(self.web.process.pid) - before)
        return late

    def peers(self, ids: Sequence[str]) -> list[float]:
        """With the last events of these executions."""
        seconds = self.extent.seconds
        events = {each: [dict(e) for e in self.engine.executions.events(each)[-seconds:]] for each in ids}
        eventually(lambda: self.peer.alive and _accepts(self.port))
        return asyncio.run(
            follow(
                self.port,
                [f"/{each}" for each in ids],
                self.extent,
                lambda: _in_a_process(publish_events, self.server.url, events, seconds),
            )
        )


def _accepts(port: int) -> bool:
    """the peer accepts connections"""
    import socket

    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def measure_followers(directory: Path, extent: Extent = Extent()) -> list[Figure]:
    figures: list[Figure] = []
    with Both(directory, extent) as both:
        for count, spread in (
            (extent.spread, f"spread over {extent.spread} executions"),
            (1, "all on one execution"),
        ):
            ids = both.launch(count)
            turns = [(both.ours(ids, turn), both.peers(ids)) for turn in range(extent.turns)]
            figures += _figures(turns, spread)
        figures.append(
            Figure("memory of the web process, growth within a turn", max(both.growth[1:]), "MB", GROWTH_BAR)
        )
    return figures


def _figures(turns: list[tuple[list[float], list[float]]], spread: str) -> list[Figure]:
    ours = [quantiles(own, n=100) for own, _ in turns]
    peers = [quantiles(other, n=100) for _, other in turns]
    return [
        Figure(f"event to follower, {spread}, median", median(q[49] for q in ours), "ms"),
        Figure(f"the same of sse-starlette, {spread}, median", median(q[49] for q in peers), "ms"),
        Figure(f"event to follower, {spread}, p99", median(q[98] for q in ours), "ms"),
        Figure(f"the same of sse-starlette, {spread}, p99", median(q[98] for q in peers), "ms"),
        Figure(
            f"p99 / sse-starlette's, {spread}",
            median(own[98] / other[98] for own, other in zip(ours, peers, strict=True)),
            "",
            RATIO_BAR,
        ),
    ]
