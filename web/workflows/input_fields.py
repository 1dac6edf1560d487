"""An input schema as rows: the keys of an input with their types. Pure.

Shows the common keywords; the schema itself is shown beside it for the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

MAX_FIELDS = 100
#: Nested objects that get rows of their own.
MAX_DEPTH = 3
MAX_CHOICES = 6
MAX_VALUE = 40  # characters of a default or a choice

_BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


@dataclass(frozen=True, slots=True, kw_only=True)
class InputField:
    """`name` is dotted (`options.format`), `kind` such as `number ≥ 0, ≤ 1`, `default` JSON or empty."""

    name: str
    kind: str
    required: bool
    description: str
    default: str


def input_fields(schema: dict[str, Any] | None) -> list[InputField]:
    """The first hundred keys of the schema, those of inner objects after the object's own."""
    if schema is None:
        return []
    return list(islice(_fields(schema, _followed(schema, schema), "", 1), MAX_FIELDS))


def _fields(root: dict[str, Any], schema: dict[str, Any], above: str, depth: int) -> Iterator[InputField]:
    required = schema.get("required", [])
    for key, given in schema.get("properties", {}).items():
        rule = _followed(root, given)
        yield InputField(
            name=f"{above}{key}",
            kind=_kind(root, rule),
            required=key in required,
            description=rule.get("description", ""),
            default=_json(rule["default"]) if "default" in rule else "",
        )
        if depth < MAX_DEPTH:
            yield from _fields(root, rule, f"{above}{key}.", depth + 1)


def _followed(root: dict[str, Any], rule: Any) -> dict[str, Any]:
    """The rule itself, or the target of its reference into `$defs`, overridden by the keys beside the reference."""
    if not isinstance(rule, dict):
        return {} if rule else {"not": {}}
    reference = rule.get("$ref", "")
    target = root.get("$defs", {}).get(reference.removeprefix("#/$defs/"))
    return {**target, **rule} if isinstance(target, dict) else rule


def _kind(root: dict[str, Any], rule: dict[str, Any], depth: int = 1) -> str:
    """The rule's type, empty if it has none. A list of lists of … ends at `MAX_DEPTH`."""
    if "const" in rule:
        return _json(rule["const"])
    if "enum" in rule:
        more = [] if len(rule["enum"]) <= MAX_CHOICES else ["…"]
        return " | ".join([*map(_json, rule["enum"][:MAX_CHOICES]), *more])
    if depth > MAX_DEPTH:
        return "…"
    if "type" not in rule:
        given = rule.get("anyOf") or rule.get("oneOf") or ()
        inner = [_kind(root, _followed(root, one), depth + 1) for one in given[:MAX_CHOICES]]
        return " | ".join(dict.fromkeys(inner))
    types = rule["type"] if isinstance(rule["type"], list) else [rule["type"]]
    names = [_list_of(root, rule, depth) if name == "array" else name for name in types]
    bounds = [f"{sign} {rule[keyword]}" for keyword, sign in _BOUNDS.items() if keyword in rule]
    return " ".join([" | ".join(names), ", ".join(bounds)]).strip()


def _list_of(root: dict[str, Any], rule: dict[str, Any], depth: int) -> str:
    inner = _kind(root, _followed(root, rule.get("items", {})), depth + 1)
    if not inner:
        return "array"
    return f"({inner})[]" if " " in inner else f"{inner}[]"


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"
