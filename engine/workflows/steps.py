"""A step as people write it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, kw_only=False)
class WorkflowStep:
    """One step of a workflow. `timeout` is in seconds and counts from the moment a worker takes the step.

    `retry_on` and `no_retry_on` name exception classes (`"ValueError"`, `"package.module.Error"`); a name stands for
    its subclasses too. With `retry_on` only such exceptions are tried again, those of `no_retry_on` never are.
    Nothing is checked here: `define_workflow` reports the problems of all steps together.
    """

    name: str
    task_name: str
    parameters: dict[str, Any] = field(default_factory=dict)
    depends_on: list[str] = field(default_factory=list)  # None means an empty list, here and below
    retry_count: int = 3
    timeout: int = 300
    queue: str = "default"
    retry_on: list[str] = field(default_factory=list)  # empty: any exception
    no_retry_on: list[str] = field(default_factory=list)  # wins over retry_on

    def __post_init__(self) -> None:
        for name in ("depends_on", "retry_on", "no_retry_on"):
            if getattr(self, name) is None:
                setattr(self, name, [])
