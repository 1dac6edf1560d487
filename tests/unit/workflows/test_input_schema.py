"""Inputs against their schema: what is said of each rule, and where."""

from __future__ import annotations

import re
from typing import Any

import pytest

from celeriac.engine.workflows.json.input_schema import MAX_PROBLEMS, check_input, find_schema_problems

ORDER: dict[str, Any] = {
    "type": "object",
    "properties": {"sample_rate": {"type": "number"}, "tags": {"type": "array"}},
    "required": ["sample_rate"],
    "additionalProperties": False,
}


def told(schema: dict[str, Any], value: Any) -> list[tuple[str, str]]:
    assert find_schema_problems(schema) == []
    return [(problem.pointer, problem.message) for problem in check_input(schema, value)]


def about(rule: Any, value: Any) -> str:
    """What is said of the property `it` under this rule; the pointer must be its own."""
    [(pointer, message)] = told({"properties": {"it": rule}}, {"it": value})
    assert pointer == "/it"
    return message.removeprefix("it: ")


# -- one keyword


@pytest.mark.parametrize(
    ("rule", "value", "message"),
    [
        ({"type": "string"}, 7, "7 is not a string"),
        ({"type": "number"}, "7", '"7" is not a number'),
        ({"type": "number"}, True, "true is not a number"),
        ({"type": "integer"}, 1.5, "1.5 is not a whole number"),
        ({"type": "boolean"}, 0, "0 is not true or false"),
        ({"type": "null"}, [], "the list is not null"),
        ({"type": "array"}, {"a": 1}, "the object is not a list"),
        ({"type": "object"}, None, "null is not an object"),
        ({"type": ["integer", "string"]}, 1.5, "1.5 is not a whole number or a string"),
        ({"type": "string"}, 10**999, re.compile(r"1000{30,}…? is not a string|10+… is not a string")),
        ({"enum": ["json", "csv"]}, "xml", '"xml" is not one of "json", "csv"'),
        (
            {"enum": ["json", "csv", "xml"]},
            "jsn",
            '"jsn" is not one of "json", "csv", "xml"; did you mean "json"?',
        ),
        ({"enum": [*range(12)]}, 12, "12 is not one of 0, 1, 2, 3, 4, 5, 6, 7 and 4 more"),
        ({"enum": [1, None, {"a": 1}]}, "x", '"x" is not one of 1, null, {…}'),
        ({"const": "v1"}, "v2", '"v2" is not "v1", the only value allowed'),
        ({"minimum": 0}, -1, "-1 is less than the minimum of 0"),
        ({"maximum": 1}, 1.5, "1.5 is more than the maximum of 1"),
        ({"exclusiveMinimum": 0}, 0, "0 must be more than 0"),
        ({"exclusiveMaximum": 1}, 1, "1 must be less than 1"),
        ({"multipleOf": 2}, 7, "7 is not a multiple of 2"),
        ({"multipleOf": 0.1}, 0.25, "0.25 is not a multiple of 0.1"),
        ({"multipleOf": 0.5}, 10**400 + 0, None),
        ({"minLength": 2}, "a", '"a" has 1 character, fewer than the 2 required'),
        ({"maxLength": 1}, "abc", '"abc" has 3 characters, more than the 1 allowed'),
        ({"pattern": "^[a-z]+$"}, "A", '"A" does not match the pattern ^[a-z]+$'),
        ({"format": "email"}, "nobody", '"nobody" is not an e-mail address'),
        ({"format": "date"}, "2026-13-01", '"2026-13-01" is not a date such as 2026-11-22'),
        ({"format": "date-time"}, "2026-11-22", '"2026-11-22" is not a time such as 2026-11-22T10:00:00Z'),
        (
            {"format": "date-time"},
            "2026-11-32T10:00:00Z",
            '"2026-11-32T10:00:00Z" is not a time such as 2026-11-22T10:00:00Z',
        ),
        ({"format": "ipv4"}, "1.2.3", '"1.2.3" is not an IPv4 address'),
        ({"format": "ipv6"}, "1.2.3.4", '"1.2.3.4" is not an IPv6 address'),
        ({"format": "uuid"}, "1", '"1" is not a UUID'),
        ({"minItems": 1}, [], "the list has 0 items, fewer than the 1 required"),
        ({"maxItems": 1}, [1, 2], "the list has 2 items, more than the 1 allowed"),
        ({"prefixItems": [{}], "items": False}, [1, 2], "the list has 2 items, more than the 1 allowed"),
        ({"contains": {"type": "string"}}, [1], "the list holds no item of the kind that is required"),
        (
            {"contains": {"type": "string"}, "minContains": 2},
            ["a", 1],
            "the list holds fewer than the 2 items required of a certain kind",
        ),
        (
            {"contains": {"type": "string"}, "maxContains": 1},
            ["a", "b"],
            "the list holds more than the 1 items allowed of a certain kind",
        ),
        ({"minProperties": 1}, {}, "the object has 0 keys, fewer than the 1 required"),
        ({"maxProperties": 1}, {"a": 1, "b": 2}, "the object has 2 keys, more than the 1 allowed"),
        ({"not": {"type": "string"}}, "a", '"a" is of a kind that is not allowed here'),
        (False, 1, "1 is not allowed here"),
        ({"unevaluatedProperties": False}, {"a": 1}, "the object has keys that are not allowed here"),
        ({"unevaluatedItems": False}, [1], "the list has items that are not allowed here"),
        ({"if": {"type": "string"}, "then": {"minLength": 2}}, "a", '"a" has 1 character, fewer than the 2 required'),
    ],
)  # fmt: skip
def test_the_value_and_the_rule_are_named_when_they_differ(rule: Any, value: Any, message: Any) -> None:
    if message is None:
        assert told({"properties": {"it": rule}}, {"it": value}) == []
    elif isinstance(message, str):
        assert about(rule, value) == message
    else:
        assert message.fullmatch(about(rule, value))


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ({"multipleOf": 0.1}, 0.3),
        ({"multipleOf": 0.01}, 19.99),
        ({"multipleOf": 2}, True),
        ({"type": "integer"}, 2.0),
        ({"uniqueItems": True}, [1, True, "1", [1], [True], {"a": 1}, {"a": True}]),
        ({"format": "date-time"}, "2026-11-22t10:00:00.5+01:00"),
        ({"format": "date-time"}, 5),
        ({"format": "hostname"}, "not checked"),
    ],
)
def test_the_value_is_accepted_when_people_would(rule: Any, value: Any) -> None:
    assert told({"properties": {"it": rule}}, {"it": value}) == []


