"""What streams need of the engine's feed of changes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Protocol


class Feed(Protocol):
    def watch(
        self, execution_id: str, listener: Callable[[int | None], None]
    ) -> contextlib.AbstractContextManager[None]: ...


class LiveFeed(Feed, Protocol):
    """The type of the engine's `feed()`."""

    def watch_summaries(
        self, listener: Callable[[str | None], None]
    ) -> contextlib.AbstractContextManager[None]: ...
