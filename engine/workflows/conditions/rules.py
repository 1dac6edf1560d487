"""Validates conditions: every problem as a sentence with the place and the remedy. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import re2

from celeriac.engine.errors import InvalidInput
from celeriac.engine.workflows.conditions.conditions import ORDERINGS, compiled
from celeriac.engine.workflows.json import strict_json
from celeriac.engine.workflows.json.near_misses import NearMisses
from celeriac.engine.workflows.json.quoting import quoted, shorten, type_of

MAX_BRANCHES = 50  # conditions of one step
MAX_PARTS = 50  # of an `all` or `any`
MAX_NESTING = 8
MAX_VALUES = 1_000  # of a `value_in`
MAX_FIELD = 200  # characters
MAX_PATTERN = 1_000  # characters
MAX_NAME = 64  # characters of the name of a condition
MAX_BYTES = 65_536  # of all conditions of a step, as JSON
DEFAULT = "default"  # name of the alternative that is chosen if no condition is true

Problems = Iterator[str]


def condition_problems(title: str, condition: object) -> Problems:
    """The problems of a condition of the form {"type", "params"}; the sentences begin with `title`."""
    problem = _json_problem(condition)
    if problem:
        yield f"{title} {problem}"
    else:
        yield from _problems(title, condition, 1)


def branch_problems(place: str, conditions: object) -> Problems:
    """The problems of the conditions of a branch, {name: {"type", "params", "task"}}, except those of the named steps.

    The sentences begin with `place`, where the conditions are.
    """
    problem = _json_problem(conditions)
    if problem:
        yield f"{place} {problem}"
        return
    if not isinstance(conditions, dict):
        yield f"{place} is {type_of(conditions)}; it must be an object of conditions by name"
        return
    if not 1 <= len(conditions) <= MAX_BRANCHES:
        yield f"{place} holds {len(conditions):,} conditions; 1 to {MAX_BRANCHES} are allowed"
        return
    for name, condition in conditions.items():
        title = f"{place}: {quoted(name)}"
        if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
            yield f"{title}: its name must be 1 to {MAX_NAME} printable characters"
        if not isinstance(condition, dict):
            yield f"{title} is {type_of(condition)}; write {{'type': …, 'params': {{…}}, 'task': …}}"
            continue
        if not isinstance(condition.get("task"), str):
            yield f"{title} names no task; 'task' must be the name of the step it chooses"
        rest = {key: value for key, value in condition.items() if key != "task"}
        if name != DEFAULT:
            yield from _problems(title, rest, 1)
        elif rest:
            keys = ", ".join(map(quoted, rest))
            yield f"{title} is chosen if no other condition is true, and so has only a task; remove {shorten(keys, 80)}"


def _json_problem(value: object) -> str | None:
    try:
        size = len(strict_json.dumps(value))
    except InvalidInput as error:
        return f"must be JSON: {error}"
    if size > MAX_BYTES:
        return f"is {size:,} bytes of JSON; at most {MAX_BYTES:,} are allowed"
    return None


def _problems(title: str, condition: object, depth: int) -> Problems:
    if not isinstance(condition, dict):
        yield f"{title} is {type_of(condition)}; write {{'type': …, 'params': {{…}}}}"
        return
    if depth > MAX_NESTING:
        yield f"{title} is nested more than {MAX_NESTING} deep; make it flatter"
        return
    yield from _unknown_keys(title, "", condition, ("type", "params"))
    kind = condition.get("type")
    if "type" not in condition:
        yield f"{title} has no type; known are {', '.join(_PARAMS)}"
    elif not isinstance(kind, str) or kind not in _PARAMS:
        yield f"{title} has the unknown type {quoted(kind)}{NearMisses(_PARAMS).hint(str(kind), _KNOWN_TYPES)}"
    else:
        yield from _param_problems(f"{title} ({kind})", _PARAMS[kind], condition.get("params"), depth)


def _param_problems(title: str, rules: Mapping[str, _Rule], params: object, depth: int) -> Problems:
    if not isinstance(params, dict):
        what = "has no params" if params is None else f"has params that are {type_of(params)}"
        yield f"{title} {what}; write {{{', '.join(f'{name!r}: …' for name in rules)}}}"
        return
    yield from _unknown_keys(title, "params ", params, tuple(rules))
    for name, rule in rules.items():
        if name not in params:
            yield f"{title} lacks {name!r} in its params; add it"
        else:
            yield from rule(title, params[name], depth)


def _unknown_keys(title: str, where: str, given: dict[str, Any], known: tuple[str, ...]) -> Problems:
    misses = NearMisses(known)
    for key in given:
        if key not in known:
            hint = misses.hint(key, f"known {'are' if len(known) > 1 else 'is'} {', '.join(known)}")
            yield f"{title}: unknown {where}key {quoted(key)}{hint}"


# -- one rule for each param: (title, the value, how deep the condition is nested)

_Rule = Callable[[str, Any, int], Problems]


def _field(title: str, field: Any, depth: int) -> Problems:
    if not isinstance(field, str):
        yield f"{title}: field is {type_of(field)}; it must be a text like 'data_size' or 'report.rows.0'"
    elif not all(field.split(".")):
        yield f"{title}: field {quoted(field)} has an empty part; separate names with single dots"
    elif len(field) > MAX_FIELD or not field.isprintable():
        yield f"{title}: field {quoted(field)} is not allowed; use up to {MAX_FIELD} printable characters"


def _threshold(title: str, threshold: Any, depth: int) -> Problems:
    if isinstance(threshold, bool) or not isinstance(threshold, int | float | str):
        yield f"{title}: threshold is {type_of(threshold)}; it must be a number or a text"


def _value(title: str, value: Any, depth: int) -> Problems:
    return iter(())  # any JSON is comparable


def _values(title: str, values: Any, depth: int) -> Problems:
    if not isinstance(values, list | tuple):
        yield f"{title}: values is {type_of(values)}; it must be a list"
    elif not 1 <= len(values) <= MAX_VALUES:
        yield f"{title}: values holds {len(values):,} values; 1 to {MAX_VALUES:,} are allowed"


def _pattern(title: str, pattern: Any, depth: int) -> Problems:
    if not isinstance(pattern, str):
        yield f"{title}: pattern is {type_of(pattern)}; it must be a text in RE2 syntax"
        return
    if len(pattern) > MAX_PATTERN:
        yield f"{title}: pattern is {len(pattern):,} characters long; at most {MAX_PATTERN:,} are allowed"
        return
    try:
        compiled(pattern)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace")
        yield f"{title}: pattern {quoted(pattern)} cannot be used: {shorten(reason, 80)}; write it in RE2 syntax"


def _condition(title: str, condition: Any, depth: int) -> Problems:
    yield from _problems(f"{title}: condition", condition, depth + 1)


def _conditions(title: str, conditions: Any, depth: int) -> Problems:
    if not isinstance(conditions, list | tuple):
        yield f"{title}: conditions is {type_of(conditions)}; it must be a list of conditions"
    elif not 1 <= len(conditions) <= MAX_PARTS:
        yield f"{title}: conditions holds {len(conditions):,} conditions; 1 to {MAX_PARTS} are allowed"
    else:
        for number, condition in enumerate(conditions, start=1):
            yield from _problems(f"{title}: part {number}", condition, depth + 1)


_FIELD_AND_VALUE: Mapping[str, _Rule] = {"field": _field, "value": _value}
_PARAMS: Mapping[str, Mapping[str, _Rule]] = {
    **{kind: {"field": _field, "threshold": _threshold} for kind in ORDERINGS},
    "value_equals": _FIELD_AND_VALUE,
    "value_not_equals": _FIELD_AND_VALUE,
    "value_in": {"field": _field, "values": _values},
    "value_contains": _FIELD_AND_VALUE,
    "value_exists": {"field": _field},
    "value_matches": {"field": _field, "pattern": _pattern},
    "all": {"conditions": _conditions},
    "any": {"conditions": _conditions},
    "not": {"condition": _condition},
}
CONDITION_TYPES = tuple(_PARAMS)
_KNOWN_TYPES = f"known are {', '.join(CONDITION_TYPES)}"