# -- where


def test_the_missing_child_is_pointed_at_when_a_key_is_required() -> None:
    schema = {"required": ["a", "b"], "properties": {"c": {"required": ["d"]}}}

    assert sorted(told(schema, {"c": {}})) == [
        ("/a", "a: is required, but missing"),
        ("/b", "b: is required, but missing"),
        ("/c/d", "c.d: is required, but missing"),
    ]


def test_the_other_key_is_named_when_it_makes_one_required() -> None:
    schema = {"dependentRequired": {"user": ["password", "host"]}}

    assert told(schema, {"user": "me", "host": "h"}) == [
        ("/password", 'password: is required where "user" is given, but missing')
    ]


def test_what_was_meant_is_proposed_when_a_key_is_misspelt() -> None:
    assert told(ORDER, {"sampel_rate": 1, "sample_rate": 1}) == [
        ("/sampel_rate", 'sampel_rate: unknown key; did you mean "sample_rate"?')
    ]


def test_known_keys_are_listed_when_an_unknown_one_is_like_none() -> None:
    assert told({**ORDER, "required": []}, {"x": 1, "y": 2}) == [
        ("/x", 'x: unknown key; known are "sample_rate", "tags"'),
        ("/y", 'y: unknown key; known are "sample_rate", "tags"'),
    ]
    assert told({"additionalProperties": False}, {"x": 1}) == [("/x", "x: unknown key; none is known here")]


def test_a_key_that_matches_a_pattern_is_known() -> None:
    schema = {"patternProperties": {"^x-": {"type": "integer"}}, "additionalProperties": False}

    assert told(schema, {"x-a": "1"}) == [("/x-a", 'x-a: "1" is not a whole number')]
    assert told({"patternProperties": {"^x-": False}}, {"x-a": 1}) == [("/x-a", "x-a: 1 is not allowed here")]


def test_the_key_itself_is_meant_when_its_name_is_not_allowed() -> None:
    schema = {"propertyNames": {"maxLength": 3}}

    [problem] = check_input(schema, {"name": 1, "age": 2})

    assert (problem.pointer, problem.at_key) == ("/name", True)
    assert problem.message == (
        'name: this key is not allowed: "name" has 4 characters, more than the 3 allowed'
    )


def test_the_repeating_item_is_pointed_at_when_items_must_differ() -> None:
    schema = {"properties": {"it": {"uniqueItems": True}}}

    assert told(schema, {"it": [1, {"a": [1]}, 1.0, {"a": [1.0]}]}) == [
        ("/it/2", "it[2]: 1.0 repeats the item at index 0"),
        ("/it/3", "it[3]: the object repeats the item at index 1"),
    ]


def test_long_lists_are_checked_when_their_items_are_of_many_types() -> None:
    items = [item for number in range(20_000) for item in (number, str(number), [number])]

    assert told({"properties": {"it": {"uniqueItems": True}}}, {"it": items}) == []


