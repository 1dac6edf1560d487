"""Limits the number of open streams of a web process, by kind and by session."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator

from starlette.exceptions import HTTPException
from starlette.requests import Request

from celeriac.engine.settings import PREFIX, Settings
from celeriac.web.request import session_of


class StreamLimits:
    """Refuses a stream beyond a limit with 429, naming the setting; a page then shares a stream, or polls."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open: Counter[str] = Counter()

    @contextlib.contextmanager
    def page(self, request: Request) -> Iterator[None]:
        """The stream of one page while the block runs.

        Over HTTP/1.1 a browser has six connections to a site, and pages need some: a session is limited. Without its
        cookie a client is no session, and has the limit of all pages only.
        """
        session = session_of(request)
        with self._slot(f"session {session}" if session else "", "session_streams"), self.shared_page():
            yield

    @contextlib.contextmanager
    def shared_page(self) -> Iterator[None]:
        """A stream that further pages of a session share."""
        with self._slot("pages", "page_streams"):
            yield

    @contextlib.contextmanager
    def program(self) -> Iterator[None]:
        """The stream of a program."""
        with self._slot("programs", "program_streams"):
            yield

    @contextlib.contextmanager
    def _slot(self, whose: str, setting: str) -> Iterator[None]:
        if not whose:
            yield
            return
        most = getattr(self._settings, setting)
        if self._open[whose] >= most:
            raise HTTPException(
                429,
                f"{most:,} live streams are open: {PREFIX}{setting.upper()} allows no more of this kind.",
                headers={"Retry-After": "30"},
            )
        self._open[whose] += 1
        try:
            yield
        finally:
            self._open[whose] -= 1
            if not self._open[whose]:
                del self._open[whose]
