"""What a workflow is: its steps, and the checked, versioned definition made from them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, kw_only=False)
class WorkflowStep:
    """One step of a workflow. `timeout` is in seconds and counts from the moment a worker takes the step."""

    name: str
    task_name: str
    parameters: dict[str, Any] = field(default_factory=dict)
    depends_on: list[str] = field(default_factory=list)
    retry_count: int = 3
    timeout: int = 300
    queue: str = "default"
