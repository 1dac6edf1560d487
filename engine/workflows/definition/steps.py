"""A step as people write it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

NONE_FAILED: Final = "none_failed"
ALWAYS: Final = "always"

#: When a step runs, after all its dependencies have ended.
TRIGGERS: Final = (
    NONE_FAILED,  # none of its dependencies failed, and at least one succeeded
    "all_success",
    "any_success",
    "any_failure",
    "all_done",  # however they ended, unless the execution is cancelled
    ALWAYS,  # however they ended, and after a cancellation too
)

MAX_RETRY_COUNT: Final = 100
MAX_TIMEOUT: Final = 604_800  # seconds: a week

STOP: Final = "stop"

#: The effect of a failed step on the rest of the workflow.
ON_FAILURE: Final = (STOP, "continue")


@dataclass(slots=True, kw_only=False)
class WorkflowStep:
    """One step of a workflow. `timeout` is in seconds and counts from the moment a worker takes the step.

    A step that names no `retry_count`, `timeout` or `queue` has those that its task or the application says, and where these
    say nothing 3, 300 and "default".

    `retry_on` and `no_retry_on` name exception classes (`"ValueError"`, `"package.module.Error"`); subclasses are
    included. With `retry_on` only these exceptions are retried; those of `no_retry_on` never are.

    `conditions` make the step a branch: `{name: {"type", "params", "task": <step>}}`, evaluated in order on the step's
    result; the named steps wait for it, and only the chosen one runs. An entry `"default": {"task": <step>}` is chosen
    if no other is. They can also be in `parameters["conditions"]`, which the task then receives, too.
    `only_if` is one such condition without a task: if it is false, the step is skipped. `trigger` is one of `TRIGGERS`.

    `map_over` names a list (`"step.path"`, `"step"` or `"input.path"`) and runs the task once for each `item`, at most
    `max_parallel` at a time. Nothing is validated here: `define_workflow` reports the problems of all steps together.
    """

    name: str
    task_name: str
    parameters: dict[str, Any] = field(default_factory=dict)
    depends_on: list[str] = field(default_factory=list)  # None means an empty list, here and below
    retry_count: int | None = None  # None, here and in the next two: as the task says, see `unsaid_values`
    timeout: int | None = None
    queue: str | None = None
    retry_on: list[str] = field(default_factory=list)  # empty: any exception
    no_retry_on: list[str] = field(default_factory=list)  # overrides retry_on
    conditions: dict[str, Any] | None = None
    only_if: dict[str, Any] | None = None
    trigger: str = NONE_FAILED
    allow_failure: bool = False  # True: its failure neither fails nor stops the execution
    map_over: str | None = None
    max_parallel: int | None = None  # None: the number of slots

    def __post_init__(self) -> None:
        for name in ("depends_on", "retry_on", "no_retry_on"):
            if getattr(self, name) is None:
                setattr(self, name, [])
