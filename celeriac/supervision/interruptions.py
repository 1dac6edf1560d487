"""Ctrl-C, TERM and HUP as flags, and a wait that any signal or ended child interrupts."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from types import FrameType, TracebackType
from typing import Any

#: A closing terminal and `make` send one TERM or HUP twice; within so many seconds they count as one.
SAME_REQUEST = 0.5


class Interruptions:
    """Installs the handlers during a `with` block; only in the main thread.

    After a stop request further signals have no effect: one Ctrl-C too many must not turn an orderly end into a
    traceback.
    """

    def __init__(self) -> None:
        self.stop_requested = False
        #: A second request: stop at once.
        self.at_once = False
        self._first_at = 0.0
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interruptions:
        self._reader, self._writer = os.pipe()
        for end in (self._reader, self._writer):
            os.set_blocking(end, False)
        self._wakeup_before = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue  # started with nohup, so it must survive the terminal
            self._before[number] = signal.signal(number, self._request)
        # A handler of any kind makes an ended child wake the wait below.
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            ending = self.stop_requested and number != signal.SIGCHLD
            signal.signal(number, signal.SIG_IGN if ending else handler)
        signal.set_wakeup_fd(self._wakeup_before)
        os.close(self._reader)
        os.close(self._writer)

    def _request(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self.stop_requested:
            self.stop_requested, self._first_at = True, now
        elif number == signal.SIGINT or now - self._first_at >= SAME_REQUEST:
            self.at_once = True

    def wait(self, timeout: float) -> None:
        """Sleeps for `timeout` seconds, or until a signal arrives or a child ends."""
        select.select([self._reader], [], [], max(0.0, timeout))
        with contextlib.suppress(BlockingIOError):
            while os.read(self._reader, 512):
                pass
