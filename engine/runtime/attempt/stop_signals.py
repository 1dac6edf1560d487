"""The signals that stop a child process of the pool: one meant for a claim that has ended is not for the claim after it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from celeriac.engine.runtime.shutdown_flag import ShutdownFlag
from celeriac.engine.runtime.slot_table import Slot

#: Seconds after an order within which a signal belongs to it. A later one finds the claim still running, or another origin.
FRESH = 2.0
#: Seconds between an order and its signal, at most.
DELIVERY = 0.1


class StopSignals:
    """SIGTERM in one process. While no body runs, the end of the process waits until its report has gone out."""

    def __init__(self, slot: Slot | None, shutdown: ShutdownFlag) -> None:
        self._slot, self._shutdown = slot, shutdown
        self._stop: Callable[[int, FrameType | None], Any] | None = None  # the pool's handler
        self._seen = 0.0  # the time of the latest order that a signal came with
        self._current = self._expected = ""
        self._in_body = False
        self._stops_next = ""  # an order for the expected claim, which came before its body
        #: Whether the process has to end before its next body.
        self.is_ending = False

    def install(self) -> None:
        """Replaces the pool's handler, which is set after the start of the process; that of a task too."""
        found = signal.getsignal(signal.SIGTERM)
        if found == self._on_signal:
            return
        if self._stop is None and callable(found):
            self._stop = found
        if self._stop is not None:
            signal.signal(signal.SIGTERM, self._on_signal)

    def expect(self, claim: str) -> None:
        """A call to the store follows that may get this claim."""
        self._expected, self._stops_next = claim, ""

    def enter_body(self, claim: str) -> None:
        """A body begins. Raises the `SystemExit` of an order that came before it."""
        self._current = claim
        if self._slot is not None:
            self._slot.running = claim
        self._in_body = True
        if self.is_ending or self._stops_next == claim:
            self.end_process()

    def leave_body(self) -> None:
        """A body has ended. An order for it whose signal the task has ignored is done with."""
        self._in_body = False
        slot = self._slot
        if (
            slot is not None
            and slot.ordered == self._current
            and time.monotonic() - slot.ordered_at > DELIVERY
        ):
            self._seen = slot.ordered_at

    def end_process(self) -> None:
        """Raises the `SystemExit` that ends the process, as the pool's handler does."""
        assert self._stop is not None
        self._stop(signal.SIGTERM, None)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        claim = self._new_order()
        if claim and not self._shutdown.is_set and claim != self._current:
            self._stops_next = claim if claim == self._expected else ""
        elif self._in_body:
            assert self._stop is not None
            self._stop(number, frame)
        elif not claim or self._shutdown.is_set:
            self.is_ending = True

    def _new_order(self) -> str:
        """The claim that the main process has ordered to stop with this signal; '' for a signal of another origin."""
        ordered_at = 0.0 if self._slot is None else self._slot.ordered_at
        if self._slot is None or ordered_at == self._seen or time.monotonic() - ordered_at > FRESH:
            return ""
        self._seen = ordered_at
        return self._slot.ordered
