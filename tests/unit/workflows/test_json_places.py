"""From a problem's pointer to the line and column in the text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celeriac.engine.errors import InputProblem
from celeriac.engine.workflows.json.offences import pointer_of
from celeriac.engine.workflows.json.text_positions import located

TEXT = """{
  "name": "größe", "rate": -1.5e3,
  "list": [1, true, {"a/b": null, "c~d": [[]]}],
  "empty": {}, "": {"0": "x"},
  "esc\\u0061ped \\"quote\\" {": [ "]}" , false ]
}"""


def place(text: str, pointer: str, *, at_key: bool = False, below: str = "") -> str:
    """The rest of the line from the place on."""
    [found] = located([InputProblem(pointer=pointer, message="m", at_key=at_key)], text, below=below)
    assert found.line is not None
    assert found.column is not None
    return text.split("\n")[found.line - 1][found.column - 1 :]


@pytest.mark.parametrize(
    ("pointer", "rest"),
    [
        ("", "{"),
        ("/name", '"größe", '),
        ("/rate", "-1.5e3,"),
        ("/list", "[1, true"),
        ("/list/0", "1, true"),
        ("/list/1", 'true, {"a/b"'),
        ("/list/2", '{"a/b"'),
        ("/list/2/a~1b", "null, "),
        ("/list/2/c~0d", "[[]]"),
        ("/list/2/c~0d/0", "[]]"),
        ("/empty", '{}, ""'),
        ("/", '{"0": "x"}'),
        ("//0", '"x"}'),
        ('/escaped "quote" {/0', '"]}" , false'),
        ('/escaped "quote" {/1', "false ]"),
    ],
)
def test_the_value_is_found_when_the_pointer_leads_to_one(pointer: str, rest: str) -> None:
    assert place(TEXT, pointer).startswith(rest)


@pytest.mark.parametrize(
    ("pointer", "rest"),
    [("/list/2/missing", '{"a/b"'), ("/empty/a/b/c", "{}, "), ("/missing", "{"), ("/list/7", "[1, true")],
)
def test_the_nearest_thing_around_is_found_when_the_value_is_missing(pointer: str, rest: str) -> None:
    assert place(TEXT, pointer).startswith(rest)


def test_the_key_is_found_when_the_problem_is_about_the_key() -> None:
    assert place(TEXT, "/list/2/c~0d", at_key=True).startswith('"c~d": ')
    assert place(TEXT, "/list/0", at_key=True).startswith("1, true")


def test_the_input_is_found_when_the_text_is_the_input_or_a_body_around_it() -> None:
    assert place('{"a": 1}', "/input/a", below="/input") == "1}"
    assert place('{"note": "a", "input": {"a": 1}}', "/input/a") == "1}}"
    assert place('{"note": "a"}', "/input/a") == '{"note": "a"}'


def test_problems_come_in_the_order_of_their_places() -> None:
    pointers = ["/rate", "/list/2", "/name", "/list/0"]

    found = located([InputProblem(pointer=pointer, message="m") for pointer in pointers], TEXT)

    assert [problem.pointer for problem in found] == ["/name", "/rate", "/list/0", "/list/2"]


def test_every_problem_keeps_its_place_when_several_have_the_same_pointer() -> None:
    found = located([InputProblem(pointer="/rate", message=message) for message in "ab"], TEXT)

    assert [(problem.message, problem.line, problem.column) for problem in found] == [
        ("a", 2, 28),
        ("b", 2, 28),
    ]


def every_value(value: Any, path: list[str | int]) -> list[tuple[list[str | int], Any]]:
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    found = [pair for key, item in inner for pair in every_value(item, [*path, key])]
    return [(path, value), *found]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(value=JSON, indent=st.sampled_from([None, 2]), ascii_only=st.booleans())
def test_every_value_is_found_where_it_begins(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    lines = text.split("\n")
    for path, inner in every_value(value, []):
        [found] = located([InputProblem(pointer=pointer_of(path), message="m")], text)
        assert found.line is not None
        assert found.column is not None
        rest = "\n".join([lines[found.line - 1][found.column - 1 :], *lines[found.line :]])
        assert json.JSONDecoder().raw_decode(rest)[0] == inner
