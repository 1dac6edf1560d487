"""What a body or a query may hold, declared. Every problem is reported at once, by pointer or parameter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams

from celeriac.engine.workflows.json.offences import pointer_of
from celeriac.engine.workflows.progress.states import WorkflowStatus
from celeriac.web.http.problems import InvalidRequest
from celeriac.words.formats import parse_time

#: Says what is wrong with a value, or None.
Check = Callable[[Any], str | None]


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    check: Check
    default: Any = None
    required: bool = False


def read_body(body: Any, fields: Sequence[Field]) -> dict[str, Any]:
    """The declared fields of a JSON object, with defaults. Raises `InvalidRequest` with every problem."""
    if not isinstance(body, dict):
        raise InvalidRequest([{"pointer": "", "message": "a JSON object is expected"}])
    known = {field.name: field for field in fields}
    errors = []
    for name, value in body.items():
        message = known[name].check(value) if name in known else _unknown(name, known)
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
    return known[name].check(texts[0]) if texts[0] else None


def _grouped(query: QueryParams) -> dict[str, list[str]]:
    return {name: query.getlist(name) for name in query}


def _unknown(name: str, known: Collection[str]) -> str:
    return f"unknown key {name[:60]!r}; known are {', '.join(known)}"


# -- checks


def an_object(value: Any) -> str | None:
    return None if isinstance(value, dict) else "an object is expected"


def true_or_false(value: Any) -> str | None:
    return None if isinstance(value, bool) else "true or false is expected"


def text_or_null(value: Any) -> str | None:
    return None if value is None or isinstance(value, str) else "text or null is expected"


def number_between(low: float, high: float) -> Check:
    def check(value: Any) -> str | None:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return None if number and low <= value <= high else f"a number from {low:,} to {high:,} is expected"

    return check


def digits_between(low: int, high: int) -> Check:
    def check(text: str) -> str | None:
        whole = text.isascii() and text.isdigit() and len(text) <= 9
        return (
            None if whole and low <= int(text) <= high else f"a whole number from {low} to {high} is expected"
        )

    return check


def a_time(text: Any) -> str | None:
    message = "a time with its offset is expected, such as 2026-11-22T10:00:00Z"
    if not isinstance(text, str):
        return message
    try:
        parse_time(text)
    except ValueError:
        return message
    return None


def one_of(choices: Sequence[str]) -> Check:
    def check(value: Any) -> str | None:
        good = isinstance(value, str) and value in choices
        return None if good else f"one of {', '.join(choices)} is expected"

    return check


def list_of(choices: Sequence[str]) -> Check:
    def check(value: Any) -> str | None:
        good = isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)
        good = good and set(value) <= set(choices)
        return None if good else f"a list of {', '.join(choices)} is expected, with at least one of them"

    return check


a_status = one_of([status.value for status in WorkflowStatus])


def any_text(value: Any) -> str | None:
    return None if isinstance(value, str) else "text is expected"
