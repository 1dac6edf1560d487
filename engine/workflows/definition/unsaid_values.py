"""Values of a step that its author does not say: they come from its task, then from the application, then from defaults. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from celeriac.engine.workflows.definition.steps import MAX_RETRY_COUNT, MAX_TIMEOUT, WorkflowStep

#: The values of the source document, where neither step nor task nor application says one.
DEFAULTS: Final[Mapping[str, Any]] = {"retry_count": 3, "timeout": 300, "queue": "default"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskValues:
    """What a task or its application says. The limits are in seconds; `origins` has `task` or `app` for each value said."""

    retry_count: int | None = None
    soft_limit: float | None = None
    hard_limit: float | None = None
    queue: str | None = None
    origins: Mapping[str, str] = field(default_factory=dict)


def values_from(facts: Mapping[str, Any]) -> TaskValues:
    """The values in the announced facts of a task, see `celeriac.engine.runtime.attempt.task_facts`."""
    return TaskValues(
        retry_count=facts.get("retry_count"),
        soft_limit=facts.get("soft_limit"),
        hard_limit=facts.get("hard_limit"),
        queue=facts.get("queue"),
        origins=facts.get("origins", {}),
    )


NOTHING: Final = TaskValues()


@dataclass(frozen=True, slots=True)
class FilledStep:
    """A step with all its values; `origins` has those that its author did not say: `task`, `app` or `default`.

    The limits are those of the task, if the timeout comes from there.
    """

    step: WorkflowStep
    origins: Mapping[str, str] = field(default_factory=dict)
    soft_limit: float | None = None
    hard_limit: float | None = None


def filled(step: WorkflowStep, said: TaskValues) -> FilledStep:
    """The step with the values that it leaves to its task."""
    soft, hard = (said.soft_limit, said.hard_limit) if step.timeout is None else (None, None)
    seconds = soft if soft is not None else hard
    found = {
        "retry_count": None if said.retry_count is None else min(said.retry_count, MAX_RETRY_COUNT),
        "timeout": None if seconds is None else min(MAX_TIMEOUT, max(1, math.ceil(seconds))),
        "queue": said.queue,
    }
    unsaid = [name for name in DEFAULTS if getattr(step, name) is None]
    values: dict[str, Any] = {name: DEFAULTS[name] if found[name] is None else found[name] for name in unsaid}
    origins = {name: "default" if found[name] is None else said.origins[name] for name in unsaid}
    return FilledStep(replace(step, **values), origins, soft, hard)


def unfilled(step: Mapping[str, Any], text: Mapping[str, Any]) -> FilledStep:
    """A step of the stored text of a definition, see `unsaid_values` of `step_definition`."""
    unsaid = text.get("unsaid", {}).get(step["name"], {})
    return replace(
        filled(WorkflowStep(**step), NOTHING),
        origins=unsaid.get("origins", {}),
        soft_limit=unsaid.get("soft_limit"),
        hard_limit=unsaid.get("hard_limit"),
    )
