"""A step as people write it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, kw_only=False)
class WorkflowStep:
    """One step of a workflow. `timeout` is in seconds and counts from the moment a worker takes the step.

    Nothing is checked here: `define_workflow` reports the problems of all steps together.
    """

    name: str
    task_name: str
    parameters: dict[str, Any] = field(default_factory=dict)
    depends_on: list[str] = field(default_factory=list)  # None means no dependencies, too
    retry_count: int = 3
    timeout: int = 300
    queue: str = "default"

    def __post_init__(self) -> None:
        if self.depends_on is None:
            self.depends_on = []
