"""JSON Schemas of the engine's views, made from their types, so that the description cannot drift from the code."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import (
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

Schema = dict[str, Any]

_PLAIN: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    Any: {},
}


def schemas_of(*views: type) -> dict[str, Schema]:
    """A schema per view and per nested view, by class name."""
    found: dict[str, Schema] = {}
    for view in views:
        _add(view, found)
    return found


def reference(view: type) -> Schema:
    return {"$ref": f"#/components/schemas/{view.__name__}"}


def _add(view: type, found: dict[str, Schema]) -> Schema:
    if view.__name__ not in found:
        schema = found[view.__name__] = {"type": "object"}
        hints = get_type_hints(view, include_extras=True)
        schema["properties"] = {name: _schema(hint, found) for name, hint in hints.items()}
        # Not from __required_keys__: before Python 3.14 it misses NotRequired in postponed annotations.
        schema["required"] = [name for name, hint in hints.items() if get_origin(hint) is not NotRequired]
    return reference(view)


def _schema(hint: Any, found: dict[str, Schema]) -> Schema:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (NotRequired, Required):
        return _schema(inner[0], found)
    if origin in (Union, UnionType):
        return {"anyOf": [_schema(each, found) for each in inner]}
    if origin is Literal:
        return {"enum": list(inner)}
    if origin is list:
        return {"type": "array", "items": _schema(inner[0], found)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(inner[1], found)}
    if is_typeddict(hint):
        return _add(hint, found)
    return dict(_PLAIN[hint])
