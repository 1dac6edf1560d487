"""A workflow definition: validated, planned and versioned, created from steps. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from celeriac.engine.errors import InvalidWorkflow
from celeriac.engine.workflows.definition.implicit_dependencies import with_implicit_dependencies
from celeriac.engine.workflows.definition.planning import plan
from celeriac.engine.workflows.definition.step_definition import StepDefinition as StepDefinition
from celeriac.engine.workflows.definition.step_definition import (
    fields_of,
    json_text,
    linked,
    unsaid_values,
    version_fields,
)
from celeriac.engine.workflows.definition.steps import STOP
from celeriac.engine.workflows.definition.steps import WorkflowStep as WorkflowStep
from celeriac.engine.workflows.definition.unsaid_values import (
    NOTHING,
    FilledStep,
    TaskValues,
    filled,
    unfilled,
)
from celeriac.engine.workflows.definition.validation import find_problems, known_dependencies
from celeriac.engine.workflows.definition.views import WorkflowSummary, WorkflowView
from celeriac.engine.workflows.json.quoting import quoted, shorten

_VERSION_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowDefinition:
    """A valid workflow: its steps by level, then as given. Equal `version`s behave alike."""

    workflow_id: str
    description: str
    steps: tuple[StepDefinition, ...]
    input_schema: dict[str, Any] | None
    example_input: dict[str, Any]
    priority: str  # low, normal or high: its share of a busy queue
    on_failure: str  # stop or continue: the effect of a failed step on the rest
    version: str  # 12 hex digits
    levels: tuple[tuple[str, ...], ...]  # names of the steps of each level
    given: tuple[WorkflowStep, ...] = field(default=(), repr=False, compare=False)  # as its author wrote them
    _positions: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_positions", {step.name: step.index for step in self.steps})

    def index_of(self, name: str) -> int:
        """Position of the step of this name. Raises `KeyError`."""
        return self._positions[name]

    def to_json(self) -> str:
        """The whole definition, without values that follow from the order of the steps and without unused optional fields."""
        return json_text(
            {
                "workflow_id": self.workflow_id,
                "description": self.description,
                "version": self.version,
                "input_schema": self.input_schema,
                "example_input": self.example_input,
                "priority": self.priority,
                **_unless(STOP, on_failure=self.on_failure),
                "steps": [fields_of(step) for step in self.steps],
                # Apart from the steps: earlier releases read these texts, too.
                **({"unsaid": unsaid} if (unsaid := unsaid_values(self.steps)) else {}),
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> WorkflowDefinition:
        """The inverse of `to_json`. Only for its output: nothing is validated again."""
        data = json.loads(text)
        return _assemble(
            workflow_id=data["workflow_id"],
            description=data["description"],
            steps=[unfilled(step, data) for step in data["steps"]],
            input_schema=data["input_schema"],
            example_input=data["example_input"],
            # Texts of earlier releases stay in the store; fields that they lack were not available then.
            priority=data.get("priority", "normal"),
            on_failure=data.get("on_failure", STOP),
            version=data["version"],
        )

    def summary(self, source: str) -> WorkflowSummary:
        """What lists show of the definition; `source` is "code" or "api"."""
        return WorkflowSummary(
            workflow_id=self.workflow_id,
            version=self.version,
            source=source,
            description=self.description,
            step_count=len(self.steps),
            level_count=len(self.levels),
        )

    def view(self, source: str) -> WorkflowView:
        """The definition as a JSON object; `source` is "code" or "api"."""
        return WorkflowView(
            workflow_id=self.workflow_id,
            version=self.version,
            source=source,
            description=self.description,
            step_count=len(self.steps),
            steps=[step.view() for step in self.steps],
            levels=[list(level) for level in self.levels],
            input_schema=_copy(self.input_schema),
            example_input=_copy(self.example_input),
            priority=self.priority,
            on_failure=self.on_failure,
        )


def _nothing_said(_: str) -> TaskValues:
    return NOTHING


def define_workflow(
    workflow_id: str,
    steps: Iterable[WorkflowStep],
    description: str = "",
    input_schema: dict[str, Any] | None = None,
    example_input: dict[str, Any] | None = None,
    priority: str = "normal",
    on_failure: str = STOP,
) -> WorkflowDefinition:
    """Validates and plans a workflow. Raises `InvalidWorkflow` with every problem found.

    `input_schema` is a JSON Schema for the input of a launch, `example_input` the initial content of the launch form,
    `priority` (low, normal, high) the workflow's share of a queue in which several wait, `on_failure` whether the first
    failure stops everything that has not started yet (stop) or only its dependents (continue).
    """
    given = list(steps)
    problems = find_problems(
        workflow_id, given, description, input_schema, example_input, priority, on_failure
    )
    if problems:
        # The error quotes the id itself: keep that short as well.
        shown = workflow_id if isinstance(workflow_id, str) else quoted(workflow_id)
        raise InvalidWorkflow(workflow_id=shorten(shown), problems=problems)
    complete = with_implicit_dependencies(given)
    return _defined(
        workflow_id,
        complete,
        _nothing_said,
        description,
        _copy(input_schema),
        _copy(example_input) or {},
        priority,
        on_failure,
    )


def with_task_values(
    definition: WorkflowDefinition, said_of: Callable[[str], TaskValues]
) -> WorkflowDefinition:
    """The definition with the values that the authors of its tasks have said, where its steps say none.

    `said_of` is called with the names of tasks.
    """
    if all(said_of(step.task_name) == NOTHING for step in definition.given):
        return definition
    return _defined(
        definition.workflow_id,
        definition.given,
        said_of,
        definition.description,
        definition.input_schema,
        definition.example_input,
        definition.priority,
        definition.on_failure,
    )


def _defined(
    workflow_id: str,
    steps: Sequence[WorkflowStep],
    said_of: Callable[[str], TaskValues],
    description: str,
    input_schema: dict[str, Any] | None,
    example_input: dict[str, Any],
    priority: str,
    on_failure: str,
) -> WorkflowDefinition:
    """Plans a workflow of valid steps."""
    complete = [filled(step, said_of(step.task_name)) for step in steps]
    positions = {step.name: index for index, step in enumerate(steps)}
    levels = plan(known_dependencies(steps, positions)).levels
    order = sorted(range(len(steps)), key=lambda index: (levels[index], index))
    return _assemble(
        workflow_id=workflow_id,
        description=description,
        steps=[complete[index] for index in order],
        input_schema=input_schema,
        example_input=example_input,
        priority=priority,
        on_failure=on_failure,
        version=_version(complete, input_schema, priority, on_failure),
        given=tuple(steps),
    )


def _assemble(
    *,
    workflow_id: str,
    description: str,
    steps: Sequence[FilledStep],
    input_schema: dict[str, Any] | None,
    example_input: dict[str, Any],
    priority: str,
    on_failure: str,
    version: str,
    given: tuple[WorkflowStep, ...] = (),
) -> WorkflowDefinition:
    """The definition of steps that are valid, complete and in order: dependencies come before their dependents."""
    definitions = linked(steps)
    names = [[step.name for step in level] for _, level in groupby(definitions, key=lambda step: step.level)]
    return WorkflowDefinition(
        workflow_id=workflow_id,
        description=description,
        steps=tuple(definitions),
        input_schema=input_schema,
        example_input=example_input,
        priority=priority,
        on_failure=on_failure,
        version=version,
        levels=tuple(tuple(level) for level in names),
        given=given,
    )


def _version(
    steps: Iterable[FilledStep], input_schema: dict[str, Any] | None, priority: str, on_failure: str
) -> str:
    """Content hash of everything that affects behaviour. Keys are not sorted: their order may matter."""
    content = {
        "steps": [version_fields(step) for step in steps],
        "input_schema": input_schema,
        **_unless("normal", priority=priority),
        **_unless(STOP, on_failure=on_failure),
    }
    return hashlib.sha256(json_text(content).encode()).hexdigest()[:_VERSION_DIGITS]


def _unless(default: str, **field: str) -> dict[str, str]:
    """The field, unless it has its default: a workflow published before it existed keeps its text and version."""
    return {name: value for name, value in field.items() if value != default}


def _copy(value: Any) -> Any:
    """A copy that shares nothing with the caller's object."""
    return None if value is None else json.loads(json_text(value))
