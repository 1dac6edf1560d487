"""Waiting for a condition instead of for a length of time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

#: Limits are written for a machine that has nothing else to do. Every wait allows this many times as much, so that a slow or
#: busy machine makes the tests slower and not red. A wait that comes true costs no more by it.
ROOM = 4


class NeverHappenedError(AssertionError):
    """The condition did not come true in time; the message shows what it last gave."""


def eventually(condition: Callable[[], Value], *, within: float = 20.0, every: float = 0.02) -> Value:
    """Call `condition` until it gives something true, and return that.

    An `AssertionError` inside the condition counts as "not yet": a condition may assert, then return True.
    `within` and `every` are seconds; `within` is for an idle machine, see `ROOM`. Generous limits cost nothing when the
    condition comes true: prefer them.
    """
    give_up_at = time.monotonic() + within * ROOM
    while True:
        refusal: AssertionError | None = None
        last: object = None
        try:
            value = condition()
            if value:
                return value
            last = value
        except AssertionError as error:
            refusal, last = error, error
        if time.monotonic() >= give_up_at:
            described = getattr(condition, "__doc__", None) or getattr(condition, "__name__", repr(condition))
            raise NeverHappenedError(
                f"not within {within * ROOM:g} s: {described}; last: {last!r}"
            ) from refusal
        time.sleep(every)