@pytest.mark.parametrize(
    ("value", "pointer", "name"),
    [
        ({"a/b": {"c~d": "x"}}, "/a~1b/c~0d", '["a/b"]["c~d"]'),
        ({"": {"e f": "x"}}, "//e f", '[""]["e f"]'),
        ({"x": [{"y": 1}, {"größe": "x"}]}, "/x/1/größe", "x[1].größe"),
        ({"$a": {"b-c": "x"}}, "/$a/b-c", "$a.b-c"),
        ({"0": {"1": "x"}}, "/0/1", '["0"]["1"]'),
    ],
)
def test_pointer_and_name_lead_to_the_value_when_keys_are_odd(value: Any, pointer: str, name: str) -> None:
    schema = {
        "$ref": "#/$defs/any",
        "$defs": {
            "any": {
                "not": {"const": "x"},
                "additionalProperties": {"$ref": "#/$defs/any"},
                "items": {"$ref": "#/$defs/any"},
            }
        },
    }

    assert told(schema, value) == [(pointer, f'{name}: "x" is of a kind that is not allowed here')]


def test_the_input_is_named_when_it_is_wrong_as_a_whole() -> None:
    assert told({"minProperties": 1}, {}) == [("", "the input has 0 keys, fewer than the 1 required")]


def test_the_message_stays_short_when_names_and_values_are_long() -> None:
    schema = {"additionalProperties": {"additionalProperties": {"type": "integer", "enum": ["y" * 500] * 9}}}

    messages = [message for _, message in told(schema, {"k" * 5000: {"l" * 5000: "x" * 5000}})]

    assert len(messages) == 2
    assert max(map(len, messages)) < 700


# -- alternatives


def test_types_are_joined_when_alternatives_differ_in_type_only() -> None:
    assert about({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "x") == (
        '"x" is not a whole number or null'
    )


def test_forbidden_alternatives_are_passed_over_when_none_fits() -> None:
    assert about({"oneOf": [False, {"type": "string"}]}, 1) == "1 is not a string"
    assert about({"anyOf": [False, False]}, 1) == "1 is not allowed here"


def test_the_alternative_of_that_type_speaks_when_the_others_are_of_another() -> None:
    rule = {"anyOf": [{"enum": ["all", "none"]}, {"type": "array"}, {"type": "null"}]}

    assert about(rule, "al") == '"al" is not one of "all", "none"'


def test_the_deepest_mistake_is_told_when_one_alternative_nearly_fits() -> None:
    rule = {
        "oneOf": [
            {"type": "string"},
            {"type": "object", "properties": {"rate": {"maximum": 1}}, "required": ["rate"]},
        ]
    }

    assert told({"properties": {"it": rule}}, {"it": {"rate": 2}}) == [
        ("/it/rate", "it.rate: 2 is more than the maximum of 1")
    ]


def test_each_alternative_gives_its_reason_when_none_stands_out() -> None:
    kinds = [{"properties": {"kind": {"const": kind}}} for kind in ("csv", "json")]

    assert about({"oneOf": kinds}, {"kind": "xml"}) == (
        'the object fits none of the 2 alternatives (it.kind: "xml" is not "csv", the only value allowed; '
        'or it.kind: "xml" is not "json", the only value allowed)'
    )


def test_too_many_fits_are_told_when_exactly_one_is_allowed() -> None:
    assert about({"oneOf": [{"minimum": 0}, {"minimum": 1}]}, 2) == (
        "2 fits more than one of the alternatives; it must fit exactly one"
    )


# -- many, and large


def test_the_first_fifty_are_told_when_there_are_more() -> None:
    schema = {"properties": {"it": {"items": {"type": "string"}}}}

    problems = told(schema, {"it": list(range(100_000))})

    assert len(problems) == MAX_PROBLEMS
    assert problems[49] == ("/it/49", "it[49]: 49 is not a string")


def test_a_problem_is_told_once_when_several_rules_find_it() -> None:
    assert len(told({"allOf": [ORDER, ORDER, {"required": ["sample_rate"]}]}, {})) == 1


def test_deep_inputs_are_checked_when_the_schema_refers_to_itself() -> None:
    schema = {"properties": {"next": {"$ref": "#"}, "end": {"type": "string"}}}
    value: dict[str, Any] = {"end": 1}
    for _ in range(30):
        value = {"next": value}

    assert [pointer for pointer, _ in told(schema, value)] == ["/next" * 30 + "/end"]


def test_the_input_is_refused_when_schema_and_input_together_are_too_deep() -> None:
    links = {f"d{i}": {"$ref": f"#/$defs/d{i + 1}"} for i in range(600)}
    schema = {"$ref": "#/$defs/d0", "$defs": {**links, "d600": {}}}

    assert told(schema, {}) == [("", "the input is nested too deeply for the workflow's schema")]


def test_references_are_followed_when_the_schema_names_its_dialect() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "properties": {"a": {"$ref": "#/$defs/part"}},
        "$defs": {"part": {"uniqueItems": True, "multipleOf": 0.1}},
    }

    assert told(schema, {"a": 0.3}) == []
    assert told(schema, {"a": [1, 1]}) == [("/a/1", "a[1]: 1 repeats the item at index 0")]
