"""A step in its place in the plan, and its JSON forms. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from celeriac.engine.workflows.conditions.conditions import NamedCondition
from celeriac.engine.workflows.definition.implicit_dependencies import chosen_steps, conditions_among
from celeriac.engine.workflows.definition.planning import invert
from celeriac.engine.workflows.definition.steps import NONE_FAILED, WorkflowStep
from celeriac.engine.workflows.definition.unsaid_values import DEFAULTS, FilledStep
from celeriac.engine.workflows.definition.views import ConditionView, StepDefinitionView

#: Optional fields, left out of texts and versions at their defaults: a workflow published before they existed keeps
#: its version.
_DEFAULTS: Mapping[str, Any] = {
    "retry_on": [],
    "no_retry_on": [],
    "conditions": None,
    "only_if": None,
    "trigger": NONE_FAILED,
    "allow_failure": False,
    "map_over": None,
    "max_parallel": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDefinition:
    """A step in its place in the plan. Indexes are positions in `WorkflowDefinition.steps`.

    JSON values are kept as text, so that they are immutable.
    """

    name: str
    task_name: str
    parameters_json: str
    depends_on: tuple[str, ...]  # in the order given, then implicit ones
    retry_count: int
    timeout: int
    queue: str
    retry_on: tuple[str, ...]  # names of exception classes; empty: any
    no_retry_on: tuple[str, ...]
    conditions_json: str  # of a branch, from either place; "" for every other step
    only_if_json: str  # "" for none
    trigger: str
    allow_failure: bool
    map_over: str | None
    max_parallel: int | None
    level: int  # from 1
    index: int
    dependencies: tuple[int, ...]  # in the order of depends_on
    dependents: tuple[int, ...]  # ascending
    #: Of values that the author did not name: task, app or default.
    origins: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    soft_limit: float | None = (
        None  # seconds, both: of the task, where it has them and the author names no timeout
    )
    hard_limit: float | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters, as a copy."""
        parameters: dict[str, Any] = json.loads(self.parameters_json)
        return parameters

    @property
    def only_if(self) -> dict[str, Any] | None:
        """The condition of the step, as a copy; the step is skipped if it is false."""
        return json.loads(self.only_if_json) if self.only_if_json else None

    @property
    def conditions(self) -> dict[str, Any] | None:
        """The conditions as given in the field of this name; None if they are in the parameters. See `branch`."""
        if not self.conditions_json or conditions_among(self.parameters) is not None:
            return None
        conditions: dict[str, Any] = json.loads(self.conditions_json)
        return conditions

    @property
    def branch(self) -> tuple[NamedCondition, ...]:
        """The conditions of a branch in order, from either place; empty for every other step."""
        entries = json.loads(self.conditions_json) if self.conditions_json else {}
        return tuple(_named(name, dict(entry)) for name, entry in entries.items())

    @property
    def ways(self) -> list[ConditionView]:
        """`branch` as JSON objects."""
        return [_condition_view(way) for way in self.branch]

    @property
    def is_decided(self) -> bool:
        """Whether the step needs a decision before it runs: its `only_if`, or the items it is mapped over."""
        return bool(self.only_if_json) or self.map_over is not None

    @property
    def all_origins(self) -> dict[str, str]:
        """Where `retry_count`, `timeout` and `queue` come from: step, task, app or default."""
        return dict.fromkeys(DEFAULTS, "step") | dict(self.origins)

    def view(self) -> StepDefinitionView:
        """The step as a JSON object, with every field."""
        fields = {**fields_of(self), **_rare_fields(self), "conditions": self.ways, "level": self.level}
        fields["origins"] = self.all_origins
        return cast(StepDefinitionView, fields)


def fields_of(step: WorkflowStep | StepDefinition) -> dict[str, Any]:
    """The fields of a step as people write them, in this order."""
    return {
        "name": step.name,
        "task_name": step.task_name,
        "parameters": step.parameters,
        "depends_on": list(step.depends_on),
        "retry_count": step.retry_count,
        "timeout": step.timeout,
        "queue": step.queue,
        **{name: value for name, value in _rare_fields(step).items() if value != _DEFAULTS[name]},
    }


def version_fields(step: FilledStep | StepDefinition) -> dict[str, Any]:
    """The fields of a step, always in this order: the version depends on it."""
    limits = {"soft_limit": step.soft_limit, "hard_limit": step.hard_limit}
    own = {name: value for name, value in limits.items() if value is not None}
    return {**fields_of(step.step if isinstance(step, FilledStep) else step), **own}


def unsaid_values(steps: Iterable[StepDefinition]) -> dict[str, dict[str, Any]]:
    """What texts of definitions have about values that authors did not name, by step; `unfilled` reads it."""
    found: dict[str, dict[str, Any]] = {}
    for step in steps:
        limits = {"soft_limit": step.soft_limit, "hard_limit": step.hard_limit}
        own = {name: value for name, value in limits.items() if value is not None}
        if step.origins or own:
            found[step.name] = {"origins": dict(step.origins), **own}
    return found


def _rare_fields(step: WorkflowStep | StepDefinition) -> dict[str, Any]:
    values = ((name, getattr(step, name)) for name in _DEFAULTS)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values}


def linked(filled_steps: Sequence[FilledStep]) -> list[StepDefinition]:
    """The definitions of steps that are valid, complete and in order: dependencies come before their dependents."""
    steps = [each.step for each in filled_steps]
    positions = {step.name: index for index, step in enumerate(steps)}
    dependencies = [tuple(positions[name] for name in step.depends_on) for step in steps]
    dependents = invert(dependencies)
    definitions: list[StepDefinition] = []
    for index, step in enumerate(steps):
        conditions = _conditions(step, (steps[dependent].name for dependent in dependents[index]))
        definition = StepDefinition(
            name=step.name,
            task_name=step.task_name,
            parameters_json=json_text(step.parameters),
            depends_on=tuple(step.depends_on),
            retry_count=cast(int, step.retry_count),
            timeout=cast(int, step.timeout),
            queue=cast(str, step.queue),
            retry_on=tuple(step.retry_on),
            no_retry_on=tuple(step.no_retry_on),
            conditions_json=json_text(conditions) if conditions else "",
            only_if_json=json_text(step.only_if) if step.only_if else "",
            trigger=step.trigger,
            allow_failure=step.allow_failure,
            map_over=step.map_over,
            max_parallel=step.max_parallel,
            level=1 + max((definitions[needed].level for needed in dependencies[index]), default=0),
            index=index,
            dependencies=dependencies[index],
            dependents=tuple(dependents[index]),
            origins=tuple(filled_steps[index].origins.items()),
            soft_limit=filled_steps[index].soft_limit,
            hard_limit=filled_steps[index].hard_limit,
        )
        definitions.append(definition)
    return definitions


def json_text(value: Any) -> str:
    """Compact JSON, keys in their given order."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _conditions(step: WorkflowStep, dependents: Iterable[str]) -> dict[str, Any] | None:
    """The conditions of a branch.

    In texts of earlier releases, which had no branches, the named steps do not wait, so nothing is chosen.
    """
    conditions = step.conditions or conditions_among(step.parameters)
    return conditions if conditions and set(chosen_steps(step)).issubset(dependents) else None


def _named(name: str, entry: dict[str, Any]) -> NamedCondition:
    task = entry.pop("task")
    return NamedCondition(name, entry or None, task)


def _condition_view(way: NamedCondition) -> ConditionView:
    return cast(ConditionView, {"name": way.name, **(way.condition or {}), "task": way.task})
