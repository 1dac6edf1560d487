"""Every error of the engine. An exception's docstring is its message template; the API responds with its `http_status`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class CeleriacError(Exception):
    """{message}"""

    http_status = 500

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        template = " ".join((type(self).__doc__ or "{message}").split())
        super().__init__(template.format(**facts))


class InvalidSetting(CeleriacError, ValueError):
    """{variable}={value!r} is refused: {reason}"""


class PoolUnsupported(CeleriacError, ValueError):
    """The pool {pool} cannot run steps: choose one of prefork, threads and solo (celeriac worker -P prefork)"""


class MissingExtra(CeleriacError):
    """{what} needs packages that are not installed here: pip install 'celeriac[{extra}]'"""


class NotPermitted(CeleriacError):
    """{actor} is not allowed to {action}"""

    http_status = 403


class InvalidWorkflow(CeleriacError, ValueError):
    """Workflow {workflow_id!r} is invalid: {summary}"""

    http_status = 422

    def __init__(self, *, workflow_id: str, problems: list[str]) -> None:
        #: Every problem found, in the order of the steps; never empty.
        self.problems = problems
        super().__init__(workflow_id=workflow_id, summary="; ".join(problems))


class InvalidInput(CeleriacError, ValueError):
    """{reason}"""

    http_status = 422

    def __init__(
        self, reason: str, *, pointer: str = "", line: int | None = None, column: int | None = None
    ) -> None:
        self.pointer, self.line, self.column = pointer, line, column
        super().__init__(reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputProblem:
    """One error in an input, found by the schema of its workflow."""

    pointer: str  # RFC 6901, to the value; for a missing value, to its parent
    message: str  # begins with the path as people write it: "thresholds.speed: …"
    at_key: bool = False  # the key itself is the error
    line: int | None = None  # in the JSON text, if there is one; from 1
    column: int | None = None


class ProblemsInText(InvalidInput):
    """Workflow {workflow_id!r}: {summary}"""

    #: Number of problems in the message itself; the others are counted there.
    SUMMARISED = 3

    def __init__(self, *, workflow_id: str, problems: Sequence[InputProblem]) -> None:
        #: Every problem found, never empty.
        self.problems = list(problems)
        self.workflow_id = workflow_id
        first = self.problems[0]
        self.pointer, self.line, self.column = first.pointer, first.line, first.column
        summary = "; ".join(problem.message for problem in self.problems[: self.SUMMARISED])
        left_out = len(self.problems) - self.SUMMARISED
        if left_out > 0:
            summary += f"; and {left_out} more"
        CeleriacError.__init__(self, workflow_id=workflow_id, summary=summary)


class InputDoesNotFit(ProblemsInText):
    """The input does not fit the schema of workflow {workflow_id!r}: {summary}"""

    # At most 50 problems; pointers begin with "/input".


class InvalidDefinition(ProblemsInText):
    """The definition of workflow {workflow_id!r} is invalid: {summary}"""

    # Pointers are relative to the definition.


class OutsideOfStep(CeleriacError, RuntimeError):
    """current_step.{name} was used outside a step. If the code also runs elsewhere, check `if current_step:` first."""


class WorkflowNotFound(CeleriacError, ValueError):
    """Workflow {workflow_id!r} not found. Known workflows: {known}"""

    http_status = 404


class VersionNotFound(CeleriacError, ValueError):
    """Workflow {workflow_id!r} has no version {version!r}. Its versions: {known}"""

    http_status = 404


class ExecutionNotFound(CeleriacError, ValueError):
    """Execution {execution_id!r} not found. It may have been cleaned up."""

    http_status = 404


class StepNotFound(CeleriacError, ValueError):
    """Execution {execution_id!r} has no step {step_name!r}."""

    http_status = 404


class StepNotMapped(CeleriacError, ValueError):
    """Step {step_name!r} of execution {execution_id!r} is not mapped over a list, so it has no items."""

    http_status = 404


class ItemNotFound(CeleriacError, ValueError):
    """Step {step_name!r} of execution {execution_id!r} has no item {item}; it has {total} items, counted from 0."""

    http_status = 404


class Conflict(CeleriacError):
    """{message}"""

    http_status = 409


class ExecutionEnded(Conflict):
    """Execution {execution_id!r} has already ended with status {status}; there is nothing to cancel."""


class ExecutionActive(Conflict):
    """Execution {execution_id!r} is still {status}; {remedy}."""


class NothingToRetry(Conflict):
    """Execution {execution_id!r} has nothing to retry: no step failed or was cancelled. Re-run it from a step instead."""


class ResumedMeanwhile(Conflict):
    """Execution {execution_id!r} was retried by another request in the meantime. Reload it."""


class StepSkippedByBranch(Conflict):
    """Step {step_name!r} was skipped because {branch!r} did not choose it; re-run from {branch!r} instead."""


class BranchNotMarkable(Conflict):
    """Step {step_name!r} is a branch: marked as a success it would choose nothing. Skip it, or re-run from it."""


class StepNotMarkable(Conflict):
    """Step {step_name!r} of execution {execution_id!r} is {status} and cannot be marked.

    Only a waiting step can be marked, or in an ended execution a step that failed, was cancelled or could not run.
    """


class ExecutionPinned(Conflict):
    """Execution {execution_id!r} is pinned; unpin it first."""


class IdempotencyConflict(Conflict):
    """Idempotency-Key {key!r} was already used for another launch."""


class WorkflowOfCode(Conflict):
    """Workflow {workflow_id!r} is registered by code and changes with it; choose another id."""


class NoWorkerAlive(Conflict):
    """No worker is alive to check the tasks against: start `celeriac worker` or `celeriac up`, then try again."""


class StoreUnavailable(CeleriacError):
    """The store at {url} cannot be reached: {reason}"""

    http_status = 503


class StoreRefusal(StoreUnavailable):
    """The store at {url} refused a command: {reason}"""


class StoreFull(StoreRefusal):
    """The store at {url} has reached its memory limit. Clean executions up or raise maxmemory."""

    http_status = 507


class StoreIncompatible(CeleriacError):
    """The store holds data of schema {found}, this version reads schema {expected}. {remedy}"""


class ServerUnfit(CeleriacError):
    """Not started: {findings}"""

    http_status = 503


class BrokerUnavailable(CeleriacError):
    """The broker at {url} cannot be reached: {reason}"""

    http_status = 503
