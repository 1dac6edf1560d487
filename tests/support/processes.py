"""A child process of the tests: own session, output in a file that a failing test shows, ended by its pid."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.waiting import ROOM, eventually

PROJECT = Path(__file__).resolve().parents[2]


class LoggedProcess:
    """One started process. `log()` is everything it has printed; `alive` asks the kernel, not a flag."""

    #: Every process whose log a failing test may want to see, oldest first.
    shown_on_failure: list[LoggedProcess] = []  # noqa: RUF012  a registry on purpose

    def __init__(
        self,
        command: Sequence[str],
        *,
        name: str,
        log_file: Path,
        environment: Mapping[str, str],
        directory: Path = PROJECT,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log_file = log_file
        log_file.parent.mkdir(parents=True, exist_ok=True)
        with log_file.open("ab") as output:
            self._popen = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=directory,
                env=dict(environment),
                start_new_session=True,
            )
        self.shown_from = 0  # byte offset where the current test began
        self.shown_on_failure.append(self)

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    @property
    def exit_status(self) -> int | None:
        return self._popen.poll()

    def log(self, *, since: int = 0) -> str:
        with contextlib.suppress(FileNotFoundError):
            return self.log_file.read_bytes()[since:].decode(errors="replace")
        return ""

    def log_size(self) -> int:
        return self.log_file.stat().st_size if self.log_file.exists() else 0

    def wait_for_log(self, text: str, *, since: int = 0, within: float = 30.0) -> None:
        """Wait until `text` was printed after byte `since`; fails at once when the process has ended."""

        def printed() -> bool:
            if text in self.log(since=since):
                return True
            if not self.alive:
                what = f"{self.name} ended with {self.exit_status} before {text!r}"
                raise RuntimeError(f"{what}:\n{self.log(since=since)}")
            return False

        printed.__doc__ = f"{self.name} prints {text!r}"
        eventually(printed, within=within)

    def signal(self, number: int) -> None:
        """Send a signal to this process alone, not to its children."""
        self._popen.send_signal(number)

    def wait_until_ended(self, *, within: float = 20.0) -> int:
        try:
            return self._popen.wait(within * ROOM)
        except subprocess.TimeoutExpired:
            what = f"{self.name} (pid {self.pid}) still runs after {within * ROOM:g} s"
            raise AssertionError(f"{what}:\n{self.log()}") from None

    def stop(self, *, within: float = 10.0) -> None:
        """TERM, then KILL for whatever is left of its session."""
        if self.alive:
            self._popen.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(within)
        self.kill()

    def kill(self) -> None:
        """SIGKILL for the process and everything in its session."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait(10 * ROOM)
        if self in self.shown_on_failure:
            self.shown_on_failure.remove(self)
            self.ended_during_test.append(self)

    #: Stopped since the current test began: their logs are still worth showing.
    ended_during_test: list[LoggedProcess] = []  # noqa: RUF012  a registry on purpose


def python_command(*arguments: str) -> list[str]:
    """This very interpreter, complaining about nothing that is not ours."""
    return [sys.executable, *arguments]


def child_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child: ours without any CELERIAC_ variable, plus `extra`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CELERIAC_")}
    return {**kept, "PYTHONUNBUFFERED": "1", **extra}


def free_port() -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
