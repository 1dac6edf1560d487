"""The real web process: `python -m celeriac web` on a free port."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import httpx

from celeriac.engine.settings import Settings
from tests.support.processes import LoggedProcess, child_environment, free_port, python_command
from tests.support.waiting import ROOM, eventually


class WebServer:
    """One web process. It keeps its port over `kill()` and `start()`, so an open page can find it again."""

    def __init__(self, settings: Settings, *, log_directory: Path) -> None:
        self.settings = dataclasses.replace(settings, host="127.0.0.1", port=free_port())
        self._log_file = log_directory / f"web-{self.settings.port}.log"
        self._process: LoggedProcess | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def process(self) -> LoggedProcess:
        assert self._process is not None, "the web server was not started"
        return self._process

    def start(self, *, wait: bool = True) -> WebServer:
        self._process = LoggedProcess(
            python_command("-m", "celeriac", "web"),
            name="web",
            log_file=self._log_file,
            environment=child_environment(self.settings.as_environment()),
        )
        if wait:
            self.wait_until_ready()
        return self

    def wait_until_ready(self, *, within: float = 60.0) -> None:
        eventually(self._answers, within=within, every=0.05)

    def _answers(self) -> bool:
        """the web server answers /readyz with 200"""
        if not self.process.alive:
            raise RuntimeError(f"the web server ended with {self.process.exit_status}:\n{self.process.log()}")
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5 * ROOM).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        self.process.kill()

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()
