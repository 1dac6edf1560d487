"""A real Celery prefork worker, started as its users start it: `python -m celeriac worker`."""

from __future__ import annotations

import contextlib
import itertools
import signal
from pathlib import Path

from celeriac.engine.settings import Settings
from tests.support.processes import LoggedProcess, child_environment, python_command

_numbers = itertools.count(1)

#: What Celery prints once the worker consumes from its queues.
READY = " ready."


class Worker:
    """One worker process with `concurrency` children. `start()` waits until it consumes; `stop()` ends it."""

    def __init__(self, settings: Settings, *, log_directory: Path, options: tuple[str, ...] = ()) -> None:
        self.settings = settings
        self.name = f"worker{next(_numbers)}"
        self._log_file = log_directory / f"{self.name}.log"
        self._options = options
        self._process: LoggedProcess | None = None

    @property
    def process(self) -> LoggedProcess:
        assert self._process is not None, f"{self.name} was not started"
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.alive

    def start(self, *, wait: bool = True) -> Worker:
        """Start (or start again) the process; returns when it consumes, unless `wait` is False."""
        since = self._process.log_size() if self._process else 0
        self._process = LoggedProcess(
            python_command("-m", "celeriac", "worker", "-n", f"{self.name}@%h", *self._options),
            name=self.name,
            log_file=self._log_file,
            environment=child_environment(self.settings.as_environment()),
        )
        self._started_at = since
        if wait:
            self.wait_until_ready()
        return self

    def wait_until_ready(self, *, within: float = 60.0) -> None:
        self.process.wait_for_log(READY, since=self._started_at, within=within)

    def children(self) -> list[int]:
        """The pids of the pool's processes (Linux)."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            return [int(pid) for pid in children.read_text().split()]
        return []

    def log(self) -> str:
        return self.process.log()

    def freeze(self) -> None:
        self.process.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.signal(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL for the main process and its children: nobody reports anything any more."""
        self.process.kill()

    def stop(self) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.thaw()
        self._process.stop()
