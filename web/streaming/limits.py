"""Limits the number of open streams: over HTTP/1.1 a browser has six connections to a site, and pages need some."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator

from starlette.exceptions import HTTPException
from starlette.requests import Request

#: Per session. There is no login and no cookie, so a session is a client address with a user agent.
PER_SESSION = 4
#: In one web process.
IN_ALL = 1000


class StreamLimits:
    def __init__(self, per_session: int = PER_SESSION, in_all: int = IN_ALL) -> None:
        self._per_session, self._in_all = per_session, in_all
        self._open: Counter[str] = Counter()

    @contextlib.contextmanager
    def slot(self, request: Request) -> Iterator[None]:
        """A page's stream while the block runs. Refuses with 429 beyond the limits; the page then polls."""
        address = request.client.host if request.client else ""
        with self._slot(f"{address} {request.headers.get('user-agent', '')}", self._per_session):
            yield

    @contextlib.contextmanager
    def program_slot(self) -> Iterator[None]:
        """A program's stream, which does not block pages."""
        with self._slot("programs", self._in_all):
            yield

    @contextlib.contextmanager
    def _slot(self, session: str, most: int) -> Iterator[None]:
        if self._open[session] >= most or self._open.total() >= self._in_all:
            raise HTTPException(429, "Too many live streams are open.", headers={"Retry-After": "30"})
        self._open[session] += 1
        try:
            yield
        finally:
            self._open[session] -= 1
            if not self._open[session]:
                del self._open[session]
