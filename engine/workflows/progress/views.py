"""The JSON objects that the façade returns, the API sends and the pages render, as types."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from celeriac.engine.workflows.definition.views import ConditionView

#: Times are RFC 3339 UTC with milliseconds ("2026-11-22T10:00:00.123Z"), durations are seconds.


#: The step waits for other steps; for a decision; for other items of its step; for a slot, in a queue with workers or
#: without; for a worker that has its task; for the time of its next attempt.
WaitReason = Literal["dependencies", "decision", "parallel", "queue", "no_worker", "no_task", "retry"]


class OpenStepView(TypedDict):
    """A step that has not ended, so that another one waits for it."""

    name: str
    status: str
    start_time: str | None  # of its attempt, while it runs


class QueuePosition(TypedDict):
    """The current position of a ready attempt in its queue; it changes without an event of this execution."""

    queue: str
    attempt: int
    since: str | None  # when it became ready
    ahead: int  # attempts of any execution before it; 0 if it is one of the next, and for a mapped step
    next_of: int | None  # it is one of so many in the broker, whose order is unknown
    workers: int  # live ones that consume this queue
    slots: int  # of these workers together
    busy: int  # of these slots, by any step
    rate_limit: NotRequired[str]  # of its task, per worker, such as 10/m


class WaitingView(TypedDict):
    """Why a step or item that has not ended does not run."""

    reason: WaitReason
    steps: NotRequired[list[OpenStepView]]  # for dependencies: the most advanced first
    most: NotRequired[int]  # for parallel: maximum number of items under way
    queue: NotRequired[str]  # for queue, no_worker and no_task
    task: NotRequired[str]  # for no_task
    worker: NotRequired[str]  # for no_task: the latest that does not have it
    place: NotRequired[QueuePosition]  # for queue and no_worker; missing in the first moment
    attempt: NotRequired[int]  # for retry: the next one
    attempt_limit: NotRequired[int]  # for retry: the last possible one
    until: NotRequired[str | None]  # for retry: when it becomes ready


class ErrorView(TypedDict):
    step: NotRequired[str]  # the step that failed, on an execution
    item: NotRequired[int]  # and which item of it, from 0
    kind: str  # see docs/states.md, "How an attempt ends without success"
    type: str  # exception class
    message: str
    traceback: str | None  # at most 16 KB, without locals
    final: NotRequired[str]  # why there was no further attempt although the budget allowed one


class FailureView(TypedDict):
    """The failure that ended an execution, as its page shows it."""

    step: str
    item: int | None  # and which item of it, from 0
    level: int
    attempt: int  # the last; 0 if there was none
    attempt_limit: int  # as for a step
    attempts: int  # made in this round
    alike: bool  # whether each of them ended with the same error
    error: ErrorView  # of the last, with its traceback


class StepProgressView(TypedDict):
    """The progress that the task last reported."""

    fraction: float  # 0 to 1
    message: str | None


class StepView(TypedDict):
    name: str
    task_name: str
    queue: str
    level: int
    depends_on: list[str]
    status: str
    attempt: int  # 0 before the first
    attempt_limit: int  # the last possible one: of this round, counted on from attempts that no longer count
    start_time: str | None  # of the last attempt
    end_time: str | None
    duration: float | None
    worker: str | None
    error: ErrorView | None  # of the last failed attempt; without traceback here
    reason: str | None  # why it was skipped or cancelled
    stopped: NotRequired[bool]  # false: cancelled, but its worker never confirmed the stop
    allowed: NotRequired[bool]  # true: an allowed failure
    blocked: NotRequired[bool]  # true: skipped because a step failed; false: because of a decision
    #: Of a queued step that was given back: the worker that does not have its task.
    without_task: NotRequired[str]
    cleans_up: NotRequired[bool]  # true: its trigger is always, so a cancellation does not end it
    conditions: NotRequired[list[ConditionView]]  # of a branch, in order
    map_over: NotRequired[str]  # of a mapped step: the path of its list
    items: NotRequired[ItemsView]  # of a mapped step, once its items are known
    progress: NotRequired[StepProgressView]  # of a running step whose task reports it
    log_lines: NotRequired[int]  # of a running step: number of lines logged, in all attempts


class ItemsView(TypedDict):
    """The number of items of a mapped step per status."""

    total: int
    pending: int
    queued: int
    running: int
    retrying: int
    success: int
    failure: int
    cancelled: int
    skipped: int


class ItemView(TypedDict):
    """One item of a mapped step, as a row."""

    item: int  # from 0
    status: str
    attempt: int  # 0 before the first
    start_time: str | None  # of the last attempt
    end_time: str | None
    duration: float | None
    worker: str | None
    error: ErrorView | None  # of the last failed attempt; without traceback here
    reason: str | None  # why it was skipped or cancelled


class ItemsPage(TypedDict):
    """A page of items of a mapped step: failed ones first, then by number."""

    items: list[ItemView]
    offset: int  # number of items before these
    total: int  # in the requested status
    counts: ItemsView  # of all items


class LevelView(TypedDict):
    level: int
    total: int
    completed: int
    allowed: int  # allowed failures: they are in `completed` and in `failure`
    pending: int
    queued: int
    running: int
    retrying: int
    success: int
    failure: int
    cancelled: int
    skipped: int


class ProgressView(TypedDict):
    completed_steps: int
    total_steps: int
    percentage: int  # rounded down; 100 means success


class ExecutionSummary(TypedDict):
    """A row of a list: everything but input, result and steps."""

    execution_id: str
    workflow_id: str
    workflow_version: str
    status: str
    cancel_requested: bool
    start_time: str
    end_time: str | None
    duration: float  # until now while active
    progress: ProgressView
    levels: list[LevelView]
    error: ErrorView | None
    labels: dict[str, str]
    note: str | None
    round: int
    launched_from: str | None  # the execution that this one repeats with its own input
    pinned: bool
    seq: int


class ExecutionView(ExecutionSummary):
    input: dict[str, Any]
    result: dict[str, Any] | None  # results of the last steps by name, once successful
    launched_again: str | None  # the newest execution launched from this one, while it exists
    steps: list[StepView]


class AttemptView(TypedDict):
    attempt: int
    status: str  # running, success, failure, cancelled
    queued_time: str | None
    start_time: str | None
    end_time: str | None
    duration: float | None
    worker: str | None
    error: ErrorView | None


class LogLineView(TypedDict):
    time: str  # by the worker's clock
    level: str  # debug, info, warning, error, critical
    attempt: int
    message: str  # at most 4 KB


class StepDetail(StepView):
    waiting: WaitingView | None  # why it does not run, unless it has ended
    parameters: dict[str, Any]
    inputs: dict[str, Any]  # the arguments of the task: input, results of dependencies, parameters
    result: Any
    has_result: bool
    retry_count: int
    timeout: int
    origins: dict[str, str]  # of retry_count, timeout and queue: step, task, app or default
    retry_on: list[str]
    no_retry_on: list[str]
    attempts: list[AttemptView]  # oldest first
    dependents: list[str]
    logs: list[LogLineView]  # the last 1,000, oldest first
    logs_omitted: int  # older lines that are not in `logs`, kept or not
    actions: list[str]  # possible actions: rerun, skip, succeed
    chosen: str | None  # of a branch: the chosen step
    item: int | None  # the number, from 0, where this is an item of the step


class EventView(TypedDict):
    seq: int
    time: str
    event: str
    step: NotRequired[str]
    level: NotRequired[int]
    item: NotRequired[int]  # of a mapped step, from 0
    attempt: NotRequired[int]
    worker: NotRequired[str]
    status: NotRequired[str]  # of execution_ended
    kind: NotRequired[str]  # of step_retrying, step_failure, step_cancelled
    allowed: NotRequired[bool]  # of step_failure: true if the failure was allowed
    round: NotRequired[int]  # of execution_retried
    reason: NotRequired[str]  # of step_skipped, and of an end by hand
    blocked: NotRequired[bool]  # of step_skipped: true if a failure kept it from running
    delay: NotRequired[float]  # of step_retrying: seconds until the next attempt
    stopped: NotRequired[bool]


class StepOutputView(TypedDict):
    """Output of a task between the events of its execution: `step_progress` or `step_log`. It has no `seq`."""

    time: str
    event: str
    step: str
    level: int  # of the step, as in every event
    item: NotRequired[int]
    attempt: int
    message: str | None
    fraction: NotRequired[float]  # of step_progress
    severity: NotRequired[str]  # of step_log: debug, info, warning, error, critical


class HistoryPage(TypedDict):
    executions: list[ExecutionSummary]
    next: str | None  # cursor of the next (older) page
    total: int
    total_capped: bool


class CleanupPreview(TypedDict):
    count: int
    by_status: dict[str, int]
    by_workflow: dict[str, int]
    oldest: str | None  # end time of the oldest execution in it
    before: str  # pass it back, so that nothing can be added
