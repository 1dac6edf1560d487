"""Repeats a change of the store while the store is unavailable, for one lease."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from celeriac.engine.errors import StoreUnavailable

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")


def persist(change: Callable[[], Answer], lease: float) -> Answer:
    """Returns what the change returns. Raises `StoreUnavailable` after `lease` seconds: then the reconcilers take over."""
    deadline = time.monotonic() + lease
    pause = 0.05
    while True:
        try:
            return change()
        except StoreUnavailable as error:
            if time.monotonic() > deadline:
                raise
            logger.warning("waiting for the store: %s", error)
            time.sleep(pause * (0.5 + random.random()))  # noqa: S311 -- spreads retries, guards nothing
            pause = min(1.0, pause * 2)
