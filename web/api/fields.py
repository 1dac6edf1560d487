"""Declares the fields of bodies and queries. Reports every problem at once, by pointer or parameter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams

from celeriac.engine.workflows.json.offences import pointer_of
from celeriac.engine.workflows.progress.states import WorkflowStatus
from celeriac.web.http.problems import InvalidRequest
from celeriac.words.formats import parse_time


@dataclass(frozen=True, slots=True)
class Check:
    """The type of a value: a check, its name in messages, and its JSON Schema for the description of the API."""

    accepts: Callable[[Any], bool]
    expected: str  # as in "a number is expected"
    schema: dict[str, Any]

    def problem(self, value: Any) -> str | None:
        """The problem of a value, None without one."""
        return None if self.accepts(value) else f"{self.expected} is expected"


@dataclass(frozen=True, slots=True)
class Field:
    """A key of a body or a parameter of a query. The default of a parameter is text."""

    name: str
    check: Check
    default: Any = None
    required: bool = False
    description: str = ""

    @property
    def schema(self) -> dict[str, Any]:
        """Its JSON Schema with description and default."""
        more: dict[str, Any] = {}
        if self.description:
            more["description"] = self.description
        if self.default is not None:
            more["default"] = (
                int(self.default) if self.check.schema.get("type") == "integer" else self.default
            )
        return {**self.check.schema, **more}


def read_body(body: Any, fields: Sequence[Field]) -> dict[str, Any]:
    """The declared fields of a JSON object, with defaults. Raises `InvalidRequest` with every problem."""
    if not isinstance(body, dict):
        raise InvalidRequest([{"pointer": "", "message": "a JSON object is expected"}])
    known = {field.name: field for field in fields}
    errors = []
    for name, value in body.items():
        message = known[name].check.problem(value) if name in known else _unknown(name, known)
        if message:
            errors.append({"pointer": pointer_of([name]), "message": message})
    errors += [
        {"pointer": "", "message": f"the key {field.name!r} is missing"}
        for field in fields
        if field.required and field.name not in body
    ]
    if errors:
        raise InvalidRequest(errors)
    return {field.name: body.get(field.name, field.default) for field in fields}


def read_query(query: QueryParams, fields: Sequence[Field]) -> dict[str, Any]:
    """The declared parameters of a query, as text, with defaults; empty ones count as absent."""
    known = {field.name: field for field in fields}
    errors, values = [], {field.name: field.default for field in fields}
    for name, texts in _grouped(query).items():
        message = _check_parameter(name, texts, known)
        if message:
            errors.append({"pointer": "", "parameter": name, "message": message})
        elif texts[0]:
            values[name] = texts[0]
    if errors:
        raise InvalidRequest(errors)
    return values


def _check_parameter(name: str, texts: list[str], known: Mapping[str, Field]) -> str | None:
    if name not in known:
        return _unknown(name, known)
    if len(texts) > 1:
        return f"{name} is given {len(texts)} times; give it once"
    return known[name].check.problem(texts[0]) if texts[0] else None


def _grouped(query: QueryParams) -> dict[str, list[str]]:
    return {name: query.getlist(name) for name in query}


def _unknown(name: str, known: Collection[str]) -> str:
    return f"unknown key {name[:60]!r}; known are {', '.join(known)}"


# -- checks

an_object = Check(lambda value: isinstance(value, dict), "an object", {"type": "object"})
labels_object = Check(
    an_object.accepts, an_object.expected, {"type": "object", "additionalProperties": {"type": "string"}}
)
true_or_false = Check(lambda value: isinstance(value, bool), "true or false", {"type": "boolean"})
any_text = Check(lambda value: isinstance(value, str), "text", {"type": "string"})
text_or_null = Check(
    lambda value: value is None or isinstance(value, str), "text or null", {"type": ["string", "null"]}
)


def text_of(low: int, high: int) -> Check:
    """Text; the engine checks its length."""
    return Check(any_text.accepts, any_text.expected, {"type": "string", "minLength": low, "maxLength": high})


def number_between(low: float, high: float) -> Check:
    def accepts(value: Any) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high

    schema = {"type": "number", "minimum": low, "maximum": high}
    return Check(accepts, f"a number from {low:,} to {high:,}", schema)


def digits_between(low: int, high: int) -> Check:
    """A whole number in digits, as in a query."""

    def accepts(text: str) -> bool:
        return text.isascii() and text.isdigit() and len(text) <= 9 and low <= int(text) <= high

    schema = {"type": "integer", "minimum": low, "maximum": high}
    return Check(accepts, f"a whole number from {low} to {high}", schema)


def one_of(choices: Sequence[str]) -> Check:
    def accepts(value: Any) -> bool:
        return isinstance(value, str) and value in choices

    return Check(accepts, f"one of {', '.join(choices)}", {"enum": list(choices)})


def list_of(choices: Sequence[str]) -> Check:
    def accepts(value: Any) -> bool:
        good = isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)
        return good and set(value) <= set(choices)

    schema = {"type": "array", "items": {"enum": list(choices)}, "minItems": 1}
    return Check(accepts, f"a list of {', '.join(choices)} with at least one of them", schema)


def _is_time(text: Any) -> bool:
    try:
        return isinstance(text, str) and parse_time(text) is not None
    except ValueError:
        return False


a_time = Check(
    _is_time,
    "a time with its offset, such as 2026-11-22T10:00:00Z,",
    {"type": "string", "format": "date-time"},
)
a_status = one_of([status.value for status in WorkflowStatus])
