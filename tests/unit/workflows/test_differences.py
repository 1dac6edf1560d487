"""What two versions of a definition differ in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celeriac.engine.workflows.definition.bodies import written_definition
from celeriac.engine.workflows.definition.definition import define_workflow
from celeriac.engine.workflows.definition.differences import Differences, differences
from celeriac.engine.workflows.definition.steps import WorkflowStep
from tests.support.workflows import chain, step


def between(older: list[WorkflowStep], newer: list[WorkflowStep], **changes: Any) -> Differences:
    before, after = define_workflow("w", older), define_workflow("w", newer, **changes)
    return differences(written_definition(before), written_definition(after))


def shown(found: Differences) -> dict[str, tuple[str, dict[str, tuple[str | None, str | None]]]]:
    return {
        each.name: (each.change, {field.name: (field.before, field.after) for field in each.fields})
        for each in found.steps
    }


def test_nothing_differs_when_the_versions_are_the_same() -> None:
    assert not between(chain(3), chain(3))


def test_a_step_is_added_or_removed_when_only_one_version_has_it() -> None:
    older, newer = [step("a"), step("b", timeout=5)], [step("a"), step("c", "echo", after="a")]

    assert shown(between(older, newer)) == {
        "c": ("added", {"task_name": (None, '"echo"'), "depends_on": (None, '["a"]')}),
        "b": ("removed", {"task_name": ('"noop"', None), "timeout": ("5", None)}),
    }


def test_the_default_is_shown_when_a_field_was_left_out_before() -> None:
    found = between([step("a", timeout=5)], [step("a", retry_count=0, queue="gpu")])

    assert shown(found) == {
        "a": (
            "changed",
            {"timeout": ("5", "300"), "retry_count": ("3", "0"), "queue": ('"default"', '"gpu"')},
        )
    }


def test_nothing_is_shown_for_a_default_when_it_is_empty() -> None:
    assert shown(between([step("a"), step("b")], [step("a"), step("b", after="a")])) == {
        "b": ("changed", {"depends_on": (None, '["a"]')})
    }


def test_single_parameters_are_named_when_some_differ() -> None:
    older = [step("a", parameters={"same": [1], "rows": 1, "old": True})]
    newer = [step("a", parameters={"same": [1], "rows": 1.5, "new": None})]

    assert shown(between(older, newer)) == {
        "a": (
            "changed",
            {
                "parameters.rows": ("1", "1.5"),
                "parameters.old": ("true", None),
                "parameters.new": (None, "null"),
            },
        )
    }


@pytest.mark.parametrize(("before", "after"), [(1, True), (1, 1.0), ("1", 1), (None, "")])
def test_values_differ_when_only_their_type_does(before: Any, after: Any) -> None:
    found = between([step("a", parameters={"x": before})], [step("a", parameters={"x": after})])

    assert list(shown(found)["a"][1]) == ["parameters.x"]


def test_the_order_of_keys_is_a_difference_when_nothing_else_is() -> None:
    found = between([step("a", parameters={"x": 1, "y": 2})], [step("a", parameters={"y": 2, "x": 1})])

    assert list(shown(found)["a"][1]) == ["parameters"]


def test_the_order_of_steps_is_told_when_it_has_changed() -> None:
    found = between([step("a"), step("b")], [step("b"), step("a")])

    assert (found.reordered, found.steps, bool(found)) == (True, (), True)


def test_fields_of_the_workflow_are_compared_too() -> None:
    found = between(chain(1), chain(1), description="New", priority="high", input_schema={"type": "object"})

    assert {each.name: (each.before, each.after) for each in found.workflow} == {
        "description": (None, '"New"'),
        "priority": ('"normal"', '"high"'),
        "input_schema": (None, '{"type": "object"}'),
    }
    assert found.steps == ()


STEPS = st.lists(
    st.builds(
        step,
        st.sampled_from(["a", "b", "c", "d"]),
        timeout=st.sampled_from([5, 300]),
        parameters=st.dictionaries(st.sampled_from("xy"), st.integers(0, 1)),
    ),
    min_size=1,
    unique_by=lambda each: each.name,
)


@given(STEPS, STEPS)
def test_versions_differ_exactly_when_something_is_told(
    older: list[WorkflowStep], newer: list[WorkflowStep]
) -> None:
    found = between(older, newer)

    same = define_workflow("w", older).version == define_workflow("w", newer).version
    assert bool(found) is not same
    assert not differences(*[written_definition(define_workflow("w", older))] * 2)
