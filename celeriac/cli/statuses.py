"""Exit statuses of the commands, and the errors of each."""

from __future__ import annotations

from celeriac.cli.output import harmless
from celeriac.engine.errors import (
    BrokerUnavailable,
    CeleriacError,
    InputDoesNotFit,
    InputProblem,
    ProblemsInText,
    ServerUnfit,
    StoreIncompatible,
    StoreRefusal,
    StoreUnavailable,
)

DONE = 0
NOT_SUCCESSFUL = 1  # the execution that was watched failed or was cancelled; `up` could not start
REFUSED = 2  # wrong usage: the command line, a setting, an id, an input, or an action that is impossible in the current state
FINDINGS = 1  # `doctor` found errors
NO_STORE = 3
NO_OUTPUT = 4  # standard output cannot be written: a full disk; a reader that left early is not an error
INTERRUPTED = 130  # Ctrl-C, as in shells


class NothingRunningError(CeleriacError):
    """Celeriac is not running on the data directory {directory}: start `celeriac up`, or set CELERIAC_REDIS_URL."""


def exit_status(error: CeleriacError) -> int:
    no_store = (
        NothingRunningError,
        StoreUnavailable,
        StoreIncompatible,
        BrokerUnavailable,
        ServerUnfit,
    )
    return NO_STORE if isinstance(error, no_store) else REFUSED


def error_lines(error: CeleriacError) -> list[str]:
    """The error with its remedy as one line; one line for each problem of an input or a definition."""
    if isinstance(error, ProblemsInText):
        where = "--input: " if isinstance(error, InputDoesNotFit) else ""
        return [harmless(f"{where}{problem.message}{_place(problem)}") for problem in error.problems]
    line = " ".join(str(error).split())
    if isinstance(error, StoreUnavailable) and not isinstance(error, StoreRefusal):
        line = f"{line}. Start `celeriac up`, or check CELERIAC_REDIS_URL"
    return [line]


def _place(problem: InputProblem) -> str:
    return f" (line {problem.line}, column {problem.column})" if problem.line else ""
