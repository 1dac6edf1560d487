"""Where in a definition the problems are that `validation` tells in sentences: JSON pointers for them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from engine.workflows.definition_schema import definition_schema, step_fields
from engine.workflows.json_offences import pointer_of
from engine.workflows.quoting import quoted
from engine.workflows.steps import WorkflowStep

_WORD = re.compile(r"\w+")
_DOTTED = re.compile(r"(\w+(?:\.\w+)*)(?:: ('[^']*'|\"[^\"]*\"))?")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_REPEATED = re.compile(r"step (\d+) repeats this name")
_CYCLE = "circular dependency: "


class Places:
    """Finds the place of each problem in the definition that these steps were read from."""

    def __init__(self, steps: Sequence[WorkflowStep]) -> None:
        self._steps = steps
        self._titles: dict[str, int] = {}
        for index, step in enumerate(steps):
            title = quoted(step.name) if isinstance(step.name, str) else str(index + 1)
            self._titles.setdefault(title, index)

    def pointer(self, problem: str) -> str:
        """The pointer to the value that a problem is about, or to the nearest thing around it that is known."""
        if problem.startswith(_CYCLE):
            return pointer_of(self._in_cycle(problem.removeprefix(_CYCLE)))
        title, colon, said = problem.removeprefix("step ").partition(": ")
        if problem.startswith("step ") and colon and title in self._titles:
            return pointer_of(self._in_step(self._titles[title], said))
        keys = tuple(definition_schema()["properties"])
        named = next((word for word in _WORD.findall(problem) if word in keys or word == "step"), "")
        return pointer_of(["steps" if named in ("", "step") else named])

    def _in_step(self, index: int, said: str) -> list[str | int]:
        repeated = _REPEATED.match(said)
        if repeated:
            return ["steps", int(repeated[1]) - 1, "name"]
        step, shown = self._steps[index], _QUOTED.findall(said)[:1]
        if said.startswith("depends on "):
            return ["steps", index, "depends_on", *_position(step.depends_on, shown)]
        if said.startswith("the parameter "):
            return ["steps", index, "parameters", *_key(step.parameters, shown)]
        fields = step_fields()
        field = next((word for word in _WORD.findall(said) if word in fields), None)
        if field is None:
            return ["steps", index]
        return ["steps", index, *(_dotted(step, said) or [field])]

    def _in_cycle(self, path: str) -> list[str | int]:
        """The dependency of the first step of the circle that leads to the next one."""
        first, following = (f"'{name}'" for name in re.split(r" -> | \(", path)[:2])
        index = self._titles.get(first)
        if index is None:
            return ["steps"]
        position = _position(self._steps[index].depends_on, [following])
        # Steps wait for others without saying so, too.
        return ["steps", index, "depends_on", *position] if position else ["steps", index]


def _dotted(step: WorkflowStep, said: str) -> list[str | int]:
    """The path that a sentence begins with, as far as it exists: `parameters.conditions: 'large' …`."""
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
    """Where in a list of names the one stands that is shown; the last one, which is what repeats an earlier."""
    found = [place for place, name in enumerate(names) if [quoted(name)] == shown]
    return [found[-1]] if found else []


def _key(values: dict[str, Any], shown: list[str]) -> list[str | int]:
    found: list[str | int] = [name for name in values if [quoted(name)] == shown]
    return found[:1]
