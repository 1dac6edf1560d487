"""Running a coroutine from a test, whatever else runs in its thread."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Value = TypeVar("Value")


def run(coroutine: Coroutine[Any, Any, Value]) -> Value:
    """The coroutine's value, from an event loop in a thread of its own.

    Playwright keeps a loop running in the thread of a test process from its first browser test on, and there
    `asyncio.run` refuses to start another.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="event-loop") as threads:
        return threads.submit(asyncio.run, coroutine).result()
