"""Why `celeriac up` does not start. Each message has the cause and the remedy."""

from __future__ import annotations

from celeriac.engine.errors import CeleriacError


class AlreadyRunning(CeleriacError):
    """Celeriac is already running with the data directory {directory}: pid {pid}, {url}."""


class DataDirectoryUnusable(CeleriacError):
    """The data directory {directory} cannot be used: {reason}"""


class AddressUnusable(CeleriacError):
    """Cannot listen on {address}: {reason}"""


class NoStoreServer(CeleriacError):
    """No Valkey or Redis server was found: {reason}. {remedy}"""


class CannotStart(CeleriacError):
    """{name} cannot be started: {reason}"""


class KeepsEnding(CeleriacError):
    """{name} {ending}{repeated}; everything is stopped. The last lines of {log}:{tail}"""


class NotReady(CeleriacError):
    """{name} is not ready after {waited:g} s; everything is stopped. The last lines of {log}:{tail}"""
