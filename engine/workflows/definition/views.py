"""The JSON objects that describe workflows, their steps and versions, as types."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class ConditionView(TypedDict):
    """One alternative of a branch. The default, chosen if no other is, has neither type nor params."""

    name: str
    type: NotRequired[str]
    params: NotRequired[dict[str, Any]]
    task: str  # name of the step it chooses


class StepDefinitionView(TypedDict):
    name: str
    task_name: str
    parameters: dict[str, Any]
    depends_on: list[str]
    retry_count: int
    timeout: int
    queue: str
    origins: dict[str, str]  # of retry_count, timeout and queue: step, task, app or default
    retry_on: list[str]  # names of exception classes; empty: any exception is retried
    no_retry_on: list[str]
    conditions: list[ConditionView]  # in order; not empty: the step is a branch
    only_if: dict[str, Any] | None  # type and params of the condition; the step is skipped if it is false
    trigger: str  # none_failed, all_success, any_success, any_failure, all_done, always
    allow_failure: bool
    map_over: str | None  # path of the list; the step runs once for each item
    max_parallel: int | None  # of the items
    level: int  # from 1


class WorkflowSummary(TypedDict):
    """What lists show of a workflow."""

    workflow_id: str
    version: str  # content hash, 12 hex digits
    source: str  # "code" or "api"
    description: str
    step_count: int
    level_count: int


class WorkflowView(TypedDict):
    workflow_id: str
    version: str  # content hash, 12 hex digits
    source: str  # "code" or "api"
    description: str
    step_count: int
    steps: list[StepDefinitionView]  # by level, then as given
    levels: list[list[str]]  # step names per level
    input_schema: dict[str, Any] | None
    example_input: dict[str, Any]  # initial content of the launch form
    priority: str  # low, normal, high
    on_failure: str  # stop, continue


class VersionView(TypedDict):
    version: str
    published: str  # when it last became the current version
    source: str  # who published it then: "code" or "api"
    current: bool


class VersionDetail(VersionView):
    workflow_id: str
    definition: dict[str, Any]  # as PUT takes it
