"""Input schemas at registration: which are refused, and why."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

from celeriac.engine.workflows.json.input_schema import check_input, find_schema_problems


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ({"type": "array"}, "its type is 'array', but an input is always an object; write 'type': 'object'"),
        ({"type": ["null", "string"]}, "its type is ['null', 'string'], but an input is always an object"),
        ({"type": "objekt"}, 'type: "objekt" is not one of "array", "boolean", '),
        ({"properties": {"a": {"type": "strng"}}}, 'properties.a.type: "strng" is not one of '),
        ({"properties": 5}, "properties: 5 is not an object"),
        ({"properties": {"a": {"pattern": "("}}}, 'properties.a.pattern: "(" is not a valid regular expression'),
        ({"patternProperties": {"(": {}}}, 'patternProperties: "(" is not a valid regular expression'),
        ({"properties": {"a": {"multipleOf": 0}}}, "properties.a.multipleOf: 0 must be more than 0"),
        ({"$ref": "#/$defs/nod", "$defs": {"node": {}}}, "did you mean '#/$defs/node'?"),
        ({"$ref": "#/$defs/a"}, "$ref '#/$defs/a' leads to no schema; write the schema it means under $defs"),
        ({"$ref": "#/required", "required": ["a"]}, "$ref '#/required' leads to no schema"),
        ({"properties": {"a": {"$ref": "#/x-own"}}, "x-own": {"type": 7}}, "'#/x-own' leads to no schema"),
        ({"$dynamicRef": "#meta"}, "$dynamicRef '#meta' leads to no schema"),
        ({"properties": {"a": {"$ref": "https://example.com/a.json"}}}, "schemas are not fetched: copy it under"),
        ({"$ref": "file:///etc/passwd"}, "schemas are not fetched"),
        ({"$ref": "other.json"}, "schemas are not fetched"),
        ({"$ref": "#"}, "circular reference: # -> # (it never goes into the value)"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "is not supported; leave it out or write https"),
        ({"description": "x" * 70_000}, "70,018 bytes of JSON are too many; at most 65,536 are allowed"),
    ],
)  # fmt: skip
def test_the_schema_is_refused_when_inputs_cannot_be_checked_with_it(
    schema: dict[str, Any], problem: str
) -> None:
    [found] = find_schema_problems(schema)

    assert problem in found
    assert len(found) < 300


def test_the_circle_is_told_when_references_never_go_into_the_value() -> None:
    schema = {
        "anyOf": [{"$ref": "#/$defs/a"}],
        "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"not": {"$ref": "#/$defs/a"}}},
    }

    [found] = find_schema_problems(schema)

    assert re.match(r"circular reference: #/\$defs/(a|b) -> #/\$defs/(a|b) -> ", found)


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": ["object", "null"]},
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"},
        {"properties": {"$ref": {"type": "string"}, "$schema": {"type": "string"}}},
        {"properties": {"next": {"$ref": "#"}}},
        {"properties": {"a": {"$ref": "#part"}}, "$defs": {"p": {"$anchor": "part", "type": "string"}}},
        {
            "$id": "https://example.com/a",
            "properties": {"a": {"$ref": "b"}},
            "$defs": {"b": {"$id": "b", "type": "string"}},
        },
        {"x-order": 1, "properties": {"a": {"x-widget": "slider", "format": "own"}}},
    ],
)
def test_the_schema_is_accepted_when_inputs_can_be_checked_with_it(schema: dict[str, Any]) -> None:
    assert find_schema_problems(schema) == []
    assert check_input(schema, {}) == []


def test_every_part_of_a_schema_is_told_when_several_are_wrong() -> None:
    schema = {"properties": {"a": {"minimum": "x"}, "b": {"type": 5}}, "required": "a"}

    assert len(find_schema_problems(schema)) == 3


def test_a_schema_is_checked_or_refused_in_words_when_it_is_as_deep_as_json_may_be() -> None:
    schema: dict[str, Any] = {"type": "object"}
    for _ in range(31):
        schema = {"not": schema}

    assert find_schema_problems(schema) == []
    assert [problem.pointer for problem in check_input(schema, {})] == [""]


def test_the_library_is_not_loaded_when_no_workflow_has_a_schema() -> None:
    program = (
        "import sys; from celeriac.engine.workflows.definition.definition import WorkflowStep, define_workflow; "
        "define_workflow('w', [WorkflowStep('a', 'noop')]); sys.exit('jsonschema' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
