"""The JSON Schema of a definition, made from the fields of `WorkflowStep` and the parameters of `define_workflow`. Pure.

So Python and JSON definitions cannot drift apart. The schema has the keys and the types of their values; the rules of
`validation` check the values.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from celeriac.engine.workflows.definition.definition import define_workflow
from celeriac.engine.workflows.definition.steps import WorkflowStep

Schema = dict[str, Any]

_PLAIN: dict[Any, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    list: "array",
    tuple: "array",
    dict: "object",
    Mapping: "object",
    NoneType: "null",
}


@cache
def definition_schema() -> Schema:
    """The schema of the JSON object that describes a workflow, without the workflow's id."""
    hints = get_type_hints(define_workflow)
    properties = {
        name: _schema(hints[name]) | {"default": default} for name, default in definition_defaults().items()
    }
    steps = {"type": "array", "items": step_schema()}
    return _object({"steps": steps, **properties}, ["steps"])


@cache
def step_schema() -> Schema:
    """The schema of one of its steps."""
    hints, defaults = get_type_hints(WorkflowStep), step_defaults()
    properties = {
        name: _schema(hints[name]) | ({"default": defaults[name]} if name in defaults else {})
        for name in step_fields()
    }
    return _object(properties, _required_fields())


def definition_defaults() -> dict[str, Any]:
    """The default of each key of a definition; without required keys."""
    parameters = inspect.signature(define_workflow).parameters.values()
    return {each.name: each.default for each in parameters if each.default is not inspect.Parameter.empty}


def step_fields() -> tuple[str, ...]:
    """The names of the fields of a step, in order."""
    return tuple(field.name for field in dataclasses.fields(WorkflowStep))


def step_defaults() -> dict[str, Any]:
    """The default of each field of a step; without required fields."""
    plain = WorkflowStep(name="", task_name="")
    required = _required_fields()
    return {name: getattr(plain, name) for name in step_fields() if name not in required}


def _required_fields() -> list[str]:
    missing = dataclasses.MISSING
    fields = dataclasses.fields(WorkflowStep)
    return [each.name for each in fields if each.default is missing and each.default_factory is missing]


def _object(properties: dict[str, Schema], required: list[str]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _schema(hint: Any) -> Schema:
    """Types alone, one level into lists: the rules check the rest."""
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        inner = [_schema(each) for each in get_args(hint)]
        types = [each.get("type") for each in inner]
        return {"type": types} if None not in types else {}
    known = _type_of(origin or hint)
    if known is None:
        return {}
    items = _schema(get_args(hint)[0]) if known == "array" and get_args(hint) else {}
    return {"type": known, "items": items} if items else {"type": known}


def _type_of(cls: Callable[..., Any]) -> str | None:
    if cls in _PLAIN:
        return _PLAIN[cls]
    # A `TypedDict` is an object, too; other types are not restricted.
    return "object" if isinstance(cls, type) and issubclass(cls, dict) else None
