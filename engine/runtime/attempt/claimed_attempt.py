"""A claimed attempt on its way through a worker: what is known of it until its end is reported."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded

from celeriac.engine.operations.trace_context import trace_context
from celeriac.engine.runtime.attempt.failures import Failure
from celeriac.engine.settings import Settings
from celeriac.engine.store.orders import read_limits
from celeriac.engine.store.transitions import Claim
from celeriac.engine.workflows.definition.definition import StepDefinition, WorkflowDefinition
from celeriac.engine.workflows.progress.retry import (
    ERROR,
    TIMEOUT,
    RetryRules,
    class_names,
    decide_retry,
)
from celeriac.engine.workflows.progress.units import index_of

#: Of the ids in requests of tasks.
REQUESTS = uuid.UUID("6f0c4f0e-52b1-5ac0-9d0c-7b5b1d0f6f0a")


class Outcome:
    """The result of a body, encoded, with the steps that a branch did not choose."""

    __slots__ = ("encoded", "rejected")

    def __init__(self, encoded: bytes, rejected: dict[int, str]) -> None:
        self.encoded, self.rejected = encoded, rejected


class ClaimedAttempt:
    """A claim and its end: `outcome` or `failure` is set when the body has ended."""

    __slots__ = (
        "claim", "definition", "failure", "has_begun", "keep_trace", "message", "next_arguments", "outcome",
        "request_id", "retried", "retries_used_up", "settings", "since", "step",
    )  # fmt: skip

    def __init__(self, claim: Claim, definition: WorkflowDefinition, settings: Settings) -> None:
        self.claim, self.definition, self.settings = claim, definition, settings
        self.step: StepDefinition = definition.steps[index_of(claim.unit)]
        self.message: Mapping[str, Any] = {}  # the properties and headers of its message
        self.keep_trace: Callable[[str], None] | None = None
        self.outcome: Outcome | None = None
        self.failure: Failure | None = None
        self.retried: BaseException | None = None  # the exception that became a retry
        self.retries_used_up = False  # the task asked for a retry beyond its max_retries
        self.next_arguments: tuple[Any, Any] | None = None  # positional and named, of `self.retry()`
        self.has_begun = False
        #: The id of the task's request: the same for all attempts of a unit in a round, as Celery keeps it.
        self.request_id = str(uuid.uuid5(REQUESTS, f"{claim.execution_id}:{claim.unit}:{claim.round}"))
        self.since = time.monotonic()

    @property
    def retries(self) -> int:
        """How many attempts of this budget were used before this one."""
        return self.claim.attempt - self.claim.base - 1

    @property
    def limits(self) -> tuple[float | None, float | None]:
        """The soft and the hard time limit of the task, seconds."""
        return read_limits(self.claim.limits, self.settings.hard_limit_grace)

    @property
    def is_last(self) -> bool:
        """Whether the budget of the step has no attempt after this one."""
        return self.retries >= self.step.retry_count

    @property
    def trace_context(self) -> dict[str, str]:
        """The headers that continue the trace of the launch; empty if it had none."""
        context: dict[str, str] = json.loads(self.claim.trace) if self.claim.trace else {}
        return context

    def join_trace(self) -> None:
        """Keeps the trace that the task runs in for later attempts, if the launch had none."""
        if not self.claim.trace and self.keep_trace is not None and (headers := trace_context()):
            self.keep_trace(headers)

    def is_retried_after(self, error: Exception) -> bool:
        """Whether the step's budget and rules allow another attempt after this exception of the body."""
        if self.retries_used_up:
            return False
        step, settings = self.step, self.settings
        return decide_retry(
            TIMEOUT if isinstance(error, SoftTimeLimitExceeded) else ERROR,
            retry_count=step.retry_count,
            attempts_used=self.retries + 1,
            lost=0,
            max_lost=settings.max_lost,
            base=settings.retry_base,
            cap=settings.retry_cap,
            jitter=0.0,
            classes=class_names(error),
            rules=RetryRules(retry_on=step.retry_on, no_retry_on=step.no_retry_on),
        ).retry
