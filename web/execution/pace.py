"""Limits the updates of one execution's page: short bursts, and never more than 20 a second. Pure."""

from __future__ import annotations

#: Updates sent without delay after a pause. A step's end and the next one's start are milliseconds apart:
#: with a fixed window every second update would be late by the whole window.
BURST = 4
#: Refill rate; with the burst this makes at most 20 in any second.
PER_SECOND = 16.0


class Pace:
    """Counts batches; time is an argument, in seconds."""

    def __init__(self, now: float) -> None:
        self._left = float(BURST)
        self._counted = now

    def pause_after_batch(self, now: float, cost: float) -> float:
        """Seconds to wait after a batch that took `cost` seconds to make.

        A large execution is expensive to read: at most a third of the time is spent on it.
        """
        self._left = min(BURST, self._left + (now - self._counted) * PER_SECOND) - 1
        self._counted = now
        return max(0.0, (1 - self._left) / PER_SECOND if self._left < 1 else 0.0, 2 * cost)
