"""An input schema as rows of a table."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.examples.input_schemas import DATA_PROCESSING_INPUT
from celeriac.web.workflows.input_fields import MAX_FIELDS, input_fields


def kind(rule: Any, **definitions: Any) -> str:
    (field,) = input_fields({"properties": {"it": rule}, "$defs": definitions})
    return field.kind


def test_every_key_is_a_row_when_objects_lie_within_objects() -> None:
    fields = input_fields({**DATA_PROCESSING_INPUT, "required": ["dataset_id"]})

    assert [(field.name, field.kind, field.required, field.default) for field in fields] == [
        ("dataset_id", "integer | string", True, ""),
        ("processing_options", "object", False, ""),
        ("processing_options.quality_threshold", "number ≥ 0, ≤ 1", False, "0.95"),
        ("processing_options.output_format", '"json" | "csv"', False, ""),
        ("notification_recipients", "string[]", False, ""),
    ]
    assert fields[0].description == "Shown on the report"


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        ({}, ""),
        (True, ""),
        (False, ""),
        ({"const": "v1"}, '"v1"'),
        ({"enum": [1, None, True]}, "1 | null | true"),
        ({"enum": list(range(9))}, "0 | 1 | 2 | 3 | 4 | 5 | …"),
        ({"type": "array"}, "array"),
        ({"type": "array", "items": {"type": ["integer", "null"]}}, "(integer | null)[]"),
        ({"type": "array", "items": {"type": "array", "items": {"type": "string"}}}, "string[][]"),
        ({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 9}, "integer > 0, < 9"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "integer | null"),
        ({"$ref": "#/$defs/size"}, "integer ≥ 1"),
        ({"$ref": "#/$defs/missing"}, ""),
        ({"$ref": "#/$defs/lists"}, "…[][][]"),
        ({"const": "x" * 100}, '"' + "x" * 38 + "…"),
    ],
)
def test_the_type_is_shown_in_short_when_a_rule_says_it(rule: Any, shown: str) -> None:
    definitions = {
        "size": {"type": "integer", "minimum": 1},
        "lists": {"type": "array", "items": {"$ref": "#/$defs/lists"}},
    }

    assert kind(rule, **definitions) == shown


def test_rows_end_when_a_schema_refers_to_itself() -> None:
    schema = {"$ref": "#/$defs/node", "$defs": {"node": {"properties": {"next": {"$ref": "#/$defs/node"}}}}}

    assert [field.name for field in input_fields(schema)] == ["next", "next.next", "next.next.next"]


def test_no_rows_are_shown_when_there_is_no_schema_and_a_hundred_when_it_names_many_keys() -> None:
    assert input_fields(None) == []
    assert len(input_fields({"properties": {f"k{n}": {} for n in range(500)}})) == MAX_FIELDS
