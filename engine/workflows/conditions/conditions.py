"""Conditions: evaluated on results and input. Pure, and never run as code.

A condition is the JSON object that authors write, `{"type": "value_greater_than", "params": {"field", "threshold"}}`.
Every condition that `condition_rules` accepts gives a `Verdict` or raises `Undecidable`, for any JSON. Numbers are
compared with numbers (true is not a number) and strings with strings, by code point; equality is that of JSON.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import re2

from celeriac.engine.workflows.conditions.fields import FieldMissing, Lookup, branch_lookup
from celeriac.engine.workflows.json.quoting import shorten

MAX_REASON = 200  # characters, of reasons and descriptions
_MAX_SUBJECT = 130  # of these: the rest is for the value found
_MAX_VALUE = 40

Condition = Mapping[str, Any]

ORDERINGS: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "value_greater_than": (">", operator.gt),
    "value_greater_or_equal": (">=", operator.ge),
    "value_less_than": ("<", operator.lt),
    "value_less_or_equal": ("<=", operator.le),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` reads "data_size > 1000000 was false: 52,000"."""

    holds: bool
    reason: str


class Undecidable(ValueError):
    """A field is missing or its value cannot be compared; the message has the field and the remedy."""


@dataclass(frozen=True, slots=True)
class NamedCondition:
    """One alternative of a branch: step `task` is chosen if the condition is true, or, without one, if no other is."""

    name: str
    condition: Condition | None
    task: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The decision of a branch. `step` and `name` (of the condition) are None if nothing was chosen."""

    step: str | None
    name: str | None
    rejected: dict[str, str]  # name of a step that does not run → why


def evaluate(condition: Condition, lookup: Lookup) -> Verdict:
    """Whether the condition is true, and why. Raises `Undecidable`."""
    judged = _judge(condition, lookup)
    return Verdict(judged.holds, judged.reason)


def choose(conditions: Iterable[NamedCondition], result: Any, input: Any) -> Choice:
    """The first condition that is true, in order, for the step's result and the input; otherwise the default.

    Later conditions are not evaluated. Raises `Undecidable`, naming the condition.
    """
    lookup = branch_lookup(result, input)
    given = list(conditions)
    chosen: NamedCondition | None = None
    why = "no other condition was true"
    rejected: dict[str, list[str]] = {named.task: [] for named in given}
    for named in (named for named in given if named.condition is not None):
        if chosen is not None:
            break
        try:
            verdict = evaluate(named.condition or {}, lookup)
        except Undecidable as error:
            raise Undecidable(f"condition {named.name!r}: {error}") from None
        if verdict.holds:
            chosen, why = named, verdict.reason
        else:
            rejected[named.task].append(verdict.reason)
    if chosen is None:
        chosen = next((named for named in given if named.condition is None), None)
    instead = [] if chosen is None else [f"{chosen.task} was chosen: {why}"]
    return Choice(
        step=None if chosen is None else chosen.task,
        name=None if chosen is None else chosen.name,
        rejected={
            task: shorten("; ".join(reasons or instead), MAX_REASON)
            for task, reasons in rejected.items()
            if chosen is None or task != chosen.task
        },
    )


def describe(condition: Condition) -> str:
    """The condition as people read it: `data_size > 1000000 and not (kind = "test")`."""
    return shorten(_described(condition), MAX_REASON)


@dataclass(frozen=True, slots=True)
class _Judged:
    holds: bool
    subject: str
    detail: str  # the value found

    @property
    def reason(self) -> str:
        was = "true" if self.holds else "false"
        return shorten(f"{shorten(self.subject, _MAX_SUBJECT)} was {was}: {self.detail}", MAX_REASON)


def _judge(condition: Condition, lookup: Lookup) -> _Judged:
    kind, params = condition["type"], condition["params"]
    if kind == "not":
        judged = _judge(params["condition"], lookup)
        return _Judged(not judged.holds, f"not ({judged.subject})", judged.detail)
    if kind in ("all", "any"):
        details = []
        for part in params["conditions"]:
            judged = _judge(part, lookup)
            if judged.holds is (kind == "any"):
                return judged  # it decides alone, so it is the whole reason
            details.append(judged.detail)
        return _Judged(kind == "all", _described(condition), ", ".join(details))
    subject = _described(condition)
    try:
        value = lookup(params["field"])
    except FieldMissing as missing:
        if kind == "value_exists":
            return _Judged(False, subject, str(missing))
        remedy = "check value_exists first, in an all, if it may be missing"
        raise Undecidable(f"{describe(condition)} cannot be decided: {missing}; {remedy}") from None
    try:
        return _Judged(_holds(kind, params, value), subject, _shown(value))
    except _UnfitError as unfit:
        about = f"{params['field']} is {_kind_of(value)} ({_shown(value)})"
        raise Undecidable(f"{describe(condition)} cannot be decided: {about}, {unfit}") from None


class _UnfitError(Exception):
    """The condition cannot compare a value of this kind."""


def _holds(kind: str, params: Mapping[str, Any], value: Any) -> bool:
    if kind in ORDERINGS:
        return _ordered(ORDERINGS[kind][1], value, params["threshold"])
    if kind == "value_contains":
        return _contains(value, params["value"])
    if kind == "value_matches":
        if not isinstance(value, str):
            raise _UnfitError("and only a text can match")
        return compiled(params["pattern"]).search(value) is not None
    if kind == "value_in":
        return any(_same(value, one) for one in params["values"])
    if kind == "value_exists":
        return True
    return _same(value, params["value"]) is (kind == "value_equals")


def compiled(pattern: str) -> Any:
    """A pattern in RE2 syntax, searched in linear time. Raises `re2.error`."""
    options = re2.Options()
    options.log_errors = False  # the caller reports them
    options.max_mem = 1 << 20  # also limits the size that (a{99}){99} expands to
    return re2.compile(pattern, options)


def _ordered(compare: Callable[[Any, Any], bool], value: Any, threshold: Any) -> bool:
    both_numbers = _is_number(value) and _is_number(threshold)
    if not both_numbers and not (isinstance(value, str) and isinstance(threshold, str)):
        raise _UnfitError(f"which has no order with {_kind_of(threshold)}")
    return compare(value, threshold)


def _contains(value: Any, wanted: Any) -> bool:
    if isinstance(value, list):
        return any(_same(one, wanted) for one in value)
    if not isinstance(value, str | dict):
        raise _UnfitError("which contains nothing; a list, a text or an object does")
    if not isinstance(wanted, str):
        raise _UnfitError(f"which contains texts only, never {_kind_of(wanted)}")
    return wanted in value


def _same(one: Any, other: Any) -> bool:
    """Equality of JSON values: 1 and 1.0 are the same number, true is not a number."""
    if _is_number(one) and _is_number(other):
        return bool(one == other)
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# -- words


def _described(condition: Condition) -> str:
    kind, params = condition["type"], condition["params"]
    if kind == "not":
        return f"not ({_described(params['condition'])})"
    if kind in ("all", "any"):
        parts = params["conditions"]
        if len(parts) == 1:
            return _described(parts[0])
        word = " and " if kind == "all" else " or "
        return word.join(
            f"({_described(part)})" if part["type"] in ("all", "any") else _described(part) for part in parts
        )
    return f"{params['field']} {_asked(kind, params)}"


def _asked(kind: str, params: Mapping[str, Any]) -> str:
    if kind in ORDERINGS:
        return f"{ORDERINGS[kind][0]} {_literal(params['threshold'])}"
    if kind == "value_exists":
        return "exists"
    if kind == "value_matches":
        return f"matches /{params['pattern']}/"
    if kind == "value_in":
        return f"in {_literal(params['values'])}"
    words = {"value_equals": "=", "value_not_equals": "!=", "value_contains": "contains"}
    return f"{words[kind]} {_literal(params['value'])}"


def _literal(value: Any) -> str:
    """A value as written by its author, shortened."""
    if isinstance(value, str):
        return json.dumps(shorten(value, _MAX_VALUE), ensure_ascii=False)
    return shorten(json.dumps(value, ensure_ascii=False), _MAX_VALUE)


def _shown(value: Any) -> str:
    """A value that was found: numbers with thousands separators, lists and objects by their size."""
    if isinstance(value, list):
        return f"{len(value):,} item{'' if len(value) == 1 else 's'}"
    if isinstance(value, dict):
        return f"{len(value):,} key{'' if len(value) == 1 else 's'}"
    return shorten(f"{value:,}", _MAX_VALUE) if _is_number(value) else _literal(value)


def _kind_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a truth value"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else "a number"
