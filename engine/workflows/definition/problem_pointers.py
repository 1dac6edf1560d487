"""JSON pointers for the problems that `validation` reports as sentences. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from celeriac.engine.workflows.definition.schema import definition_schema, step_fields
from celeriac.engine.workflows.definition.steps import WorkflowStep
from celeriac.engine.workflows.definition.validation import StepProblem
from celeriac.engine.workflows.json.offences import pointer_of
from celeriac.engine.workflows.json.quoting import quoted

_WORD = re.compile(r"\w+")
_DOTTED = re.compile(r"(\w+(?:\.\w+)*)(?:: ('[^']*'|\"[^\"]*\"))?")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_CYCLE = "circular dependency: "


def pointer_to(problem: str, steps: Sequence[WorkflowStep]) -> str:
    """The pointer to the value of a problem, or to the nearest known value around it."""
    if isinstance(problem, StepProblem):
        step = steps[problem.place]
        return pointer_of(["steps", problem.place, *_in_step(step, problem.said)])
    keys = definition_schema()["properties"]
    return pointer_of([next((word for word in _WORD.findall(problem) if word in keys), "steps")])


def _in_step(step: WorkflowStep, said: str) -> list[str | int]:
    """Sentences begin with their field, or contain the words that are searched for here."""
    if said.startswith(_CYCLE):
        return _following(step, said)
    shown = _QUOTED.findall(said)[:1]
    if said.startswith("depends on "):
        return ["depends_on", *_position(step.depends_on, shown)]
    if said.startswith("the parameter "):
        return ["parameters", *_key(step.parameters, shown)]
    dotted = _dotted(step, said)
    return dotted or [word for word in _WORD.findall(said) if word in step_fields()][:1]


def _following(step: WorkflowStep, said: str) -> list[str | int]:
    """The dependency of a step on the next one of its cycle; empty for an implicit one."""
    following = re.split(r" -> | \(", said)[1]
    position = _position(step.depends_on, [f"'{following}'"])
    return ["depends_on", *position] if position else []


def _dotted(step: WorkflowStep, said: str) -> list[str | int]:
    """The path at the beginning of a sentence, as far as it exists: `parameters.conditions: 'large' …`."""
    begins = _DOTTED.match(said)
    path, shown = begins.groups() if begins else ("", None)
    value: Any = {name: getattr(step, name) for name in step_fields()}
    found: list[str | int] = []
    for part in path.split("."):
        if not isinstance(value, dict) or part not in value:
            return found
        value = value[part]
        found.append(part)
    return [*found, *_key(value, [shown])] if isinstance(value, dict) and shown else found


def _position(names: Any, shown: list[str]) -> list[str | int]:
    """The index of a quoted name in a list of names; the last one, which repeats an earlier."""
    found = [place for place, name in enumerate(names) if [quoted(name)] == shown]
    return [found[-1]] if found else []


def _key(values: dict[str, Any], shown: list[str]) -> list[str | int]:
    found: list[str | int] = [name for name in values if [quoted(name)] == shown]
    return found[:1]
