"""`retry_on` and `no_retry_on` of a step: what they may hold, and what they change."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.engine.errors import InvalidWorkflow
from celeriac.engine.workflows.definition.definition import (
    WorkflowDefinition,
    WorkflowStep,
    define_workflow,
)


def defined(**rules: Any) -> WorkflowDefinition:
    return define_workflow("w", [WorkflowStep("load", "noop", **rules)])


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"retry_on": "ValueError"}, "retry_on is a str; it must be a list of names of exception classes"),
        ({"no_retry_on": {"ValueError"}}, "no_retry_on is a set; it must be a list"),
        ({"retry_on": [ValueError]}, "retry_on holds the class ValueError; write its name, 'ValueError'"),
        ({"retry_on": [int]}, "retry_on holds <class 'int'>; write 'ValueError' or 'package.module.Class'"),
        ({"retry_on": ["not a name"]}, "retry_on holds 'not a name'; write 'ValueError'"),
        ({"retry_on": [""]}, "retry_on holds ''"),
        ({"retry_on": ["shop.errors."]}, "retry_on holds 'shop.errors.'"),
        ({"retry_on": ["A" * 201]}, "retry_on holds 'AAA"),
        ({"retry_on": ["OSError", "OSError"]}, "retry_on names 'OSError' twice; name it once"),
        ({"retry_on": [f"Error{n}" for n in range(51)]}, "retry_on holds 51 names; at most 50"),
        (
            {"retry_on": ["OSError"], "no_retry_on": ["OSError"]},
            "retry_on and no_retry_on both name 'OSError'; keep one",
        ),
    ],
)
def test_the_remedy_is_told_when_a_rule_is_refused(rules: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidWorkflow) as refusal:
        defined(**rules)

    assert f"step 'load': {words}" in str(refusal.value)


def test_every_problem_is_told_when_both_lists_have_some() -> None:
    with pytest.raises(InvalidWorkflow) as refusal:
        defined(retry_on=[1, "x y"], no_retry_on=None, queue="no such queue")

    assert len(refusal.value.problems) == 3


def test_the_version_stays_when_a_step_has_no_rules() -> None:
    """Fixed: definitions that were published by an earlier release keep their version."""
    assert defined().version == defined(retry_on=[], no_retry_on=None).version == "2de3e605680f"


def test_the_version_changes_when_a_step_gets_a_rule() -> None:
    versions = {
        defined().version,
        defined(retry_on=["OSError"]).version,
        defined(no_retry_on=["OSError"]).version,
        defined(no_retry_on=["KeyError"]).version,
    }

    assert len(versions) == 4


def test_the_rules_come_back_when_a_definition_goes_through_json() -> None:
    before = defined(retry_on=["OSError", "shop.errors.Busy"], no_retry_on=["FileNotFoundError"])

    after = WorkflowDefinition.from_json(before.to_json())

    assert after == before
    assert after.steps[0].retry_on == ("OSError", "shop.errors.Busy")
    assert after.steps[0].no_retry_on == ("FileNotFoundError",)


def test_the_rules_are_in_the_view_when_there_are_some_and_when_there_are_none() -> None:
    assert defined(retry_on=["OSError"]).view("code")["steps"][0]["retry_on"] == ["OSError"]
    assert defined().view("code")["steps"][0]["retry_on"] == []
    assert defined().view("code")["steps"][0]["no_retry_on"] == []
