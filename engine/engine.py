"""The front door: `WorkflowEngine` and `WorkflowManager`. Composes runtime and store; everything outside enters here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from engine.settings import Settings
from engine.workflows.definition import WorkflowStep
from engine.workflows.views import (
    CleanupPreview,
    EventView,
    ExecutionView,
    HistoryPage,
    StepDetail,
    WorkflowView,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    execution_id: str
    replayed: bool  # True: the Idempotency-Key was known, nothing new was launched


class WorkflowEngine:
    def __init__(self, settings: Settings | None = None) -> None: ...

    # -- definitions
    def register_workflow(
        self,
        workflow_id: str,
        steps: list[WorkflowStep],
        *,
        description: str = "",
        input_schema: dict[str, Any] | None = None,
        example_input: dict[str, Any] | None = None,
    ) -> None: ...
    def publish_workflows(self) -> None: ...
    def list_workflows(self) -> list[WorkflowView]: ...
    def get_workflow(self, workflow_id: str) -> WorkflowView: ...

    # -- executions
    def execute_workflow(self, workflow_id: str, input_data: dict[str, Any]) -> str: ...
    def launch(
        self,
        workflow_id: str,
        input_data: dict[str, Any],
        *,
        labels: dict[str, str] | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
    ) -> Launch: ...
    def get_workflow_status(self, execution_id: str) -> ExecutionView: ...
    def get_step(self, execution_id: str, step_name: str) -> StepDetail: ...
    def get_events(self, execution_id: str, *, after: int = 0, limit: int = 1000) -> list[EventView]: ...
    def get_execution_history(
        self,
        *,
        workflow_id: str | None = None,
        status: str | None = None,
        q: str | None = None,
        since: str | None = None,
        until: str | None = None,
        label: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> HistoryPage: ...
    def get_executions(self, execution_ids: Iterable[str]) -> list[Any]: ...  # summaries of those that exist
    def count_executions(self, *, workflow_id: str | None = None) -> dict[str, int]: ...  # per status
    def cancel_workflow(self, execution_id: str) -> None: ...
    def pin_execution(self, execution_id: str, pinned: bool = True) -> None: ...
    def delete_execution(self, execution_id: str) -> None: ...


class WorkflowManager:
    def __init__(self, engine: WorkflowEngine) -> None: ...
    def list_workflows(self) -> list[str]: ...
    def get_workflow_info(self, workflow_id: str) -> WorkflowView: ...
    def cancel_all_executions(self) -> int: ...
    def preview_cleanup(
        self, max_age_hours: float = 24, *, statuses: Iterable[str] | None = None
    ) -> CleanupPreview: ...
    def cleanup_completed_executions(
        self, max_age_hours: float = 24, *, statuses: Iterable[str] | None = None, before: str | None = None
    ) -> int: ...
