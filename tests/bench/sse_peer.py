"""A bare server of server-sent events, to compare with: sse-starlette over one subscription of Redis, and nothing else.

`python -m tests.bench.sse_peer PORT URL`: a message on the channel `peer:NAME`, `<id> <data>`, goes to all who follow `/NAME`.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import defaultdict
from collections.abc import AsyncIterator

import redis.asyncio
import uvicorn
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

CHANNEL = "peer:"
_followers: dict[str, set[asyncio.Queue[bytes]]] = defaultdict(set)


async def follow(request: Request) -> EventSourceResponse:
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    followers = _followers[request.path_params["name"]]

    async def messages() -> AsyncIterator[ServerSentEvent]:
        followers.add(queue)
        try:
            while True:
                number, _, data = (await queue.get()).partition(b" ")
                yield ServerSentEvent(data.decode(), id=number.decode())
        finally:
            followers.discard(queue)

    return EventSourceResponse(messages())


async def _listen(url: str) -> None:
    subscription = redis.asyncio.Redis.from_url(url).pubsub()
    await subscription.psubscribe(CHANNEL + "*")
    async for message in subscription.listen():
        if message["type"] == "pmessage":
            for queue in _followers[message["channel"].decode().removeprefix(CHANNEL)]:
                queue.put_nowait(message["data"])


def main(port: int, url: str) -> None:
    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        listening = asyncio.create_task(_listen(url))
        yield
        listening.cancel()

    app = Starlette(routes=[Route("/{name}", follow)], lifespan=lifespan)
    uvicorn.run(app, port=port, access_log=False, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
