"""JSON in lines that people can read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celeriac.engine.workflows.json.readable_json import readable_json

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@pytest.mark.parametrize("value", [{}, [], "", "é", 1.0, None, {"a": [1, {"b": []}]}])
def test_a_value_stands_on_one_line_when_it_fits(value: Any) -> None:
    assert readable_json(value) == json.dumps(value, ensure_ascii=False)


def test_what_fits_stands_on_one_line_when_the_whole_does_not() -> None:
    value = {"description": "x" * 20, "steps": [{"name": "a"}, {"name": "b", "after": ["a"]}]}

    assert readable_json(value, 40) == (
        "{\n"
        '  "description": "xxxxxxxxxxxxxxxxxxxx",\n'
        '  "steps": [\n'
        '    {"name": "a"},\n'
        '    {"name": "b", "after": ["a"]}\n'
        "  ]\n"
        "}"
    )


def test_outer_levels_are_spread_over_lines_when_they_are_to_be_changed() -> None:
    assert readable_json({"a": [{"b": [1]}], "c": 1}, opened=2) == (
        '{\n  "a": [\n    {"b": [1]}\n  ],\n  "c": 1\n}'
    )


@given(JSON, st.integers(0, 60), st.integers(0, 3))
def test_the_value_is_the_same_when_it_is_read_again(value: Any, width: int, opened: int) -> None:
    assert json.loads(readable_json(value, width, opened=opened)) == value
