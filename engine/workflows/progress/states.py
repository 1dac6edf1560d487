"""The states of an execution and of a step, their one-letter form in the store, and every allowed change. Pure."""

from __future__ import annotations

from enum import StrEnum


class WorkflowStatus(StrEnum):
    """Status of an execution."""

    PENDING = "pending"  # launched, no step has started
    RUNNING = "running"  # a step has started; also while a cancellation is under way
    SUCCESS = "success"  # every step ended, none failed
    FAILURE = "failure"  # every step ended, at least one failed
    CANCELLED = "cancelled"  # cancelled, and none of its steps runs any more

    @property
    def ended(self) -> bool:
        return self in ENDED_STATUSES


ENDED_STATUSES = (WorkflowStatus.SUCCESS, WorkflowStatus.FAILURE, WorkflowStatus.CANCELLED)
ACTIVE_STATUSES = (WorkflowStatus.PENDING, WorkflowStatus.RUNNING)


class StepStatus(StrEnum):
    """Status of a step."""

    PENDING = "pending"  # waits for its dependencies
    QUEUED = "queued"  # ready: waits for a slot of its queue, or for a worker
    RUNNING = "running"  # an attempt was claimed by a worker
    RETRYING = "retrying"  # waits for its next attempt
    SUCCESS = "success"
    FAILURE = "failure"  # the attempt budget is used up, or the error is final
    CANCELLED = "cancelled"
    SKIPPED = "skipped"  # did not run, with a reason

    @property
    def letter(self) -> Letter:
        """The one letter of this status in an execution's state vector."""
        return Letter[self.name]

    @property
    def ended(self) -> bool:
        return not STEP_CHANGES[self]


class Letter(StrEnum):
    """The state of a unit in the store; lua/lib/states.lua has the same.

    Two statuses have a second letter, for ends that affect the execution differently.
    """

    PENDING = "p"
    QUEUED = "q"
    RUNNING = "r"
    RETRYING = "t"
    SUCCESS = "s"
    FAILURE = "f"
    ALLOWED_FAILURE = "a"  # an allowed failure
    CANCELLED = "c"
    SKIPPED = "k"  # by a decision
    BLOCKED = "b"  # skipped because a step failed


STATUS_OF_LETTER: dict[str, StepStatus] = {
    **{status.letter: status for status in StepStatus},
    Letter.ALLOWED_FAILURE: StepStatus.FAILURE,
    Letter.BLOCKED: StepStatus.SKIPPED,
}
#: The letters of completed steps: if all steps have one of them, the execution is a success.
COMPLETED_LETTERS = (Letter.SUCCESS, Letter.SKIPPED, Letter.ALLOWED_FAILURE)
#: The letters of steps that a retry runs again: failed, cancelled, could not run.
UNDONE_LETTERS = (Letter.FAILURE, Letter.CANCELLED, Letter.BLOCKED)
#: The statuses of steps that have not ended, the most advanced first.
FURTHEST_FIRST = (StepStatus.RUNNING, StepStatus.RETRYING, StepStatus.QUEUED, StepStatus.PENDING)

#: Every allowed change of a step. Final states have none (a retry of the execution resets them with a separate event).
#: A waiting step becomes a success if a person marks it.
STEP_CHANGES: dict[StepStatus, frozenset[StepStatus]] = {
    StepStatus.PENDING: frozenset(
        {
            StepStatus.QUEUED,
            StepStatus.SUCCESS,
            StepStatus.FAILURE,  # its only_if or map_over could not be evaluated
            StepStatus.CANCELLED,
            StepStatus.SKIPPED,
        }
    ),
    StepStatus.QUEUED: frozenset(
        {StepStatus.RUNNING, StepStatus.SUCCESS, StepStatus.CANCELLED, StepStatus.SKIPPED}
    ),
    StepStatus.RUNNING: frozenset(
        {
            StepStatus.SUCCESS,
            StepStatus.FAILURE,
            StepStatus.RETRYING,
            StepStatus.CANCELLED,
            StepStatus.SKIPPED,  # stopped by a person, or by another step's failure between two items
        }
    ),
    StepStatus.RETRYING: frozenset(
        {StepStatus.QUEUED, StepStatus.SUCCESS, StepStatus.CANCELLED, StepStatus.SKIPPED}
    ),
    StepStatus.SUCCESS: frozenset(),
    StepStatus.FAILURE: frozenset(),
    StepStatus.CANCELLED: frozenset(),
    StepStatus.SKIPPED: frozenset(),
}

#: Every allowed change of an execution.
EXECUTION_CHANGES: dict[WorkflowStatus, frozenset[WorkflowStatus]] = {
    WorkflowStatus.PENDING: frozenset({WorkflowStatus.RUNNING, WorkflowStatus.CANCELLED}),
    WorkflowStatus.RUNNING: frozenset(ENDED_STATUSES),
    WorkflowStatus.SUCCESS: frozenset(),
    WorkflowStatus.FAILURE: frozenset(),
    WorkflowStatus.CANCELLED: frozenset(),
}
