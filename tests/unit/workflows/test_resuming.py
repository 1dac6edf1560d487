"""Which steps run again."""

from __future__ import annotations

import pytest

from celeriac.engine.workflows.definition.definition import WorkflowStep, define_workflow
from celeriac.engine.workflows.progress.execution_retry import (
    Outcome,
    possible_actions,
    steps_to_rerun,
    steps_to_retry,
)
from tests.support.workflows import chain, step


def outcomes(letters: str, **whys: str) -> dict[int, Outcome]:
    return {i: Outcome(letter, whys.get(f"s{i}", "")) for i, letter in enumerate(letters)}


def test_what_has_succeeded_is_kept_when_the_rest_is_retried() -> None:
    workflow = define_workflow("w", chain(4))

    assert list(steps_to_retry(workflow, outcomes("ssfb"))) == [2, 3]


def test_a_clean_up_runs_again_when_what_it_waits_for_is_retried() -> None:
    workflow = define_workflow("w", [step("a"), step("clean_up", after="a", trigger="all_done")])

    assert list(steps_to_retry(workflow, outcomes("fs"))) == [0, 1]


@pytest.mark.parametrize(
    ("letter", "actions"),
    [("p", ["skip", "succeed"]), ("r", ["skip"]), ("s", []), ("t", ["skip", "succeed"])],
)
def test_only_a_clean_up_step_can_be_marked_when_the_execution_is_being_cancelled(
    letter: str, actions: list[str]
) -> None:
    workflow = define_workflow("w", [step("a"), step("clean_up", after="a", trigger="always")])

    def possible(index: int) -> list[str]:
        end, state = Outcome(letter), {"ended": False, "cancelling": True, "has_items": False}
        return possible_actions(workflow.steps[index], end, **state)

    assert (possible(0), possible(1)) == ([], actions)


def test_a_failure_that_was_allowed_stays_when_the_rest_is_retried() -> None:
    workflow = define_workflow("w", [step("a", allow_failure=True), step("b")])

    assert list(steps_to_retry(workflow, outcomes("af"))) == [1]


def test_everything_behind_runs_again_when_a_step_does() -> None:
    workflow = define_workflow("w", [step("a"), step("b", after="a"), step("c")])

    assert list(steps_to_rerun(workflow, outcomes("sss"), 0)) == [0, workflow.index_of("b")]


def test_what_was_not_done_runs_again_when_another_step_does() -> None:
    workflow = define_workflow("w", [step("a"), step("b")])

    assert list(steps_to_rerun(workflow, outcomes("sc"), 0)) == [0, 1]


def test_items_that_succeeded_are_kept_when_only_the_mapped_step_failed() -> None:
    steps = [step("a"), step("b", map_over="a.list")]

    assert steps_to_retry(define_workflow("w", steps), outcomes("sf")) == {1: True}
    assert steps_to_rerun(define_workflow("w", steps), outcomes("sf"), 0) == {0: False, 1: False}


def branching() -> list[WorkflowStep]:
    ways = {"big": {"type": "value_exists", "params": {"field": "big"}, "task": "deep"}}
    return [step("a"), step("choose", conditions=ways), step("deep", after="a")]


def test_a_step_stays_skipped_when_its_branch_does_not_choose_anew() -> None:
    workflow = define_workflow("w", branching())

    assert list(steps_to_rerun(workflow, outcomes("ssk", s2="B"), 0)) == [0]
    assert list(steps_to_rerun(workflow, outcomes("ssk", s2="B"), 1)) == [1, 2]


def test_a_step_stays_skipped_when_a_person_has_said_so() -> None:
    workflow = define_workflow("w", chain(2))

    assert list(steps_to_rerun(workflow, outcomes("sk", s1="H"), 0)) == [0]
    assert list(steps_to_rerun(workflow, outcomes("sk", s1="H"), 1)) == [1]
