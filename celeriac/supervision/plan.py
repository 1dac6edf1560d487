"""The processes of `celeriac up`: store (unless one is given), worker, web; and how each stops."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from celeriac.engine.settings import PREFIX, Settings
from celeriac.supervision import readiness, store_server
from celeriac.supervision.child import ChildSpec
from celeriac.supervision.data_directory import SOCKET_NAME, DataDirectory

#: Seconds after the first Ctrl-C; everything ends within ten. The worker gets most of it: running steps may finish,
#: then they are interrupted (QUIT, which takes the worker two seconds) and published again at the next start.
_WEB_STOP = ((signal.SIGTERM, 0.0), (signal.SIGKILL, 3.5))
_WORKER_STOP = ((signal.SIGTERM, 0.0), (signal.SIGQUIT, 6.0), (signal.SIGKILL, 9.0))
_STORE_STOP = ((signal.SIGTERM, 0.0), (signal.SIGKILL, 9.5))


def settings_of_children(settings: Settings, directory: DataDirectory, socket_dir: Path | None) -> Settings:
    """The settings of every child: an absolute data directory, and the URL of the embedded store."""
    settings = replace(settings, data_dir=directory.path)
    if socket_dir is None:
        return settings
    # The path has no characters that a URL would have to quote: see `socket_directory`.
    return replace(settings, redis_url=f"unix://{socket_dir / SOCKET_NAME}")


def children(settings: Settings, directory: DataDirectory, socket_dir: Path | None) -> list[ChildSpec]:
    """The children in start order; `settings` are those of `settings_of_children`. Raises `NoStoreServer`."""
    specs = [_worker(settings, directory), _web(settings, directory)]
    if socket_dir is not None:
        specs.insert(0, _store(directory, socket_dir))
    return specs


def _store(directory: DataDirectory, socket_dir: Path) -> ChildSpec:
    socket_path = socket_dir / SOCKET_NAME
    program = store_server.server_program()
    return ChildSpec(
        name="store",
        command=store_server.server_command(program, data=directory.store, socket_path=socket_path),
        environment=dict(os.environ),
        log=directory.log("store"),
        is_ready=lambda pid: store_server.responds(socket_path),
        ready_before_next=True,
        stop_plan=_STORE_STOP,
        # It ends in an orderly way within milliseconds, and must do so also if the supervisor is killed.
        death_signal=signal.SIGTERM,
    )


def _worker(settings: Settings, directory: DataDirectory) -> ChildSpec:
    return ChildSpec(
        name="worker",
        command=_celeriac("worker"),
        environment=_environment(settings),
        log=directory.log("worker"),
        is_ready=readiness.WorkerAnnounced(settings),
        stop_plan=_WORKER_STOP,
    )


def _web(settings: Settings, directory: DataDirectory) -> ChildSpec:
    return ChildSpec(
        name="web",
        command=_celeriac("web"),
        environment=_environment(settings),
        log=directory.log("web"),
        is_ready=lambda pid: readiness.web_is_ready(settings.host, settings.port),
        stop_plan=_WEB_STOP,
    )


def _celeriac(command: str) -> list[str]:
    return [sys.executable, "-m", "celeriac", command]


def _environment(settings: Settings) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return {**kept, "PYTHONUNBUFFERED": "1", **settings.as_environment()}
