"""The streams of pages: one for each page, or one that several tabs of a browser share.

Over HTTP/1.1 a browser has six connections to a site, and pages need some. Tabs that are refused a stream of their own share
`GET /streams`, through a worker of the browser (`static/js/streams.js`): `of` has the address of each of their streams and
`last` the id of the last message that it has, in the same order. A message begins with `to: N`, the place of its address;
without it, it is for all. Two events are for the worker: `refused` (the status that the address alone would have had) and
`closed` (the stream of this address has ended).
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from urllib.parse import unquote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Match, Route

from celeriac.engine.errors import CeleriacError
from celeriac.web.streaming.client import nothing
from celeriac.web.streaming.live import live_of
from celeriac.web.streaming.messages import encode, ping
from celeriac.web.streaming.responses import Source, StreamResponse

#: Opens what a page follows, for a request of its stream. Raises `HTTPException` or one of our errors if it is refused.
OpenSource = Callable[[Request], contextlib.AbstractAsyncContextManager[Source]]
Handler = Callable[[Request], Awaitable[StreamResponse]]

#: Streams that may share one.
MOST = 100


def page_stream(open_source: OpenSource) -> Handler:
    """The handler of the stream of one page."""

    async def follow(request: Request) -> StreamResponse:
        live = live_of(request)
        async with AsyncExitStack() as resources:
            resources.enter_context(live.limits.page(request))
            source = await resources.enter_async_context(open_source(request))
            return StreamResponse(source, resources.pop_all(), live.streams)

    return follow


def shared_stream(pages: Mapping[str, OpenSource]) -> Handler:
    """The handler of the stream that several pages share; `pages` has the paths of their own streams."""
    routes = [(Route(path, page_stream(open_source)), open_source) for path, open_source in pages.items()]

    async def follow(request: Request) -> StreamResponse:
        live = live_of(request)
        addresses, last_ids = request.query_params.getlist("of"), request.query_params.getlist("last")
        if len(addresses) != len(last_ids) or not 1 <= len(addresses) <= MOST:
            raise HTTPException(
                400, f"of= and last= must be there as often as each other, at most {MOST} times."
            )
        shared = SharedSource()
        async with AsyncExitStack() as resources:
            resources.enter_context(live.limits.shared_page())
            for number, (address, last_id) in enumerate(zip(addresses, last_ids, strict=True)):
                try:
                    page = _request_of(request, address, last_id)
                    shared.add(number, await resources.enter_async_context(_opened(routes, page)))
                except (HTTPException, CeleriacError) as error:
                    shared.refuse(
                        number, getattr(error, "status_code", 0) or getattr(error, "http_status", 500)
                    )
            return StreamResponse(shared, resources.pop_all(), live.streams, shared=True)

    return follow


class SharedSource:
    """The messages of several sources, each addressed to its page."""

    def __init__(self) -> None:
        self.wake: Callable[[], None] = nothing
        self._sources: dict[int, Source] = {}
        self._woken: dict[int, None] = {}  # in the order in which they became ready
        self._ready: list[bytes] = []
        self._closed = False

    def add(self, number: int, source: Source) -> None:
        """Sends what this source has, after the clock, with which the page is live."""
        self._sources[number] = source
        self._ready.append(_addressed(number, ping()))
        source.wake = partial(self._source_woken, number)
        self._woken[number] = None

    def refuse(self, number: int, status: int) -> None:
        self._ready.append(_addressed(number, encode(str(status), event="refused")))

    def close(self) -> None:
        self._closed = True

    async def take(self) -> bytes | None:
        if self._closed:
            return None
        ready, self._ready = self._ready, []
        woken, self._woken = self._woken, {}
        for number in woken:
            data = await self._sources[number].take()
            if data is None:
                del self._sources[number]
                data = encode("", event="closed")
            elif data:
                self._woken[number] = None  # there may be more, or the end
            ready.append(_addressed(number, data))
        return b"".join(ready)

    def _source_woken(self, number: int) -> None:
        if number in self._sources:
            self._woken[number] = None
            self.wake()


def _request_of(request: Request, address: str, last_id: str) -> Request:
    """The request for its own stream that the page with this address would make."""
    path, _, query = address.partition("?")
    own = {name: value for name, value in request.headers.items() if name != "last-event-id"}
    headers = own | ({"last-event-id": last_id} if last_id else {})
    return Request(
        {
            **request.scope,
            "path": unquote(path),
            "query_string": query.encode(),
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        }
    )


def _opened(
    routes: Sequence[tuple[Route, OpenSource]], request: Request
) -> contextlib.AbstractAsyncContextManager[Source]:
    for route, open_source in routes:
        match, found = route.matches(request.scope)
        if match is Match.FULL:
            return open_source(Request({**request.scope, **found}))
    raise HTTPException(404)


def _addressed(number: int, data: bytes) -> bytes:
    """The same messages with the number of their page."""
    return b"".join(b"to: %d\n%b\n\n" % (number, message) for message in data.split(b"\n\n")[:-1])
