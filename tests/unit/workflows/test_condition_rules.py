"""The rules of conditions: what each sentence says when one is broken."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.engine.workflows.conditions.rules import branch_problems, condition_problems

GREATER = {"type": "value_greater_than", "params": {"field": "size", "threshold": 1}}


def problems_of(condition: Any) -> list[str]:
    return list(condition_problems("only_if", condition))


def changed(**params: Any) -> dict[str, Any]:
    return {"type": "value_greater_than", "params": {**GREATER["params"], **params}}  # type: ignore[dict-item]


def typed(kind: str, **params: Any) -> dict[str, Any]:
    return {"type": kind, "params": params}


def nested(depth: int) -> dict[str, Any]:
    condition: dict[str, Any] = GREATER
    for _ in range(depth - 1):
        condition = typed("not", condition=condition)
    return condition


@pytest.mark.parametrize(
    "condition",
    [
        GREATER,
        changed(threshold="a", field="a.0.b c"),
        typed("value_equals", field="x", value=None),
        typed("value_not_equals", field="x", value={"a": [1]}),
        typed("value_in", field="x", values=[None] * 1000),
        typed("value_contains", field="x", value=[]),
        typed("value_exists", field="x" * 200),
        typed("value_matches", field="x", pattern="(?i)^a+$"),
        typed("all", conditions=[GREATER] * 50),
        typed("any", conditions=(GREATER,)),
        nested(8),
    ],
)
def test_nothing_is_said_when_a_condition_fits(condition: Any) -> None:
    assert problems_of(condition) == []


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ("size > 1", "only_if is a str; write {'type': …, 'params': {…}}"),
        (None, "only_if is a NoneType; write"),
        ({1: 2}, "only_if must be JSON: the key 1 is an int; keys must be strings"),
        (changed(threshold=float("nan")), "only_if must be JSON: nan is not JSON"),
        (
            typed("value_equals", field="x", value="v" * 70_000),
            "bytes of JSON; at most 65,536 are allowed",
        ),
        ({"params": {}}, "only_if has no type; known are value_greater_than, value_greater_or_equal, "),
        (typed("value_greater_then"), "only_if has the unknown type 'value_greater_then'; did you mean"),
        (typed("value_greater_then"), " 'value_greater_than' or "),
        (typed("xyz"), "only_if has the unknown type 'xyz'; known are value_greater_than, "),
        ({"type": 5, "params": {}}, "only_if has the unknown type 5; known are value_greater_than, "),
        ({**GREATER, "parms": {}}, "only_if: unknown key 'parms'; did you mean 'params'?"),
        ({**GREATER, "task": "x"}, "only_if: unknown key 'task'; known are type, params"),
        ({"type": "value_in"}, "only_if (value_in) has no params; write {'field': …, 'values': …}"),
        ({"type": "not", "params": []}, "only_if (not) has params that are a list; write {'condition': …}"),
        (
            changed(treshold=2),
            "only_if (value_greater_than): unknown params key 'treshold'; did you mean 'threshold'?",
        ),
        (typed("value_exists"), "only_if (value_exists) lacks 'field' in its params; add it"),
        (changed(field=5), "field is an int; it must be a text like 'data_size' or 'report.rows.0'"),
        (changed(field=""), "field '' has an empty part; separate names with single dots"),
        (changed(field="a..b"), "field 'a..b' has an empty part"),
        (changed(field="x" * 201), "is not allowed; use up to 200 printable characters"),
        (changed(field="a\nb"), "field 'a\\nb' is not allowed"),
        (changed(threshold=True), "threshold is a bool; it must be a number or a text"),
        (changed(threshold=None), "threshold is a NoneType; it must be a number or a text"),
        (typed("value_in", field="x", values="ab"), "values is a str; it must be a list"),
        (typed("value_in", field="x", values=[]), "values holds 0 values; 1 to 1,000 are allowed"),
        (typed("value_in", field="x", values=[1] * 1001), "values holds 1,001 values"),
        (typed("value_matches", field="x", pattern=1), "pattern is an int; it must be a text in RE2 syntax"),
        (
            typed("value_matches", field="x", pattern="a" * 1001),
            "pattern is 1,001 characters long; at most 1,000",
        ),
        (
            typed("value_matches", field="x", pattern="(a"),
            "pattern '(a' cannot be used: missing ): (a; write it in",
        ),
        (typed("value_matches", field="x", pattern="(?=a)"), "cannot be used: invalid perl operator: (?="),
        (typed("value_matches", field="x", pattern=r"(a)\1"), "cannot be used: invalid escape sequence"),
        (typed("value_matches", field="x", pattern=r"(\pL{99}){99}"), "cannot be used: "),
        (
            typed("all", conditions=GREATER),
            "only_if (all): conditions is a dict; it must be a list of conditions",
        ),
        (typed("any", conditions=[]), "only_if (any): conditions holds 0 conditions; 1 to 50 are allowed"),
        (typed("any", conditions=[GREATER] * 51), "conditions holds 51 conditions"),
        (typed("any", conditions=[GREATER, 5]), "only_if (any): part 2 is an int; write {'type': …"),
        (typed("not", condition=[GREATER]), "only_if (not): condition is a list; write"),
        (nested(9), "condition is nested more than 8 deep; make it flatter"),
    ],
)
def test_the_place_and_the_remedy_are_named_when_a_condition_does_not_fit(
    condition: Any, problem: str
) -> None:
    found = problems_of(condition)

    assert [one for one in found if problem in one]
    assert all(one.startswith("only_if") and len(one) < 350 for one in found)


def test_every_problem_is_told_when_a_condition_has_several() -> None:
    condition = typed("all", conditions=[typed("value_is", field="x"), changed(field=1, threshold=[]), {}])

    assert len(problems_of(condition)) == 4


def test_nothing_is_said_when_a_branch_fits() -> None:
    branch = {"a": {**GREATER, "task": "b"}, "default": {"task": "c"}}

    assert list(branch_problems("conditions", branch)) == []
    assert list(branch_problems("conditions", {f"é {i}": {**GREATER, "task": "b"} for i in range(50)})) == []


@pytest.mark.parametrize(
    ("conditions", "problem"),
    [
        ([GREATER], "conditions is a list; it must be an object of conditions by name"),
        ({}, "conditions holds 0 conditions; 1 to 50 are allowed"),
        ({str(i): {**GREATER, "task": "b"} for i in range(51)}, "conditions holds 51 conditions"),
        ({"a": {1}}, "conditions must be JSON: a set is not JSON"),
        ({"a": "x"}, "conditions: 'a' is a str; write {'type': …, 'params': {…}, 'task': …}"),
        ({"a": GREATER}, "conditions: 'a' names no task; 'task' must be the name of the step it chooses"),
        ({"a": {**GREATER, "task": 1}}, "conditions: 'a' names no task"),
        ({"": {**GREATER, "task": "b"}}, "conditions: '': its name must be 1 to 64 printable characters"),
        ({"n" * 65: {**GREATER, "task": "b"}}, "its name must be 1 to 64 printable characters"),
        ({"a": {"task": "b"}}, "conditions: 'a' has no type"),
        ({"a": {**changed(field=1), "task": "b"}}, "conditions: 'a' (value_greater_than): field is an int"),
        (
            {"default": {**GREATER, "task": "b"}},
            "conditions: 'default' is chosen if no other condition is true, and so has only a task; remove 'type', 'params'",
        ),
    ],
)
def test_the_condition_is_named_when_a_branch_does_not_fit(conditions: Any, problem: str) -> None:
    [found] = branch_problems("conditions", conditions)

    assert found.startswith(problem) or problem in found
