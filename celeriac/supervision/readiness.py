"""Whether the processes work: the port is free before the start, the web process responds after it."""

from __future__ import annotations

import errno
import http.client
import socket
from typing import Any

from celeriac.engine.doctor.doctor import check_start_with
from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import StoreUnavailable
from celeriac.engine.settings import Settings
from celeriac.supervision.errors import AddressUnusable

#: Addresses that mean "all of this machine"; loopback reaches the server on them.
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104


def check_port(host: str, port: int) -> None:
    """Raises `AddressUnusable` if this address cannot be listened on; leaves nothing behind."""
    address = f"{host} port {port}"
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        reason = f"{error.strerror}. Set CELERIAC_HOST to an address of this machine."
        raise AddressUnusable(address=address, reason=reason) from error
    family, kind, protocol, _, place = found[0]
    with socket.socket(family, kind, protocol) as probe:
        # As in the web process: a closing connection must not look like a server.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
            probe.listen(1)
        except OSError as error:
            raise AddressUnusable(address=address, reason=_reason(error, port)) from error


def _reason(error: OSError, port: int) -> str:
    another = port + 1 if port < 65535 else port - 1
    if error.errno == errno.EADDRINUSE:
        return (
            f"another program uses it. Choose another: PORT={another} make run, or CELERIAC_PORT={another}."
        )
    if error.errno == errno.EACCES:
        return "ports below 1024 need more rights. Set CELERIAC_PORT to a higher one."
    if error.errno == errno.EADDRNOTAVAIL:
        return "this machine has no such address. Set CELERIAC_HOST to one that it has."
    return f"{error.strerror}. Set CELERIAC_HOST and CELERIAC_PORT to an address this machine can listen on."


def web_url(host: str, port: int) -> str:
    """The URL to open in a browser on this machine."""
    reached = _ANY_ADDRESS.get(host, host)
    return f"http://{f'[{reached}]' if ':' in reached else reached}:{port}"


def web_is_ready(host: str, port: int, *, timeout: float = 1.0) -> bool:
    """Whether the web process responds to `/readyz` with 200. `timeout` is in seconds."""
    connection = http.client.HTTPConnection(_ANY_ADDRESS.get(host, host), port, timeout=timeout)
    try:
        # "localhost" is always among the accepted host names, whatever address the process listens on.
        connection.request("GET", "/readyz", headers={"Host": f"localhost:{port}", "Connection": "close"})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def store_is_usable(settings: Settings) -> None:
    """Returns if the store responds and is usable; raises `StoreUnavailable`, `ServerUnfit`, `StoreIncompatible`."""
    check_start_with(settings)
    engine = WorkflowEngine(settings)
    try:
        engine.store.check_schema()
    finally:
        engine.close()


class WorkerAnnounced:
    """Whether a worker on this machine, with the pid if one is given, has announced itself and is alive."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._engine: WorkflowEngine | None = None

    def __call__(self, pid: int | None = None) -> bool:
        # Created on first use, when the children are already starting.
        self._engine = self._engine or WorkflowEngine(self._settings)
        try:
            workers = self._engine.workers()
        except StoreUnavailable:
            return False
        return any(worker["alive"] and _is_here(worker["info"], pid) for worker in workers)


def _is_here(info: dict[str, Any], pid: int | None) -> bool:
    return info.get("hostname") == socket.gethostname() and pid in (None, info.get("pid"))
