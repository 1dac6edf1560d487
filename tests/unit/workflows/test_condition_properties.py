"""Conditions on any JSON: always an answer or a refusal in words, and in time that grows with the text only."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celeriac.engine.workflows.conditions.conditions import (
    MAX_REASON,
    ORDERINGS,
    NamedCondition,
    Undecidable,
    choose,
    describe,
    evaluate,
)
from celeriac.engine.workflows.conditions.fields import branch_lookup, only_if_lookup
from celeriac.engine.workflows.conditions.rules import DEFAULT, branch_problems, condition_problems

KEYS = st.sampled_from(["a", "b", "0", "é"])
NUMBERS = st.integers() | st.integers(-3, 3) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = (
    st.none() | st.booleans() | NUMBERS | st.text(max_size=20) | st.sampled_from([10**999, -(10**999), "a"])
)
JSON_VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
FIELDS = st.lists(KEYS | st.just("input"), min_size=1, max_size=3).map(".".join)
PATTERNS = st.sampled_from(["a", "^$", r"\d+", "(a|b)*c", r"\pL{3}", "(?i)É", "."])


def _typed(kind: str, **params: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(kind), "params": st.fixed_dictionaries(params)})


SIMPLE_CONDITIONS = st.one_of(
    *(_typed(kind, field=FIELDS, threshold=NUMBERS | st.text(max_size=5)) for kind in ORDERINGS),
    *(
        _typed(kind, field=FIELDS, value=JSON_VALUES)
        for kind in ("value_equals", "value_not_equals", "value_contains")
    ),
    _typed("value_in", field=FIELDS, values=st.lists(JSON_VALUES, min_size=1, max_size=4)),
    _typed("value_exists", field=FIELDS),
    _typed("value_matches", field=FIELDS, pattern=PATTERNS),
)


def _compound(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    several = st.lists(parts, min_size=1, max_size=3)
    return (
        _typed("all", conditions=several) | _typed("any", conditions=several) | _typed("not", condition=parts)
    )


CONDITIONS = st.recursive(SIMPLE_CONDITIONS, _compound, max_leaves=5)

#: Conditions as somebody may write them who has not read anything: some of them fit by chance.
WORDS = st.sampled_from(
    ["type", "params", "field", "threshold", "value", "values", "conditions", "all", "not"]
)
SCRIBBLE = st.recursive(
    SCALARS | WORDS | CONDITIONS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(WORDS, inner, max_size=3)
        | st.fixed_dictionaries({"type": WORDS | inner, "params": inner})
    ),
    max_leaves=8,
)


@given(CONDITIONS, JSON_VALUES, JSON_VALUES)
def test_every_condition_is_answered_or_refused_when_it_meets_any_json(
    condition: dict[str, Any], result: Any, input: Any
) -> None:
    assert list(condition_problems("only_if", condition)) == []
    for lookup in (branch_lookup(result, input), only_if_lookup(["a"], {"a": result}, input)):
        refusal = ""
        try:
            verdict = evaluate(condition, lookup)
        except Undecidable as error:
            refusal = str(error)
        if refusal:
            assert " cannot be decided: " in refusal
        else:
            assert evaluate(condition, lookup) == verdict
            assert 0 < len(verdict.reason) <= MAX_REASON
            assert f" was {str(verdict.holds).lower()}: " in verdict.reason
    assert 0 < len(describe(condition)) <= MAX_REASON


@given(SCRIBBLE, JSON_VALUES)
def test_a_condition_is_told_wrong_or_can_be_evaluated_when_anything_is_written(
    scribble: Any, value: Any
) -> None:
    problems = list(condition_problems("only_if", scribble))

    assert all(problem.startswith("only_if") for problem in problems)
    assert all(problem.startswith("conditions") for problem in branch_problems("conditions", {"x": scribble}))
    if not problems:
        with suppress(Undecidable):
            evaluate(scribble, branch_lookup({"a": value}, value))


@given(st.lists(CONDITIONS | st.none(), min_size=1, max_size=4), JSON_VALUES, JSON_VALUES)
def test_every_step_is_chosen_or_rejected_when_a_branch_is_decided(
    conditions: list[Any], result: Any, input: Any
) -> None:
    ways = [
        NamedCondition(DEFAULT if condition is None else f"c{number}", condition, f"s{number % 3}")
        for number, condition in enumerate(conditions)
    ]

    try:
        choice = choose(ways, result, input)
    except Undecidable:
        return
    named = {way.task for way in ways}
    assert {*choice.rejected, choice.step} - {None} == named
    assert choice.step not in choice.rejected
    assert (choice.step is None) is (choice.name is None)
    assert all(0 < len(reason) <= MAX_REASON for reason in choice.rejected.values())
    if None in conditions:
        assert choice.step is not None


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "^(a|a)*$", "(a|aa)+$", "(.*a){12}$", "(a?){25}a{25}$", "(([a-z])+.)+[A-Z]([a-z])+$"],
)
def test_the_time_grows_no_faster_than_the_text_when_a_pattern_is_hostile(pattern: str) -> None:
    condition = {"type": "value_matches", "params": {"field": "x", "pattern": pattern}}

    def best_of_three(length: int) -> float:
        lookup = branch_lookup({"x": "a" * length + "!"}, {})
        taken = []
        for _ in range(3):
            start = time.perf_counter()
            assert not evaluate(condition, lookup).holds
            taken.append(time.perf_counter() - start)
        return min(taken)

    short, long = best_of_three(5_000), best_of_three(40_000)

    # Eight times the text: a search that looks back takes 64 times as long, or for ever.
    assert long / max(short, 0.000_1) < 40
