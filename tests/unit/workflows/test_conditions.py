"""Conditions: what holds, what cannot be decided, and in which words the answer is given."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.engine.workflows.conditions.conditions import (
    MAX_REASON,
    NamedCondition,
    Undecidable,
    Verdict,
    choose,
    describe,
    evaluate,
)
from celeriac.engine.workflows.conditions.fields import branch_lookup, only_if_lookup


def condition(kind: str, field: str = "x", **params: Any) -> dict[str, Any]:
    return {"type": kind, "params": {"field": field, **params}}


def all_of(*parts: Any) -> dict[str, Any]:
    return {"type": "all", "params": {"conditions": list(parts)}}


def any_of(*parts: Any) -> dict[str, Any]:
    return {"type": "any", "params": {"conditions": list(parts)}}


def negated(part: Any) -> dict[str, Any]:
    return {"type": "not", "params": {"condition": part}}


def verdict_on(given: dict[str, Any], **result: Any) -> Verdict:
    return evaluate(given, branch_lookup(result, {}))


@pytest.mark.parametrize(
    ("kind", "params", "value", "holds"),
    [
        ("value_greater_than", {"threshold": 5}, 6, True),
        ("value_greater_than", {"threshold": 5}, 5, False),
        ("value_greater_than", {"threshold": 2**70}, float(2**70), False),
        ("value_greater_than", {"threshold": 10**900}, 1e300, False),
        ("value_greater_than", {"threshold": "Z"}, "a", True),  # by code point
        ("value_greater_or_equal", {"threshold": 5}, 5.0, True),
        ("value_greater_or_equal", {"threshold": 5}, 4, False),
        ("value_less_than", {"threshold": 5}, 4.9, True),
        ("value_less_than", {"threshold": 5}, 5, False),
        ("value_less_or_equal", {"threshold": "b"}, "b", True),
        ("value_less_or_equal", {"threshold": 5}, 6, False),
        ("value_equals", {"value": 1.0}, 1, True),
        ("value_equals", {"value": 1}, True, False),
        ("value_equals", {"value": None}, None, True),
        ("value_equals", {"value": None}, False, False),
        ("value_equals", {"value": "1"}, 1, False),
        ("value_equals", {"value": {"a": [1, {"b": 0}]}}, {"a": [1.0, {"b": 0}]}, True),
        ("value_equals", {"value": {"a": [1, {"b": 0}]}}, {"a": [1, {"b": False}]}, False),
        ("value_equals", {"value": [1, 2]}, [1], False),
        ("value_equals", {"value": {"a": 1}}, {"b": 1}, False),
        ("value_not_equals", {"value": 1}, True, True),
        ("value_not_equals", {"value": [1]}, [1.0], False),
        ("value_in", {"values": ["a", 1]}, 1.0, True),
        ("value_in", {"values": ["a", 1]}, True, False),
        ("value_contains", {"value": 1}, [0, 1.0], True),
        ("value_contains", {"value": 1}, [0, True], False),
        ("value_contains", {"value": "bc"}, "abcd", True),
        ("value_contains", {"value": "cb"}, "abcd", False),
        ("value_contains", {"value": "a"}, {"a": 1}, True),
        ("value_contains", {"value": "b"}, {"a": 1}, False),
        ("value_exists", {}, None, True),
        ("value_matches", {"pattern": "b+"}, "abbc", True),
        ("value_matches", {"pattern": "^b"}, "abbc", False),
        ("value_matches", {"pattern": r"\pL{2}"}, "日本", True),
    ],
)
def test_the_answer_is_the_documented_one_when_a_value_is_found(
    kind: str, params: dict[str, Any], value: Any, holds: bool
) -> None:
    assert verdict_on(condition(kind, **params), x=value).holds is holds


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (condition("value_greater_than", threshold=1_000_000), "x > 1000000 was false: 52,000"),
        (condition("value_less_or_equal", threshold=1e6), "x <= 1000000.0 was true: 52,000"),
        (condition("value_in", values=["a", 1]), 'x in ["a", 1] was false: 52,000'),
        (condition("value_not_equals", "text", value="é"), 'text != "é" was true: "two\\nlines"'),
        (condition("value_contains", "list", value=3), "list contains 3 was true: 3 items"),
        (condition("value_exists", "list.1"), "list.1 exists was true: true"),
        (condition("value_exists", "y"), "y exists was false: neither the step's result nor the input has y"),
        (condition("value_exists", "list.3"), "list.3 exists was false: neither the step's result nor"),
        (
            condition("value_matches", "text", pattern=r"^t\w+"),
            r'text matches /^t\w+/ was true: "two\nlines"',
        ),
        (condition("value_equals", "object", value={"a": 1}), 'object = {"a": 1} was true: 1 key'),
        (condition("value_equals", "nothing", value=0), "nothing = 0 was false: null"),
        (
            all_of(condition("value_exists"), condition("value_less_than", threshold=7)),
            "x < 7 was false: 52,000",
        ),
        (
            all_of(condition("value_exists"), condition("value_less_than", threshold=1e9)),
            "x exists and x < 1000000000.0 was true: 52,000, 52,000",
        ),
        (
            any_of(condition("value_exists", "y"), condition("value_exists")),
            "x exists was true: 52,000",
        ),
        (
            any_of(condition("value_less_than", threshold=1), condition("value_equals", value=2)),
            "x < 1 or x = 2 was false: 52,000, 52,000",
        ),
        (negated(condition("value_less_than", threshold=7)), "not (x < 7) was true: 52,000"),
        (negated(negated(condition("value_exists"))), "not (not (x exists)) was true: 52,000"),
    ],
)
def test_the_reason_tells_what_was_asked_and_found_when_a_condition_is_evaluated(
    given: dict[str, Any], reason: str
) -> None:
    verdict = verdict_on(given, x=52_000, text="two\nlines", list=[1, True, 3], object={"a": 1}, nothing=None)

    assert verdict.reason.startswith(reason)
    assert len(verdict.reason) <= len(reason) or reason.endswith("nor")


def test_the_reason_keeps_what_was_found_when_everything_is_long() -> None:
    verdict = evaluate(
        condition("value_matches", "f" * 200, pattern="p" * 1000),
        branch_lookup({"f" * 200: "v" * 100_000}, {}),
    )

    assert len(verdict.reason) <= MAX_REASON
    assert 'was false: "vvv' in verdict.reason
    assert len(describe(condition("value_equals", value=["v" * 100_000]))) <= MAX_REASON
    number = verdict_on(condition("value_less_than", threshold=10**999), x=-(10**999))
    assert number.holds
    assert len(number.reason) <= MAX_REASON


def test_parentheses_keep_the_meaning_when_conditions_are_described() -> None:
    one, other = condition("value_exists", "a"), condition("value_exists", "b")

    assert describe(all_of(any_of(one, other), negated(one))) == "(a exists or b exists) and not (a exists)"
    assert describe(any_of(all_of(one))) == "a exists"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            condition("value_greater_than", "y", threshold=1),
            "y > 1 cannot be decided: neither the step's result nor the input has y; "
            "check value_exists first, in an all, if it may be missing",
        ),
        (
            condition("value_greater_than", "text", threshold=1),
            'text > 1 cannot be decided: text is a text ("a"), which has no order with a number',
        ),
        (condition("value_less_than", threshold="1"), "x is a number (5), which has no order with a text"),
        (condition("value_less_than", "yes", threshold=1), "yes is a truth value (true), which has no order"),
        (
            condition("value_contains", value=1),
            "x is a number (5), which contains nothing; a list, a text or",
        ),
        (condition("value_contains", "text", value=1), "which contains texts only, never a number"),
        (
            condition("value_contains", "object", value=None),
            "object is an object (0 keys), which contains texts",
        ),
        (condition("value_contains", "nothing", value=1), "nothing is null (null), which contains nothing"),
        (
            condition("value_matches", "list", pattern="a"),
            "list is a list (1 item), and only a text can match",
        ),
        (condition("value_equals", "y", value=1), "neither the step's result nor the input has y"),
        (negated(condition("value_in", "y", values=[1])), "neither the step's result nor the input has y"),
        (condition("value_equals", "list.01", value=1), "nor the input has list.01"),
        (condition("value_equals", "list.-1", value=1), "nor the input has list.-1"),
        (condition("value_equals", "text.0", value=1), "nor the input has text.0"),
    ],
)
def test_the_field_and_what_was_met_are_named_when_a_condition_cannot_be_decided(
    given: dict[str, Any], message: str
) -> None:
    with pytest.raises(Undecidable) as caught:
        verdict_on(given, x=5, text="a", yes=True, object={}, nothing=None, list=[1])

    assert message in str(caught.value)


def test_a_missing_field_does_no_harm_when_it_is_asked_for_first() -> None:
    guarded = all_of(condition("value_exists", "y"), condition("value_less_than", "y", threshold=1))

    assert not verdict_on(guarded).holds
    assert verdict_on(any_of(negated(condition("value_exists", "y")), guarded)).holds


def test_the_result_wins_when_result_and_input_have_the_field() -> None:
    lookup = branch_lookup({"a": {"b": 1}}, {"a": {"b": 2, "c": 3}, "n": [4]})

    assert [lookup(field) for field in ("a.b", "a.c", "n.0")] == [1, 3, 4]


def test_an_index_is_a_key_when_an_object_is_met() -> None:
    assert branch_lookup([{"0": "a"}], {})("0.0") == "a"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("load.rows", 7),
        ("load", {"rows": 7, "day": "Mon", "input": 0}),
        ("check.0.ok", True),
        ("input.day", "Tue"),
        ("input", {"day": "Tue", "load": 1}),
        ("day", "Tue"),
    ],
)
def test_a_first_part_names_the_place_when_a_step_has_several_dependencies(field: str, value: Any) -> None:
    results = {"load": {"rows": 7, "day": "Mon", "input": 0}, "check": [{"ok": True}]}
    lookup = only_if_lookup(["load", "check"], results, {"day": "Tue", "load": 1})

    assert lookup(field) == value


def test_the_only_result_is_looked_at_before_the_input_when_there_is_one_dependency() -> None:
    lookup = only_if_lookup(["load"], {"load": {"rows": 7, "day": "Mon"}}, {"day": "Tue", "n": 1})

    assert [lookup(field) for field in ("rows", "day", "load.day", "input.day", "n")] == [
        7,
        "Mon",
        "Mon",
        "Tue",
        1,
    ]


@pytest.mark.parametrize(
    ("dependencies", "field", "message"),
    [
        (["load"], "size", "neither the result of load nor the input has size"),
        (["load"], "load.size.a", "the result of load has no size.a"),
        (["load"], "input.size", "the input has no size"),
        (["skipped"], "skipped.size", "the step skipped has no result"),
        (["skipped"], "size", "the input has no size"),
        (["load", "skipped"], "rows", "the input has no rows"),
        ([], "load.rows", "the input has no load.rows"),
    ],
)
def test_the_places_are_named_when_only_if_asks_for_a_missing_field(
    dependencies: list[str], field: str, message: str
) -> None:
    lookup = only_if_lookup(dependencies, {"load": {"rows": 7}}, {})

    with pytest.raises(Undecidable, match=f"cannot be decided: {message}; check value_exists"):
        evaluate(condition("value_equals", field, value=1), lookup)


SIZES = (
    NamedCondition("large", condition("value_greater_than", "size", threshold=1_000_000), "detailed"),
    NamedCondition("small", condition("value_greater_than", "size", threshold=10_000), "quick"),
)


@pytest.mark.parametrize(
    ("size", "step", "name", "rejected"),
    [
        (
            2_000_000,
            "detailed",
            "large",
            {"quick": "detailed was chosen: size > 1000000 was true: 2,000,000"},
        ),
        (52_000, "quick", "small", {"detailed": "size > 1000000 was false: 52,000"}),
        (
            500,
            None,
            None,
            {"detailed": "size > 1000000 was false: 500", "quick": "size > 10000 was false: 500"},
        ),
    ],
)
def test_the_first_condition_that_holds_chooses_when_a_branch_is_decided(
    size: int, step: str | None, name: str | None, rejected: dict[str, str]
) -> None:
    choice = choose(SIZES, {"size": size}, {"size": 1})

    assert (choice.step, choice.name, choice.rejected) == (step, name, rejected)


def test_the_default_is_chosen_when_no_other_condition_holds_wherever_it_stands() -> None:
    ways = [NamedCondition("default", None, "neither"), *SIZES]

    assert choose(ways, {"size": 500}, {}).step == "neither"
    choice = choose(ways, {"size": 52_000}, {})
    assert (choice.step, choice.name) == ("quick", "small")
    assert choice.rejected["neither"] == "quick was chosen: size > 10000 was true: 52,000"


def test_what_comes_after_the_choice_is_not_looked_at_when_it_could_not_be_decided() -> None:
    ways = [*SIZES, NamedCondition("odd", condition("value_exists", "size.x.y"), "other")]
    ways.append(NamedCondition("unknown", condition("value_equals", "nobody", value=1), "last"))

    assert choose(ways, {"size": 52_000}, {}).step == "quick"
    with pytest.raises(Undecidable, match="condition 'unknown': nobody = 1 cannot be decided"):
        choose(ways, {"size": 500}, {})


def test_a_step_is_chosen_or_rejected_once_when_two_conditions_name_it() -> None:
    ways = [SIZES[0], NamedCondition("urgent", condition("value_exists", "urgent"), "detailed"), SIZES[1]]

    assert choose(ways, {"size": 500}, {"urgent": 1}).rejected == {
        "quick": "detailed was chosen: urgent exists was true: 1"
    }
    both = choose(ways, {"size": 52_000}, {})
    assert both.step == "quick"
    assert both.rejected["detailed"].startswith("size > 1000000 was false: 52,000; urgent exists was false")
