"""One supervised process: how it is started, how it is stopped, and why it never outlives its supervisor."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from celeriac.supervision.errors import CannotStart
from celeriac.supervision.identity import ProcessRecord, born

_PR_SET_PDEATHSIG = 1
#: Loaded once, before any fork: between fork and exec nothing may be imported.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """How to start and stop a process. A list of these is in start order; stopping uses the reverse order."""

    name: str
    command: Sequence[str]
    #: The whole environment of the process.
    environment: Mapping[str, str]
    #: Its standard output and error are appended to this file.
    log: Path
    #: Whether the process with this pid works; called often, returns within about a second.
    is_ready: Callable[[int], bool] = lambda pid: True
    #: The next children are started only when this one is ready. If it cannot start at first, nothing does.
    ready_before_next: bool = False
    #: Signals and when to send them, in seconds after the stop of the tree began. The last one is SIGKILL.
    stop_plan: Sequence[tuple[signal.Signals, float]] = ((signal.SIGTERM, 0.0), (signal.SIGKILL, 8.0))
    #: Sent by the kernel when the supervisor itself was killed (Linux).
    death_signal: signal.Signals = signal.SIGKILL

    def __post_init__(self) -> None:
        if not self.stop_plan or self.stop_plan[-1][0] != signal.SIGKILL:
            raise ValueError(f"the stop plan of {self.name!r} must end with SIGKILL")


class Child:
    """The process of one `ChildSpec`, started as often as needed."""

    def __init__(self, spec: ChildSpec) -> None:
        self.spec = spec
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def pid(self) -> int | None:
        return self._popen.pid if self._popen else None

    @property
    def status(self) -> int | None:
        """Exit status of the last process, negative for a signal; None while it runs and before it did."""
        return self._popen.poll() if self._popen else None

    @property
    def is_running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    @property
    def ending(self) -> str:
        """How it ended, as text."""
        status = self.status
        if status is None:
            return "has not ended"
        if status >= 0:
            return f"ended with status {status}"
        with contextlib.suppress(ValueError):
            return f"was ended by {signal.Signals(-status).name}"
        return f"was ended by signal {-status}"

    def start(self) -> None:
        """Starts it in its own session, so that Ctrl-C in the terminal reaches only the supervisor."""
        if threading.current_thread() is not threading.main_thread():
            # The kernel's parent-death signal follows the thread that forked, not the process.
            raise RuntimeError("children are started from the main thread only")
        try:
            with self.spec.log.open("ab") as log:
                self._popen = subprocess.Popen(  # noqa: S603  commands come from our own specifications
                    list(self.spec.command),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=dict(self.spec.environment),
                    start_new_session=True,
                    preexec_fn=self._die_with_parent(),
                )
        except OSError as error:
            raise CannotStart(name=self.name, reason=error) from error

    def _die_with_parent(self) -> Callable[[], None] | None:
        if _libc is None:
            return None
        prctl, parent, number = _libc.prctl, os.getpid(), int(self.spec.death_signal)

        def ask_the_kernel() -> None:
            prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)  # the supervisor died between fork and here: there will be no signal

        return ask_the_kernel

    def process_record(self) -> ProcessRecord | None:
        """Its identity for the next start, None if it is not running."""
        pid = self.pid
        birth = born(pid) if pid else None
        return ProcessRecord(name=self.name, pid=pid, born=birth) if pid and birth else None

    def send(self, number: signal.Signals) -> None:
        """Signals the process; SIGKILL goes to its whole group."""
        if number == signal.SIGKILL:
            self.kill_group()
        elif self._popen is not None and self._popen.poll() is None:
            self._popen.send_signal(number)

    def kill_group(self) -> None:
        """Sends SIGKILL to the rest of its session: the process and its children."""
        if self._popen is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, signal.SIGKILL)

    def reap(self, timeout: float) -> bool:
        """Waits until it has ended; False after `timeout` seconds."""
        if self._popen is None:
            return True
        try:
            self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True
