"""Looks up the fields of conditions: dotted paths into results and the input. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

#: The value at a dotted path of object keys; integers are indexes of lists. Raises `FieldMissing`.
Lookup = Callable[[str], Any]

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


class FieldMissing(Exception):
    """There is nothing at the path; the message has the places that were searched."""


def branch_lookup(result: Any, input: Any) -> Lookup:
    """Fields of a step that has conditions: of its own result, then of the input."""

    def lookup(field: str) -> Any:
        path = field.split(".")
        for place in (result, input):
            try:
                return _at(place, path)
            except KeyError:
                continue
        raise FieldMissing(f"neither the step's result nor the input has {field}")

    return lookup


def only_if_lookup(dependencies: Sequence[str], results: Mapping[str, Any], input: Any) -> Lookup:
    """Fields of a step's `only_if`: `load.rows` of the result of the dependency `load`, `input.day` of the input.

    Any other field belongs to the result of the only dependency, if there is exactly one, then to the input. `results`
    holds the results of those dependencies that have one.
    """
    only = [name for name in dependencies if name in results] if len(dependencies) == 1 else []

    def lookup(field: str) -> Any:
        first, *rest = path = field.split(".")
        if first == "input":
            places = [("the input", input, rest)]
        elif first in dependencies:
            if first not in results:
                raise FieldMissing(f"the step {first} has no result")
            places = [(f"the result of {first}", results[first], rest)]
        else:
            places = [(f"the result of {name}", results[name], path) for name in only]
            places.append(("the input", input, path))
        for _, place, parts in places:
            try:
                return _at(place, parts)
            except KeyError:
                continue
        if len(places) == 1:
            raise FieldMissing(f"{places[0][0]} has no {'.'.join(places[0][2])}")
        raise FieldMissing(f"neither {places[0][0]} nor the input has {field}")

    return lookup


def _at(value: Any, path: Sequence[str]) -> Any:
    """The value at the path. Raises `KeyError`."""
    for part in path:
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and _INDEX.fullmatch(part) and int(part) < len(value):
            value = value[int(part)]
        else:
            raise KeyError(part)
    return value
