"""Exit statuses of the commands, and which error gives which."""

from __future__ import annotations

from engine.errors import BrokerUnavailable, CeleriacError, StoreFull, StoreIncompatible, StoreUnavailable

DONE = 0
NOT_SUCCESSFUL = 1  # the execution that was watched failed or was cancelled; `up` gave up
REFUSED = (
    2  # wrong usage: the command line, a setting, an id, an input, or a state in which it does not apply
)
NO_STORE = 3
INTERRUPTED = 130  # Ctrl-C, as shells count it


class NothingRunningError(CeleriacError):
    """No Celeriac runs on the data directory {directory}: start `celeriac up`, or set CELERIAC_REDIS_URL."""


def exit_status(error: CeleriacError) -> int:
    no_store = (NothingRunningError, StoreUnavailable, StoreFull, StoreIncompatible, BrokerUnavailable)
    return NO_STORE if isinstance(error, no_store) else REFUSED


def error_line(error: CeleriacError) -> str:
    """The error as one line that ends with what to do about it."""
    line = " ".join(str(error).split())
    if isinstance(error, StoreUnavailable):
        line = f"{line}. Start `celeriac up`, or check CELERIAC_REDIS_URL"
    return line
