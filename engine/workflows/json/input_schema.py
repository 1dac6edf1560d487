"""A workflow's input schema: validated when the workflow is registered, and used for the input of every launch. Pure.

JSON Schema Draft 2020-12 as `schema_keywords` implements it; `input_problems` words the messages.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from celeriac.engine.errors import InputProblem
from celeriac.engine.workflows.json.input_problems import problems_of
from celeriac.engine.workflows.json.quoting import quoted
from celeriac.engine.workflows.json.schema_keywords import format_checker, validator_class
from celeriac.engine.workflows.json.schema_references import find_reference_problems

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

MAX_SCHEMA_BYTES = 65_536
MAX_PROBLEMS = 50  # of an input
MAX_SCHEMA_PROBLEMS = 10
#: Cached validators, one for each version of a schema.
_KEPT = 256


def find_schema_problems(schema: dict[str, Any]) -> list[str]:
    """The problems of a schema, as sentences; empty if it can be used. `schema` is plain JSON."""
    size = len(_text(schema).encode())
    if size > MAX_SCHEMA_BYTES:
        return [f"{size:,} bytes of JSON are too many; at most {MAX_SCHEMA_BYTES:,} are allowed"]
    try:
        errors = _messages(_schema_checker().iter_errors(schema), MAX_SCHEMA_PROBLEMS)
        if errors:
            return [problem.message for problem in errors]
        return [*_root_problems(schema), *find_reference_problems(schema)]
    except RecursionError:
        return ["its schemas are nested too deeply; write the inner ones under $defs"]


def check_input(schema: dict[str, Any], value: Any, *, most: int | None = MAX_PROBLEMS) -> list[InputProblem]:
    """The problems of an input, at most `most` (None: all); empty if it matches the schema.

    For valid schemas and JSON values. Pointers are relative to the value.
    """
    try:
        return _messages(_validator(_text(schema)).iter_errors(value), most)
    except RecursionError:
        # Only if a schema refers to itself through many others, at every level of a deep value.
        return [InputProblem(pointer="", message="the input is nested too deeply for the workflow's schema")]


@lru_cache(_KEPT)
def _validator(schema_text: str) -> Validator:
    """Cached by the schema's text, which identifies the version and is immutable."""
    from referencing import Registry

    schema = json.loads(schema_text)
    # With the dialect in it, the library would switch from our keywords to its own at every reference.
    schema.pop("$schema", None)
    return validator_class()(schema, registry=Registry(), format_checker=format_checker())


@cache
def _schema_checker() -> Validator:
    from jsonschema import Draft202012Validator

    formats = Draft202012Validator.FORMAT_CHECKER  # recognises invalid regular expressions
    return Draft202012Validator(Draft202012Validator.META_SCHEMA, format_checker=formats)


def _root_problems(schema: dict[str, Any]) -> Iterator[str]:
    types = schema.get("type", "object")
    if "object" not in (types if isinstance(types, list) else [types]):
        yield f"its type is {quoted(types)}, but an input is always an object; write 'type': 'object'"


def _messages(errors: Iterable[ValidationError], most: int | None) -> list[InputProblem]:
    """The first problems of these errors, without repetition."""
    return list(islice(_each_once(errors), most))


def _each_once(errors: Iterable[ValidationError]) -> Iterator[InputProblem]:
    # The library reports each missing key, but each time with all required keys.
    told: set[tuple[object, ...]] = set()
    seen: set[InputProblem] = set()
    for error in errors:
        if error.validator in ("required", "dependentRequired"):
            place = (*error.absolute_path, None, *error.absolute_schema_path)
            if place in told:
                continue
            told.add(place)
        for problem in problems_of(error):
            if problem not in seen:
                seen.add(problem)
                yield problem


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
