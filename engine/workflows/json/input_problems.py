"""Words the errors of a schema for the author of the input: place, value, rule. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from celeriac.engine.errors import InputProblem
from celeriac.engine.workflows.json.offences import pointer_of
from celeriac.engine.workflows.json.quoting import shorten
from celeriac.engine.workflows.json.schema_keywords import FORMATS

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Path = list[str | int]

MAX_NAME = 80  # characters of the name at the beginning of a message
MAX_PATTERN = 60
MAX_CHOICES = 8  # values, keys or alternatives that a message lists
#: Similar names are searched among at most this many names.
MAX_NAMES = 200

#: A key that needs no quotation marks in a path.
_PLAIN = re.compile(r"[^\W\d][\w-]*|\$\w+")

_TYPES = {
    "object": "an object",
    "array": "a list",
    "string": "a string",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}

#: Schemas contain regular expressions, and are validated with the same messages.
_FORMATS = {**FORMATS, "regex": "a valid regular expression"}


def problems_of(error: ValidationError) -> Iterator[InputProblem]:
    """The problems of an error: one, or one for each missing or unknown key."""
    error = _most_telling(error)
    path = list(error.absolute_path)
    by_key = _BY_KEY.get(str(error.validator))
    if by_key is not None and isinstance(error.instance, dict):
        keys = by_key(error.validator_value, error.instance, error.schema)
        for key, sentence, at_key in keys:
            yield _problem([*path, key], sentence, at_key)
    else:
        yield _problem(path, sentence_of(error), error.validator == "propertyNames")


def sentence_of(error: ValidationError) -> str:
    """The problem without its place; begins with the value."""
    if error.validator == "propertyNames":
        reason = sentence_of(error.cause) if error.cause else "it is not allowed"  # type: ignore[arg-type]
        return f"this key is not allowed: {reason}"
    subject = _shown(error.instance, at_top=not error.absolute_path)
    if error.validator is None:  # the schema is `false`
        return f"{subject} is not allowed here"
    if error.validator in ("anyOf", "oneOf"):
        return f"{subject} {_alternatives(error)}"
    if error.validator == "uniqueItems":
        return f"{subject} repeats the item at index {error.message}"
    say = _SENTENCES.get(str(error.validator))
    if say is None:
        return f"{subject} does not fit what the schema says under {error.validator}"
    return f"{subject} {say(error.validator_value, error.instance, error.schema)}"


def name_of(path: Path) -> str:
    """A path as people write it: `thresholds.speed`, `recipients[0]`, `labels["a b"]`; only its end if it is long."""
    name = ""
    for part in path:
        if isinstance(part, int):
            name += f"[{part}]"
        elif _PLAIN.fullmatch(part):
            name += f".{part}" if name else part
        else:
            name += f"[{quoted_json(part)}]"
    return name if len(name) <= MAX_NAME else "…" + name[1 - MAX_NAME :]


def quoted_json(value: Any) -> str:
    """A value as JSON, shortened; strings are shortened inside their quotation marks."""
    if isinstance(value, str):
        return json.dumps(shorten(value), ensure_ascii=False)
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) and value else "[…]" if value else json.dumps(value)
    return shorten(json.dumps(value))


def _problem(path: Path, sentence: str, at_key: bool) -> InputProblem:
    name = name_of(path)
    message = f"{name}: {sentence}" if name else sentence
    return InputProblem(pointer=pointer_of(path), message=message, at_key=at_key)


def _most_telling(error: ValidationError) -> ValidationError:
    """The most specific error of the alternatives; the error itself if there is none."""
    if error.validator not in ("anyOf", "oneOf") or not error.context:
        return error
    from jsonschema.exceptions import best_match

    best = best_match([error]) or error
    if best.validator not in ("anyOf", "oneOf"):
        return best
    # Alternatives for other types were not meant.
    context = best.context or ()
    others = {None, *(_branch(one) for one in context if one.validator == "type" and not one.path)}
    meant = [one for one in context if _branch(one) not in others]
    if len({_branch(one) for one in meant}) != 1:
        return best
    return _most_telling(best_match(meant) or best)


def _branch(error: ValidationError) -> Any:
    """The index of the alternative that an error comes from; None for the schema `false`, which is never meant."""
    return error.schema_path[0] if error.schema_path else None


def _shown(value: Any, *, at_top: bool) -> str:
    if at_top and isinstance(value, dict | list):
        return "the input"
    if isinstance(value, dict | list):
        return "the object" if isinstance(value, dict) else "the list"
    return quoted_json(value)


def _alternatives(error: ValidationError) -> str:
    """Why none of several schemas matches, or that more than one does."""
    if not error.context:
        return "fits more than one of the alternatives; it must fit exactly one"
    refused = [one for one in error.context if _branch(one) is not None]
    if not refused:
        return "is not allowed here"
    if all(one.validator == "type" and not one.path for one in refused):
        types = [name for one in refused for name in _listed(one.validator_value)]
        return _is_not_of_type(list(dict.fromkeys(types)), error.instance, None)
    reasons: dict[Any, str] = {}
    for one in refused:
        if _branch(one) not in reasons:
            reasons[_branch(one)] = next(problems_of(one)).message
    shown = "; or ".join(list(dict.fromkeys(reasons.values()))[:MAX_CHOICES])
    return f"fits none of the {len(reasons)} alternatives ({shown})"


# -- problems of keys: (key, the problem, whether the key itself is the problem)

ByKey = Callable[[Any, dict[str, Any], Any], Iterator[tuple[str, str, bool]]]


def _missing(required: Any, value: dict[str, Any], schema: Any) -> Iterator[tuple[str, str, bool]]:
    for key in required:
        if key not in value:
            yield key, "is required, but missing", False


def _missing_beside(required: Any, value: dict[str, Any], schema: Any) -> Iterator[tuple[str, str, bool]]:
    for present, needed in required.items():
        for key in needed:
            if present in value and key not in value:
                yield key, f"is required where {quoted_json(present)} is given, but missing", False


def _unknown(allowed: Any, value: dict[str, Any], schema: Any) -> Iterator[tuple[str, str, bool]]:
    known = schema.get("properties", {})
    patterns = list(schema.get("patternProperties", {}))
    for key in value:
        if key not in known and not any(re.search(pattern, key) for pattern in patterns):
            yield key, f"unknown key{_meant(key, list(known))}", True


def _meant(key: str, known: Sequence[str]) -> str:
    near = get_close_matches(key, known[:MAX_NAMES], n=1) if len(key) <= 100 else []
    if near:
        return f"; did you mean {quoted_json(near[0])}?"
    return f"; known are {_some_of(known)}" if known else "; none is known here"


_BY_KEY: dict[str, ByKey] = {
    "required": _missing,
    "dependentRequired": _missing_beside,
    "additionalProperties": _unknown,
}


# -- sentences: the text after the value, for the keyword's value, the value and the schema around it


def _is_not_of_type(wanted: Any, value: Any, schema: Any) -> str:
    return f"is not {' or '.join(_TYPES.get(name, name) for name in _listed(wanted))}"


def _is_no_choice(choices: Any, value: Any, schema: Any) -> str:
    strings = [choice for choice in choices if isinstance(choice, str)]
    near = get_close_matches(value, strings[:MAX_NAMES], n=1) if isinstance(value, str) else []
    meant = f"; did you mean {quoted_json(near[0])}?" if near and len(choices) > 2 else ""
    return f"is not one of {_some_of(choices)}{meant}"


def _counted(what: str, comparison: str) -> Callable[[Any, Any, Any], str]:
    """`has 3 items, more than the 2 allowed`"""

    def sentence(limit: Any, value: Any, schema: Any) -> str:
        ending = "required" if comparison == "fewer" else "allowed"
        return f"has {_number(len(value), what)}, {comparison} than the {limit:,} {ending}"

    return sentence


def _has_surplus_items(rule: Any, value: Any, schema: Any) -> str:
    allowed = len(schema.get("prefixItems", ()))
    return f"has {_number(len(value), 'item')}, more than the {allowed} allowed"


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _some_of(values: Sequence[Any]) -> str:
    shown = ", ".join(map(quoted_json, values[:MAX_CHOICES]))
    return shown if len(values) <= MAX_CHOICES else f"{shown} and {len(values) - MAX_CHOICES} more"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_SENTENCES: dict[str, Callable[[Any, Any, Any], str]] = {
    "type": _is_not_of_type,
    "enum": _is_no_choice,
    "const": lambda wanted, value, schema: f"is not {quoted_json(wanted)}, the only value allowed",
    "minimum": lambda limit, value, schema: f"is less than the minimum of {limit}",
    "maximum": lambda limit, value, schema: f"is more than the maximum of {limit}",
    "exclusiveMinimum": lambda limit, value, schema: f"must be more than {limit}",
    "exclusiveMaximum": lambda limit, value, schema: f"must be less than {limit}",
    "multipleOf": lambda step, value, schema: f"is not a multiple of {step}",
    "minLength": _counted("character", "fewer"),
    "maxLength": _counted("character", "more"),
    "pattern": lambda pattern, value, schema: f"does not match the pattern {shorten(pattern, MAX_PATTERN)}",
    "format": lambda name, value, schema: f"is not {_FORMATS.get(name, name)}",
    "minItems": _counted("item", "fewer"),
    "maxItems": _counted("item", "more"),
    "minProperties": _counted("key", "fewer"),
    "maxProperties": _counted("key", "more"),
    "items": _has_surplus_items,
    "contains": lambda rule, value, schema: "holds no item of the kind that is required",
    "minContains": lambda limit, value, schema: (
        f"holds fewer than the {limit} items required of a certain kind"
    ),
    "maxContains": lambda limit, value, schema: (
        f"holds more than the {limit} items allowed of a certain kind"
    ),
    "not": lambda rule, value, schema: "is of a kind that is not allowed here",
    "unevaluatedProperties": lambda rule, value, schema: "has keys that are not allowed here",
    "unevaluatedItems": lambda rule, value, schema: "has items that are not allowed here",
}
