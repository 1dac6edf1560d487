"""How often one execution's page is told something: a few changes at once, and never more than 20 a second. Pure."""

from __future__ import annotations

#: Changes that go out without delay after a quiet moment. A step's end and the next one's start come within
#: milliseconds: with a fixed window every second one would be late by the whole window.
BURST = 4
#: Refilled so fast; with the burst this makes at most 20 in any second.
PER_SECOND = 16.0


class Pace:
    """Counts batches; time is an argument, in seconds."""

    def __init__(self, now: float) -> None:
        self._left = float(BURST)
        self._counted = now

    def pause_after_batch(self, now: float, cost: float) -> float:
        """Seconds to wait after a batch that took `cost` seconds to make.

        A big execution is expensive to read: never more than a third of the time is spent on it.
        """
        self._left = min(BURST, self._left + (now - self._counted) * PER_SECOND) - 1
        self._counted = now
        return max(0.0, (1 - self._left) / PER_SECOND if self._left < 1 else 0.0, 2 * cost)
