"""The JSON objects people and programs see, as types. What the façade returns, the API sends and the pages render."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from celeriac.engine.workflows.definition.views import ConditionView

#: Times are RFC 3339 UTC with milliseconds ("2026-11-22T10:00:00.123Z"), durations are seconds.


#: It waits for other steps; for somebody to decide whether it runs; for other items of its step; for a slot, in a queue with
#: workers or without; for the time of its next attempt.
WaitReason = Literal["dependencies", "decision", "parallel", "queue", "no_worker", "retry"]


class OpenStepView(TypedDict):
    """A step that has not ended, and so keeps another one waiting."""

    name: str
    status: str
    start_time: str | None  # of its attempt, while that runs


class QueuePosition(TypedDict):
    """Where an attempt that is ready stands in its queue, as of now: others overtake it and end without its doing."""

    queue: str
    attempt: int
    since: str | None  # when it became ready
    ahead: int  # attempts of any execution before it; 0 when it is one of the next, and for a mapped step
    next_of: int | None  # it is one of so many that are with the broker, in an order that nobody knows
    workers: int  # that are alive and take from this queue
    slots: int  # of these workers together
    busy: int  # of these slots, with whatever


class WaitingView(TypedDict):
    """Why a step, or an item of one, does not run although it has not ended."""

    reason: WaitReason
    steps: NotRequired[list[OpenStepView]]  # of dependencies: the one that is furthest first
    most: NotRequired[int]  # of parallel: so many items may be under way together
    queue: NotRequired[str]  # of queue and no_worker
    place: NotRequired[QueuePosition]  # of the same; not in the first moment
    attempt: NotRequired[int]  # of retry: the one that follows
    attempt_limit: NotRequired[int]  # of retry: the last one there may be
    until: NotRequired[str | None]  # of retry: when it becomes ready


class ErrorView(TypedDict):
    step: NotRequired[str]  # the step that failed, on an execution
    item: NotRequired[int]  # and which item of it, from 0
    kind: str  # see docs/states.md, "How an attempt ends without success"
    type: str  # exception class
    message: str
    traceback: str | None  # at most 16 KB, without locals
    final: NotRequired[str]  # why there was no further attempt although the budget allowed one


class FailureView(TypedDict):
    """The failure that ends an execution, as its page tells it."""

    step: str
    item: int | None  # and which item of it, from 0
    level: int
    attempt: int  # the last; 0 where none was made
    attempt_limit: int  # as of a step
    attempts: int  # made in this round
    alike: bool  # whether each of them ended with the same error
    error: ErrorView  # of the last, with its traceback


class StepProgressView(TypedDict):
    """What the task itself last said of how far it has come."""

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
    attempt_limit: (
        int  # the last there may be: of this round, counted on from those that do not count any more
    )
    start_time: str | None  # of the last attempt
    end_time: str | None
    duration: float | None
    worker: str | None
    error: ErrorView | None  # of the last failed attempt; without traceback here
    reason: str | None  # why it was skipped or cancelled
    stopped: NotRequired[bool]  # false: cancelled although its worker never confirmed
    allowed: NotRequired[bool]  # true: failed, as it was allowed to
    blocked: NotRequired[bool]  # true: skipped because something failed; false: because of a decision
    conditions: NotRequired[list[ConditionView]]  # of a branch, in order
    map_over: NotRequired[str]  # of a mapped step: where its list is
    items: NotRequired[ItemsView]  # of a mapped step, once its items are known
    progress: NotRequired[StepProgressView]  # of a running step whose task reports it
    log_lines: NotRequired[int]  # of a running step: lines it has logged, in all attempts


class ItemsView(TypedDict):
    """How many items of a mapped step are in each status."""

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
    """Some items of a mapped step: those that failed first, then by number."""

    items: list[ItemView]
    offset: int  # how many come before these
    total: int  # in the status that was asked for
    counts: ItemsView  # of all items


class LevelView(TypedDict):
    level: int
    total: int
    completed: int
    allowed: int  # failures that were allowed: they are in `completed` and in `failure`
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
    launched_from: str | None  # the execution that this one repeats with an input of its own
    pinned: bool
    seq: int


class ExecutionView(ExecutionSummary):
    input: dict[str, Any]
    result: dict[str, Any] | None  # results of the last steps by name, once successful
    launched_again: str | None  # the newest execution that was launched from this one, as long as it is there
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
    waiting: WaitingView | None  # why it does not run although it has not ended
    parameters: dict[str, Any]
    inputs: dict[str, Any]  # what the task is called with: input, results of dependencies, parameters
    result: Any
    has_result: bool
    retry_count: int
    timeout: int
    retry_on: list[str]
    no_retry_on: list[str]
    attempts: list[AttemptView]  # oldest first
    dependents: list[str]
    logs: list[LogLineView]  # the last 1,000, oldest first
    logs_omitted: int  # older lines that are not in `logs`, kept or not
    actions: list[str]  # what may be done with it now: rerun, skip, succeed
    chosen: str | None  # of a branch: the step it has chosen
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
    allowed: NotRequired[bool]  # of step_failure: true when the execution goes on as if nothing had happened
    round: NotRequired[int]  # of execution_retried
    reason: NotRequired[str]  # of step_skipped, and of an end by hand
    blocked: NotRequired[bool]  # of step_skipped: true when a failure kept it from running
    delay: NotRequired[float]  # of step_retrying: seconds until the next attempt
    stopped: NotRequired[bool]


class StepOutputView(TypedDict):
    """What a task says between the events of its execution: `step_progress` or `step_log`. It has no `seq`."""

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
    oldest: str | None  # end time of the oldest that would go
    before: str  # pass it back, and the set can only shrink
