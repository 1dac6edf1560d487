"""Whatever the schema and the input: problems are found exactly where JSON Schema says there are some."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from celeriac.engine.workflows.json.input_schema import check_input, find_schema_problems
from celeriac.engine.workflows.json.text_positions import located

KEYS = st.sampled_from(["a", "b", "c/d", "e~f", ""])
SCALARS = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 1.0, 2.5, "", "a", "ab", "b1"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
COUNTS = st.integers(0, 3)
TYPES = st.sampled_from(["object", "array", "string", "number", "integer", "boolean", "null"])
PATTERNS = st.sampled_from(["^a", "b", "[0-9]$"])


def keywords(inner: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    """Each keyword that messages explain, with values that often matter for the values above."""
    several = st.lists(inner, min_size=1, max_size=3)
    counted = [f"{side}{what}" for side in ("min", "max") for what in ("Length", "Items", "Properties")]
    limits = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]
    return {
        "type": TYPES | st.lists(TYPES, min_size=1, max_size=2, unique=True),
        "enum": st.lists(VALUES, min_size=1, max_size=3),
        "const": VALUES,
        **dict.fromkeys(counted, COUNTS),
        **dict.fromkeys(limits, st.integers(-2, 2)),
        "multipleOf": st.integers(1, 3),
        "pattern": PATTERNS,
        "required": st.lists(KEYS, max_size=2, unique=True),
        "properties": st.dictionaries(KEYS, inner, max_size=3),
        "patternProperties": st.dictionaries(PATTERNS, inner, max_size=2),
        "additionalProperties": inner,
        "unevaluatedProperties": inner,
        "propertyNames": inner,
        "dependentRequired": st.dictionaries(KEYS, st.lists(KEYS, max_size=2, unique=True), max_size=2),
        "dependentSchemas": st.dictionaries(KEYS, inner, max_size=2),
        "prefixItems": several,
        "items": inner,
        "unevaluatedItems": inner,
        "contains": inner,
        "minContains": COUNTS,
        "maxContains": COUNTS,
        "uniqueItems": st.booleans(),
        **dict.fromkeys(["allOf", "anyOf", "oneOf"], several),
        **dict.fromkeys(["not", "if", "then", "else"], inner),
    }


def some_keywords(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    known = keywords(inner)
    names = st.lists(st.sampled_from(sorted(known)), max_size=3, unique=True)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({name: known[name] for name in chosen}))


SCHEMAS = st.recursive(st.booleans(), some_keywords, max_leaves=12).filter(lambda s: isinstance(s, dict))
INPUTS = st.dictionaries(KEYS, VALUES, max_size=4)


@given(schema=SCHEMAS, value=INPUTS)
def test_an_input_has_problems_exactly_when_it_is_not_valid(schema: dict[str, Any], value: Any) -> None:
    below = {"properties": {"a": schema, "b": schema}}

    for whole in (below, {key: rule for key, rule in schema.items() if key != "type"}):
        assert find_schema_problems(whole) == []
        assert (check_input(whole, value) == []) == Draft202012Validator(whole).is_valid(value)


@given(schema=SCHEMAS, value=INPUTS, indent=st.sampled_from([None, 0, 3]))
def test_every_problem_has_a_sentence_a_pointer_and_a_place(
    schema: dict[str, Any], value: Any, indent: int | None
) -> None:
    text = json.dumps(value, indent=indent)
    problems = check_input({"properties": {"a": schema}, "required": ["c/d"]}, value)

    for problem in located(problems, text):
        assert problem.message.isprintable()
        assert problem.pointer == "" or problem.pointer.startswith("/")
        assert problem.line is not None
        assert problem.column is not None
        line = text.split("\n")[problem.line - 1]
        assert line[problem.column - 1] not in " :,]}"
