"""The differences between two versions of a definition, step by step. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from celeriac.engine.workflows.definition.schema import definition_defaults, step_defaults
from celeriac.engine.workflows.definition.unsaid_values import DEFAULTS
from celeriac.engine.workflows.json.readable_json import readable_json

WIDTH = 40  # of a value: two are shown side by side

Change = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDifference:
    """A field, or with a dot a key of one: `parameters.rows`. Values are JSON texts, None if there is none."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDifference:
    """For an added or removed step, `fields` are all that differ from their defaults."""

    name: str
    change: Change
    fields: tuple[FieldDifference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """`reordered`: the steps common to both versions have another order."""

    workflow: tuple[FieldDifference, ...]  # outside of steps: description, priority …
    steps: tuple[StepDifference, ...]  # in the newer order; removed ones are last
    reordered: bool

    def __bool__(self) -> bool:
        return bool(self.workflow or self.steps or self.reordered)


def differences(older: Mapping[str, Any], newer: Mapping[str, Any]) -> Differences:
    """Compares two definitions as returned by `written_definition`."""
    before = {step["name"]: step for step in older["steps"]}
    after = {step["name"]: step for step in newer["steps"]}
    one, other = ({name: each[name] for name in each if name != "steps"} for each in (older, newer))
    return Differences(
        workflow=tuple(_fields(one, other, definition_defaults())),
        steps=tuple(_steps(before, after)),
        reordered=[name for name in before if name in after] != [name for name in after if name in before],
    )


def _steps(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[StepDifference]:
    for name, step in after.items():
        if name not in before:
            yield StepDifference(name=name, change="added", fields=tuple(_fields({"name": name}, step, {})))
        elif fields := tuple(_fields(before[name], step, {**step_defaults(), **DEFAULTS})):
            yield StepDifference(name=name, change="changed", fields=fields)
    for name, step in before.items():
        if name not in after:
            yield StepDifference(name=name, change="removed", fields=tuple(_fields(step, {"name": name}, {})))


def _fields(
    before: Mapping[str, Any], after: Mapping[str, Any], defaults: Mapping[str, Any]
) -> Iterator[FieldDifference]:
    for name in dict.fromkeys([*before, *after]):
        old, new = (_text(each.get(name, defaults.get(name)), name in each) for each in (before, after))
        yield from _difference(name, before.get(name), after.get(name), old, new)


def _difference(
    name: str, before: Any, after: Any, old: str | None, new: str | None
) -> Iterator[FieldDifference]:
    if old == new:
        return
    keys: list[FieldDifference] = []
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            one, other = (_text(each.get(key), key in each) for each in (before, after))
            if one != other:
                keys.append(FieldDifference(name=f"{name}.{key}", before=one, after=other))
    # If no key differs, their order does, which may matter.
    yield from keys or [FieldDifference(name=name, before=old, after=new)]


def _text(value: Any, given: bool) -> str | None:
    """Readable JSON; None for an empty default."""
    if not given and value in (None, "", [], {}):
        return None
    return readable_json(value, WIDTH)
