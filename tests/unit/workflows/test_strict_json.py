"""What is read as JSON, what is refused, and where."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celeriac.engine.errors import InvalidInput
from celeriac.engine.workflows.json.strict_json import dumps, loads

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@given(VALUES)
def test_a_value_comes_back_when_it_was_written_and_read(value: Any) -> None:
    assert loads(dumps(value)) == value
    assert loads(json.dumps(value)) == value


@given(st.text() | st.binary())
def test_nothing_but_invalid_input_is_raised_when_anything_at_all_is_read(data: str | bytes) -> None:
    try:
        value = loads(data)
    except InvalidInput:
        return
    assert loads(dumps(value)) == value


@given(st.text(alphabet='[]{}",:\\ud8e1N0.-+ntrufalsI \n', max_size=80))
def test_only_what_the_standard_library_reads_is_read_when_the_text_looks_like_json(text: str) -> None:
    try:
        value = loads(text)
    except InvalidInput:
        return
    assert json.loads(text) == value


def test_keys_keep_their_order_and_large_integers_their_digits_when_read() -> None:
    text = '{"b": 123456789012345678901234567890, "a": "\\ud83c\\udf31 \\\\ud800", "c": [[]]}'

    value = loads(text)

    assert list(value) == ["b", "a", "c"]
    assert value == {"b": 123456789012345678901234567890, "a": "🌱 \\ud800", "c": [[]]}


REFUSED: list[tuple[str, str | bytes, str, int | None, int | None, str]] = [
    # what is wrong, text, part of the reason, line, column, pointer
    ("NaN", '{"a": [1,\n NaN]}', "NaN is not JSON", 2, 2, "/a/1"),
    ("Infinity", "[Infinity]", "Infinity is not JSON", 1, 2, "/0"),
    ("-Infinity", '{"x":-Infinity}', "-Infinity is not JSON", 1, 6, "/x"),
    ("a float too large", '{"a": 1, "b": 1e999}', "too large for a JSON number", 1, 15, "/b"),
    ("a float of many digits", "1" * 400 + ".0", "too large for a JSON number", 1, 1, ""),
    ("an escaped lone surrogate", '["a", "\\ud800"]', "lone surrogate", 1, 7, "/1"),
    ("a lone low surrogate", '["\\udc00\\ud800"]', "lone surrogate", 1, 2, "/0"),
    ("a lone surrogate in a key", '{"\\ud800": 1}', "lone surrogate", 1, 2, "/?"),
    ("a lone surrogate in the text", '["\ud800"]', "lone surrogate", 1, 3, ""),
    ("a duplicate key", '{"a": 1,\n "b": 2,\n "a": 3}', "the key 'a' appears twice", 3, 2, "/a"),
    ("a duplicate key, escaped", '{"x": {"a": 1, "\\u0061": 2}}', "the key 'a' appears twice", 1, 16, "/x/a"),
    ("33 levels", "[" * 33 + "]" * 33, "deeper than 32", 1, 33, "/0" * 32 + "/0"),
    ("100,000 levels", "[" * 100_000, "deeper than 32", 1, 33, "/0" * 33),
    ("100,000 levels of objects", '{"a":' * 100_000, "deeper than 32", 1, 161, "/a" * 32 + "/"),
    ("an integer of 1,001 digits", '{"n": -' + "7" * 1001 + "}", "more than 1,000 digits", 1, 7, "/n"),
    ("an integer of 5,000 digits", "7" * 5000, "more than 1,000 digits", 1, 1, ""),
    ("invalid UTF-8", b'{"a":\n "\xff"}', "not UTF-8: byte 0xff", 2, 3, ""),
    ("a surrogate encoded as UTF-8", b'"\xed\xa0\x80"', "not UTF-8: byte 0xed", 1, 2, ""),
    ("a byte order mark", b"\xef\xbb\xbf{}", "byte order mark", 1, 1, ""),
    ("a byte order mark in a string", "\ufeff{}", "byte order mark", 1, 1, ""),
    ("UTF-16", '{"a": 1}'.encode("utf-16"), "not UTF-8", 1, 1, ""),
    ("a trailing comma", '{"a": 1,\n}', "malformed JSON", None, None, ""),
    ("no value", '{"a": }', "malformed JSON: expecting value", 1, 7, ""),
    ("single quotes", "{'a': 1}", "malformed JSON", 1, 2, ""),
    ("a string without end", '{"a": "b', "malformed JSON", 1, 7, ""),
    ("something after the end", '{"a": 1} x', "malformed JSON: extra data", 1, 10, ""),
    ("a line break in a string", '{"a": "b\nc"}', "malformed JSON", 1, 9, ""),
    ("nothing", "", "it is empty", 1, 1, ""),
    ("only white space", b" \n ", "it is empty", 2, 2, ""),
    ("a word", "tru", "malformed JSON", 1, 1, ""),
    ("an end without a beginning", "]" + "[" * 40, "malformed JSON", 1, 1, ""),
    ("NaN after what is malformed", '{"a" NaN', "malformed JSON", 1, 6, ""),
]


@pytest.mark.parametrize(
    ("text", "reason", "line", "column", "pointer"),
    [case[1:] for case in REFUSED],
    ids=[c[0] for c in REFUSED],
)
def test_the_text_is_refused_with_its_place_when_it_holds(
    text: str | bytes, reason: str, line: int | None, column: int | None, pointer: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        loads(text)

    assert reason in str(caught.value)
    assert caught.value.line is not None
    if line is not None:
        assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.pointer == pointer


def test_the_size_is_told_when_the_text_is_too_large() -> None:
    assert loads(b'"' + b"a" * 8 + b'"', max_bytes=10) == "a" * 8

    with pytest.raises(InvalidInput, match="too large: 11 bytes, at most 10"):
        loads('"é' + "a" * 7 + '"', max_bytes=10)


def test_brackets_and_digits_do_not_count_when_they_stand_in_strings() -> None:
    value = ["[" * 100, "\\" + "{" * 100, '"[', "9" * 5000, "NaN", "1e999", "\\ud800"]

    assert loads(json.dumps(value)) == value


def test_thirty_two_levels_and_a_thousand_digits_are_accepted_when_they_are_the_limit() -> None:
    nested = "[" * 32 + "]" * 32
    digits = "9" * 1000

    assert json.dumps(loads(nested)) == nested
    assert loads(digits) == int(digits)
    assert dumps(loads(nested)) == nested.encode()
    assert dumps(loads(digits)) == digits.encode()
    assert loads("[" + "[[]]," * 50 + "0.1" + "1" * 1001 + "]")[-1] == pytest.approx(0.1111111)


class Colour(StrEnum):
    RED = "red"


def test_json_is_compact_utf8_when_written() -> None:
    assert (
        dumps({"é": [1, 2.5, True, None, Colour.RED], "t": (1,)})
        == '{"é":[1,2.5,true,null,"red"],"t":[1]}'.encode()
    )


CYCLE: list[Any] = []
CYCLE.append(CYCLE)


@pytest.mark.parametrize(
    ("value", "reason", "pointer"),
    [
        ({"a": [1, float("nan")]}, "nan is not JSON", "/a/1"),
        ([float("-inf")], "-inf is not JSON", "/0"),
        ({"a": {1: 2}}, "the key 1 is an int; keys must be strings", "/a"),
        ({None: 2}, "the key None is a NoneType", ""),
        ({"a": {1, 2}}, "a set is not JSON", "/a"),
        ({"a/b": {"c~d": b"x"}}, "a bytes is not JSON", "/a~1b/c~0d"),
        ([datetime(2026, 1, 1, tzinfo=UTC)], "a datetime is not JSON", "/0"),
        (Decimal(1), "a Decimal is not JSON", ""),
        (object(), "an object is not JSON", ""),
        (["\ud800"], "lone surrogate", "/0"),
        ({"x": {"\ud800": 1}}, "in a key, a lone surrogate", "/x"),
        (CYCLE, "deeper than 32", "/0" * 32),
        ([10**1000], "more than 1,000 digits", "/0"),
        ([-(10**6000)], "more than 1,000 digits", "/0"),
    ],
)
def test_the_place_is_told_when_a_value_is_not_json(value: Any, reason: str, pointer: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        dumps(value)

    assert reason in str(caught.value)
    assert caught.value.pointer == pointer
    assert str(caught.value).endswith(f"(at {pointer})") == bool(pointer)
