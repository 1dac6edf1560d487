"""Definitions as JSON, for workflows added at run time: parsed with the place of every problem, and written. Pure."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from celeriac.engine.errors import InputProblem, InvalidWorkflow
from celeriac.engine.workflows.definition.definition import WorkflowDefinition, define_workflow
from celeriac.engine.workflows.definition.implicit_dependencies import with_implicit_dependencies
from celeriac.engine.workflows.definition.problem_pointers import pointer_to
from celeriac.engine.workflows.definition.schema import (
    definition_defaults,
    definition_schema,
    step_defaults,
    step_fields,
)
from celeriac.engine.workflows.definition.steps import WorkflowStep
from celeriac.engine.workflows.definition.unsaid_values import FilledStep, unfilled
from celeriac.engine.workflows.json.input_schema import check_input

#: Pointer of the problems of the id, which is not part of the definition.
ID_POINTER = "/workflow_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDefinition:
    """`definition` is the part that could be parsed despite problems, None if nothing could."""

    definition: WorkflowDefinition | None
    steps: tuple[WorkflowStep, ...]  # as given; fields with a wrong type are None or at their default
    problems: tuple[InputProblem, ...]


def read_definition(workflow_id: str, body: Any) -> ReadDefinition:
    """The workflow that a JSON value describes, with every problem by JSON pointer; never raises.

    `body` is strict JSON: `{"steps": [{"name", "task_name", …}], "description", "input_schema", …}`.
    """
    if not isinstance(body, dict):
        message = 'a definition is a JSON object such as {"steps": [{"name": "first", "task_name": "noop"}]}'
        problem = InputProblem(pointer="", message=message)
        return ReadDefinition(definition=None, steps=(), problems=(problem,))
    problems = check_input(definition_schema(), body, most=None)
    of_the_id = id_problem(workflow_id)
    if of_the_id is not None:
        problems.append(of_the_id)
    # An item of the wrong type excludes the whole list.
    wrong = {around for problem in problems for around in _up_to_field(problem.pointer)}
    given = body["steps"] if isinstance(body.get("steps"), list) else []
    steps = tuple(_step(fields, f"/steps/{index}", wrong) for index, fields in enumerate(given))
    arguments = _good(body, set(definition_defaults()), "", wrong)
    shown_id = workflow_id if of_the_id is None else "workflow"
    try:
        definition = define_workflow(shown_id, steps, **arguments)
    except InvalidWorkflow as error:
        found = (InputProblem(pointer=pointer_to(each, steps), message=each) for each in error.problems)
        # Fields with a wrong type were replaced, so the rules would report values that are not in the body.
        told = [each for each in found if not _is_within(each.pointer, wrong)]
        return ReadDefinition(definition=None, steps=steps, problems=(*problems, *told))
    in_order = _in_order(steps, definition)
    if in_order != steps:
        definition = define_workflow(shown_id, in_order, **arguments)
    return ReadDefinition(definition=definition, steps=steps, problems=tuple(problems))


def _in_order(steps: Sequence[WorkflowStep], definition: WorkflowDefinition) -> tuple[WorkflowStep, ...]:
    """The steps as they will be written, so that reading the written text gives the same version."""
    by_name = {step.name: step for step in steps}
    return tuple(by_name[step.name] for step in definition.steps)


def id_problem(workflow_id: str) -> InputProblem | None:
    """Why a workflow cannot have this id, or None."""
    try:
        define_workflow(workflow_id, [WorkflowStep("step", "task")])
    except InvalidWorkflow as error:
        return InputProblem(pointer=ID_POINTER, message=error.problems[0])
    return None


def written_definition(definition: WorkflowDefinition) -> dict[str, Any]:
    """The JSON object that `read_definition` parses into this definition, without defaults."""
    content: dict[str, Any] = json.loads(definition.to_json())
    written = _as_given([_as_said(unfilled(step, content)) for step in content["steps"]])
    steps = [_without(dataclasses.asdict(step), step_defaults()) for step in written]
    content["example_input"] = content["example_input"] or None
    others = {name: content[name] for name in definition_defaults() if name in content}
    return {**_without(others, definition_defaults()), "steps": steps}


def _as_said(step: FilledStep) -> WorkflowStep:
    """The step without the values that neither its author nor its task has set; others belong to the version."""
    unsaid: dict[str, Any] = dict.fromkeys(
        name for name, origin in step.origins.items() if origin == "default"
    )
    return replace(step.step, **unsaid)


def _as_given(steps: Sequence[WorkflowStep]) -> list[WorkflowStep]:
    """The steps without implicit dependencies, which are added again on reading."""
    implicit = with_implicit_dependencies([replace(step, depends_on=[]) for step in steps])
    bare = [
        replace(step, depends_on=[name for name in step.depends_on if name not in added.depends_on])
        for step, added in zip(steps, implicit, strict=True)
    ]
    # Kept if the author wrote them in another order: that is another version.
    return [
        given if again.depends_on == step.depends_on else step
        for step, given, again in zip(steps, bare, with_implicit_dependencies(bare), strict=True)
    ]


def _without(values: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in defaults or value != defaults[name]}


def _step(given: Any, pointer: str, wrong: Collection[str]) -> WorkflowStep:
    """The step with those of its fields that have the right type; others have their defaults, or None."""
    fields = _good(given if isinstance(given, dict) else {}, set(step_fields()), pointer, wrong)
    return WorkflowStep(**{"name": None, "task_name": None, **fields})


def _good(
    values: dict[str, Any], known: Collection[str], pointer: str, wrong: Collection[str]
) -> dict[str, Any]:
    """The known keys whose values have the right type."""
    return {
        name: value for name, value in values.items() if name in known and f"{pointer}/{name}" not in wrong
    }


def _up_to_field(pointer: str) -> tuple[str, str]:
    """The pointer, and the pointer of the field that contains it: `/steps/3/depends_on` for `/steps/3/depends_on/0`."""
    return pointer, "/".join(pointer.split("/")[:4])


def _is_within(pointer: str, wrong: Collection[str]) -> bool:
    parts = pointer.split("/")
    return any("/".join(parts[:length]) in wrong for length in range(2, len(parts) + 1))
