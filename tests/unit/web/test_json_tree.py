"""JSON for reading: every value as it was stored, outer parts first, and never more than fits in a page."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Template

from celeriac.web.ui.json_tree import MOST_ENTRIES, MOST_NODES, Node, json_tree
from celeriac.web.ui.rendering import environment

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=60,
)


def entries(value: Any) -> list[tuple[str, str]]:
    return [(entry.key, entry.text or entry.count) for entry in json_tree(value).entries]


def view() -> Template:
    return environment().from_string(
        '{% from "components/json.html" import json_section %}{{ json_section("Result", "it", value, "/r.json") }}'
    )


def nodes(node: Node) -> list[Node]:
    return [node, *(each for entry in node.entries for each in nodes(entry))]


def test_numbers_and_order_are_as_stored_whatever_their_size() -> None:
    stored = '{"z":100000000000000000000000000000000000000001,"a":-0.0,"m":1e-07,"b":1e+22,"c":0.1,"n":-12}'

    assert entries(json.loads(stored)) == [
        ("z", "100000000000000000000000000000000000000001"),
        ("a", "-0.0"),
        ("m", "1e-07"),
        ("b", "1e+22"),
        ("c", "0.1"),
        ("n", "-12"),
    ]


@pytest.mark.parametrize("value", [None, True, 0, -0.0, "", "x", [], {}, 10**999])
def test_value_alone_is_its_json_text(value: Any) -> None:
    tree = json_tree(value)

    assert tree.text == json.dumps(value)
    assert not tree.entries


def test_small_parts_stand_on_a_line_and_others_say_how_much_is_in_them() -> None:
    value = {
        "short": [1, 2, 3],
        "empty": {},
        "long": list(range(100)),
        "deep": {"a": {"b": [1]}},
        "one": {"k": "x" * 90},
    }

    assert entries(value) == [
        ("short", "[1, 2, 3]"),
        ("empty", "{}"),
        ("long", "100 entries"),
        ("deep", "1 key"),
        ("one", "1 key"),
    ]


def test_first_levels_are_open_and_large_or_deep_parts_are_closed() -> None:
    tree = json_tree({"few": {"a": {"b": {"c": [[1]]}}}, "many": [[[n]] for n in range(13)]})
    few, many = tree.entries

    assert (tree.opened, few.opened, many.opened) == (True, True, False)
    assert [entry.opened for entry in few.entries] == [False]


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("amount", "amount"),
        ("first name", "first name"),
        ("日本語", "日本語"),
        ("", '""'),
        (" a", '" a"'),
        ('a"b', '"a\\"b"'),
        ("a\nb", '"a\\nb"'),
        ("\ud800", '"\\ud800"'),
    ],
)
def test_key_is_quoted_where_it_could_mislead(key: str, shown: str) -> None:
    assert entries({key: 1}) == [(shown, "1")]


def test_every_part_shows_something_when_one_of_them_is_a_long_list() -> None:
    rows, nested = json_tree(
        {"rows": [{"a": [[n]]} for n in range(90)], "nested": {"a": {"b": {"c": [[1]]}}}}
    ).entries

    assert [entry.key for entry in nested.entries[0].entries] == ["b"]
    assert rows.entries[0].entries


def test_long_string_is_shortened_and_can_be_seen_whole() -> None:
    (entry,) = json_tree({"text": "line\n" * 200}).entries
    (longer,) = json_tree({"text": "x" * 100_000}).entries

    assert entry.text.startswith('"line\\nline')
    assert entry.text.endswith("…")
    assert (entry.whole, entry.unseen) == ("line\n" * 200, 0)
    assert len(longer.whole) + longer.unseen == 100_000


def test_outer_parts_come_first_when_there_is_not_room_for_all() -> None:
    tree = json_tree({f"part{n}": {str(each): [[each]] for each in range(50)} for n in range(50)})

    assert [entry.key for entry in tree.entries] == [f"part{n}" for n in range(50)]
    assert tree.entries[-1].count == "50 keys"
    assert len(nodes(tree)) <= MOST_NODES


@pytest.mark.parametrize(
    "value",
    [
        {"rows": [{"id": n, "name": "n" * 20, "value": n / 7} for n in range(4_000)]},
        list(range(60_000)),
        "é" * 250_000,
        {f"key {n}": "<&'\"" * 40 for n in range(1_500)},
        ["\"&'<" * 100] * 600,
        [[[[[[["x" * 99] * 9] * 9] * 9] * 5] * 3] * 2],
    ],
    ids=["rows", "numbers", "one string", "markup", "markup in a list", "deep"],
)
def test_tree_is_small_and_quick_when_the_value_is_large(value: Any) -> None:
    assert len(json.dumps(value)) > 200_000
    template = view()
    template.render(value=None)
    began = time.process_time()

    html = template.render(value=value)

    assert time.process_time() - began < 0.25
    assert len(html) < 25_000
    assert "in the download" in html or "not shown" in html


def test_number_of_what_is_left_out_is_told() -> None:
    tree = json_tree([[n, [n]] for n in range(1_000)])

    assert tree.left_out == 1_000 - MOST_ENTRIES
    assert f"{1_000 - MOST_ENTRIES} more, " in view().render(value=[[n, [n]] for n in range(1_000)])


@given(JSON)
def test_tree_is_bounded_and_its_counts_are_true_whatever_the_value_is(value: Any) -> None:
    tree = json_tree(value)

    assert len(nodes(tree)) <= MOST_NODES
    for node in nodes(tree):
        assert node.text or node.size == len(node.entries) + node.left_out
        assert node.left_out >= 0
        node.text.encode()


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "{{ 7 * 7 }}", "</span>", "\ud800", "x" * 200 + "<b>"]
)
def test_text_stays_text_when_it_is_markup(text: str) -> None:
    html = view().render(value={text: [text, {text: text}], "list": [[text]]})

    assert "<script>" not in html
    assert "<b></b>" not in html
    assert "x<b>" not in html
    html.encode()
