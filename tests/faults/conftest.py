"""`small_up`: the supervisor over stand-in programs, each test in a directory of its own. `own_engine`: one on a server that a
test may disturb.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from celeriac.supervision.identity import born
from tests.conftest import make_settings, opened_engine
from tests.support.processes import LoggedProcess, child_environment, free_port, python_command
from tests.support.servers import StoreServer
from tests.support.waiting import eventually

READY = "Celeriac is ready"


@pytest.fixture
def own_settings(own_store_server: StoreServer, tmp_path: Path) -> Settings:
    return make_settings(own_store_server, tmp_path / "data")


@pytest.fixture
def own_engine(own_settings: Settings) -> Iterator[WorkflowEngine]:
    with opened_engine(own_settings) as engine:
        yield engine


class SmallUp:
    """One supervisor with stand-ins; `start` may be called again after it ended."""

    def __init__(self, directory: Path, data_dir: Path) -> None:
        self.directory, self.data_dir, self.port = directory, data_dir, free_port()
        self.processes: list[LoggedProcess] = []

    def start(self, *, ready: bool = True, **description: Any) -> LoggedProcess:
        """Start it; with `ready` wait until it says so. `description` as in small_up.py."""
        whole = {
            "data_dir": str(self.data_dir),
            "directory": str(self.directory),
            "port": self.port,
            "children": {"worker": [], "web": []},
            **description,
        }
        command = python_command("-m", "tests.faults.small_up", json.dumps(whole))
        name = f"up-{len(self.processes)}"
        environment = child_environment({"TMPDIR": str(self.directory)})
        process = LoggedProcess(
            command, name=name, log_file=self.directory / f"{name}.log", environment=environment
        )
        self.processes.append(process)
        if ready:
            process.wait_for_log(READY)
        return process

    def pid(self, name: str) -> int:
        """The pid of the stand-in's last start."""
        return int(eventually(lambda: self._pid_text(name)))

    def _pid_text(self, name: str) -> str:
        file = self.directory / f"{name}.pid"
        return file.read_text() if file.exists() else ""

    def recorded_pids(self) -> dict[str, int]:
        """Name → pid of what the supervisor says it runs."""
        file = self.data_dir / "children.json"
        return (
            {entry["name"]: entry["pid"] for entry in json.loads(file.read_text())} if file.exists() else {}
        )

    def story(self) -> list[str]:
        file = self.directory / "story"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def socket(self) -> Path:
        return self.data_dir / "run" / "store.sock"


def is_gone(pid: int) -> bool:
    return born(pid) is None


@pytest.fixture
def small_up() -> Iterator[SmallUp]:
    # Not below pytest's directories: their paths are too long for a socket, and that is a test of its own.
    with tempfile.TemporaryDirectory(prefix="up-", ignore_cleanup_errors=True) as name:
        up = SmallUp(Path(name), Path(name) / "data")
        yield up
        pids = list(up.recorded_pids().values())
        for process in up.processes:
            process.stop(within=15)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
