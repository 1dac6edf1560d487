"""A workflow's input schema: checked when the workflow is registered, and every launch's input against it. Pure.

JSON Schema Draft 2020-12 as `schema_keywords` reads it; the words of the problems are those of `input_problems`.
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
#: Validators that are kept, one for each version of a schema.
_KEPT = 256


def find_schema_problems(schema: dict[str, Any]) -> list[str]:
    """What is wrong with a schema, as sentences; empty if inputs can be checked against it. `schema` is plain JSON."""
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
    """What in an input the schema does not allow, at most `most` problems (None: all); empty if it fits.

    For schemas without problems of their own and values that are JSON. Pointers are those within the value.
    """
    try:
        return _messages(_validator(_text(schema)).iter_errors(value), most)
    except RecursionError:
        # Only where a schema refers to itself through many others, at every level of a deep value.
        return [InputProblem(pointer="", message="the input is nested too deeply for the workflow's schema")]


@lru_cache(_KEPT)
def _validator(schema_text: str) -> Validator:
    """Kept by the schema's text: that is what a version is made from, and nobody can change it."""
    from referencing import Registry

    schema = json.loads(schema_text)
    # Naming the dialect would make the library leave our keywords for its own at every reference.
    schema.pop("$schema", None)
    return validator_class()(schema, registry=Registry(), format_checker=format_checker())


@cache
def _schema_checker() -> Validator:
    from jsonschema import Draft202012Validator

    formats = Draft202012Validator.FORMAT_CHECKER  # knows regular expressions that cannot be compiled
    return Draft202012Validator(Draft202012Validator.META_SCHEMA, format_checker=formats)


def _root_problems(schema: dict[str, Any]) -> Iterator[str]:
    types = schema.get("type", "object")
    if "object" not in (types if isinstance(types, list) else [types]):
        yield f"its type is {quoted(types)}, but an input is always an object; write 'type': 'object'"


def _messages(errors: Iterable[ValidationError], most: int | None) -> list[InputProblem]:
    """The first problems of these errors, each once."""
    return list(islice(_each_once(errors), most))


def _each_once(errors: Iterable[ValidationError]) -> Iterator[InputProblem]:
    # The library reports each missing key, but each time with all that are required.
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
