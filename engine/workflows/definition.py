"""What a workflow is: the checked, planned and versioned definition made from its steps. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from engine.errors import InvalidWorkflow
from engine.workflows.planning import invert, plan
from engine.workflows.quoting import quoted, shorten
from engine.workflows.steps import WorkflowStep as WorkflowStep
from engine.workflows.validation import find_problems, known_dependencies
from engine.workflows.views import StepDefinitionView, WorkflowView

_VERSION_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDefinition:
    """A step in its place in the plan. Indexes are positions in `WorkflowDefinition.steps`."""

    name: str
    task_name: str
    parameters_json: str  # as text, so that nobody can change them
    depends_on: tuple[str, ...]  # in the order given
    retry_count: int
    timeout: int
    queue: str
    retry_on: tuple[str, ...]  # names of exception classes; empty: any
    no_retry_on: tuple[str, ...]
    level: int  # from 1
    index: int
    dependencies: tuple[int, ...]  # in the order of depends_on
    dependents: tuple[int, ...]  # rising

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters, as a dict of the caller's own."""
        parameters: dict[str, Any] = json.loads(self.parameters_json)
        return parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowDefinition:
    """A valid workflow: its steps by level, then as given. Two with the same `version` behave alike."""

    workflow_id: str
    description: str
    steps: tuple[StepDefinition, ...]
    input_schema: dict[str, Any] | None
    example_input: dict[str, Any]
    priority: str  # low, normal or high: its share of a queue that is busy
    version: str  # 12 hex digits
    levels: tuple[tuple[str, ...], ...]  # names of the steps of each level
    _positions: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_positions", {step.name: step.index for step in self.steps})

    def index_of(self, name: str) -> int:
        """Position of the step of this name. Raises `KeyError`."""
        return self._positions[name]

    def to_json(self) -> str:
        """All of the definition; what follows from the order of the steps is left out."""
        return _text(
            {
                "workflow_id": self.workflow_id,
                "description": self.description,
                "version": self.version,
                "input_schema": self.input_schema,
                "example_input": self.example_input,
                "priority": self.priority,
                "steps": [_fields(step) for step in self.steps],
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> WorkflowDefinition:
        """The definition that `to_json` was called on. Only for such texts: nothing is checked again."""
        data = json.loads(text)
        return _assemble(
            workflow_id=data["workflow_id"],
            description=data["description"],
            steps=[WorkflowStep(**step) for step in data["steps"]],
            input_schema=data["input_schema"],
            example_input=data["example_input"],
            # Texts of earlier releases stay in the store; what they do not have was not settable then.
            priority=data.get("priority", "normal"),
            version=data["version"],
        )

    def view(self, source: str) -> WorkflowView:
        """The definition as JSON object; `source` is "code" or "api"."""
        return WorkflowView(
            workflow_id=self.workflow_id,
            version=self.version,
            source=source,
            description=self.description,
            step_count=len(self.steps),
            steps=[_step_view(step) for step in self.steps],
            levels=[list(level) for level in self.levels],
            input_schema=_copy(self.input_schema),
            example_input=_copy(self.example_input),
            priority=self.priority,
        )


def define_workflow(
    workflow_id: str,
    steps: Iterable[WorkflowStep],
    description: str = "",
    input_schema: dict[str, Any] | None = None,
    example_input: dict[str, Any] | None = None,
    priority: str = "normal",
) -> WorkflowDefinition:
    """Check and plan a workflow. Raises `InvalidWorkflow` with every problem found.

    `input_schema` is a JSON Schema for the input of a launch, `example_input` what the launch form shows, `priority`
    (low, normal, high) the workflow's share of a queue in which several wait.
    """
    given = list(steps)
    problems = find_problems(workflow_id, given, description, input_schema, example_input, priority)
    if problems:
        # The error quotes the id itself: keep that short as well.
        shown = workflow_id if isinstance(workflow_id, str) else quoted(workflow_id)
        raise InvalidWorkflow(workflow_id=shorten(shown), problems=problems)
    positions = {step.name: index for index, step in enumerate(given)}
    levels = plan(known_dependencies(given, positions)).levels
    order = sorted(range(len(given)), key=lambda index: (levels[index], index))
    return _assemble(
        workflow_id=workflow_id,
        description=description,
        steps=[given[index] for index in order],
        input_schema=_copy(input_schema),
        example_input=_copy(example_input) or {},
        priority=priority,
        version=_version(given, input_schema, priority),
    )


def _assemble(
    *,
    workflow_id: str,
    description: str,
    steps: Sequence[WorkflowStep],
    input_schema: dict[str, Any] | None,
    example_input: dict[str, Any],
    priority: str,
    version: str,
) -> WorkflowDefinition:
    """The definition of steps that are valid and in order: each one's dependencies stand before it."""
    linked = _linked(steps)
    names = [[step.name for step in level] for _, level in groupby(linked, key=lambda step: step.level)]
    return WorkflowDefinition(
        workflow_id=workflow_id,
        description=description,
        steps=tuple(linked),
        input_schema=input_schema,
        example_input=example_input,
        priority=priority,
        version=version,
        levels=tuple(tuple(level) for level in names),
    )


def _linked(steps: Sequence[WorkflowStep]) -> list[StepDefinition]:
    positions = {step.name: index for index, step in enumerate(steps)}
    dependencies = [tuple(positions[name] for name in step.depends_on) for step in steps]
    dependents = invert(dependencies)
    linked: list[StepDefinition] = []
    for index, step in enumerate(steps):
        definition = StepDefinition(
            name=step.name,
            task_name=step.task_name,
            parameters_json=_text(step.parameters),
            depends_on=tuple(step.depends_on),
            retry_count=step.retry_count,
            timeout=step.timeout,
            queue=step.queue,
            retry_on=tuple(step.retry_on),
            no_retry_on=tuple(step.no_retry_on),
            level=1 + max((linked[needed].level for needed in dependencies[index]), default=0),
            index=index,
            dependencies=dependencies[index],
            dependents=tuple(dependents[index]),
        )
        linked.append(definition)
    return linked


def _fields(step: WorkflowStep | StepDefinition) -> dict[str, Any]:
    """The fields of a step, always in this order: the version depends on it.

    The rules about exceptions are left out where there are none: a workflow that was published before they existed
    keeps its version.
    """
    rules = {"retry_on": list(step.retry_on), "no_retry_on": list(step.no_retry_on)}
    return {
        "name": step.name,
        "task_name": step.task_name,
        "parameters": step.parameters,
        "depends_on": list(step.depends_on),
        "retry_count": step.retry_count,
        "timeout": step.timeout,
        "queue": step.queue,
        **{name: classes for name, classes in rules.items() if classes},
    }


def _step_view(step: StepDefinition) -> StepDefinitionView:
    rules = {"retry_on": list(step.retry_on), "no_retry_on": list(step.no_retry_on)}
    return StepDefinitionView(**{**_fields(step), **rules}, level=step.level)  # type: ignore[typeddict-item]


def _version(steps: Iterable[WorkflowStep], input_schema: dict[str, Any] | None, priority: str) -> str:
    """Content hash of what changes behaviour. Keys stay unsorted: their order may mean something."""
    content: dict[str, Any] = {"steps": [_fields(step) for step in steps], "input_schema": input_schema}
    if priority != "normal":
        content["priority"] = priority
    return hashlib.sha256(_text(content).encode()).hexdigest()[:_VERSION_DIGITS]


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _copy(value: Any) -> Any:
    """A copy that shares nothing with the caller's object."""
    return None if value is None else json.loads(_text(value))
