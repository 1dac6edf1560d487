"""Definitions that decide: the way through JSON, implicit dependencies and versions of any of them."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celeriac.engine.workflows.definition.definition import (
    WorkflowDefinition,
    WorkflowStep,
    define_workflow,
)
from celeriac.engine.workflows.definition.implicit_dependencies import with_implicit_dependencies
from celeriac.engine.workflows.definition.steps import NONE_FAILED, ON_FAILURE, TRIGGERS
from celeriac.examples.workflows import register_workflows
from tests.unit.workflows.test_condition_properties import CONDITIONS


@st.composite
def deciding_workflows(draw: st.DrawFn) -> list[WorkflowStep]:
    """Steps without problems, given in any order: branches, conditions, triggers and maps wherever they may stand."""
    size = draw(st.integers(1, 7))
    steps: list[WorkflowStep] = []
    chosen: set[int] = set()
    for index in range(size):
        after = draw(st.lists(st.integers(0, index - 1), unique=True, max_size=3)) if index else []
        later = [other for other in range(index + 1, size) if other not in chosen]
        ways = draw(st.lists(st.sampled_from(later), unique=True, max_size=3)) if later else []
        chosen.update(ways)
        entries: dict[str, Any] = {
            f"way {number}": {**draw(CONDITIONS), "task": f"s{way}"} for number, way in enumerate(ways)
        }
        if ways and draw(st.booleans()):
            entries["default"] = {"task": f"s{ways[0]}"}
        among_parameters = draw(st.booleans())
        map_over = draw(st.none() | st.sampled_from(["input.rows", *(f"s{other}" for other in range(index))]))
        steps.append(
            WorkflowStep(
                name=f"s{index}",
                task_name="noop",
                parameters={"conditions": entries} if entries and among_parameters else {},
                conditions=entries if entries and not among_parameters else None,
                depends_on=[f"s{other}" for other in after],
                only_if=draw(st.none() | CONDITIONS),
                trigger=draw(st.sampled_from(TRIGGERS)) if after else NONE_FAILED,
                allow_failure=draw(st.booleans()),
                map_over=map_over,
                max_parallel=draw(st.none() | st.integers(1, 5000)) if map_over else None,
            )
        )
    return draw(st.permutations(steps))


@given(deciding_workflows(), st.sampled_from(ON_FAILURE))
def test_a_definition_comes_back_when_it_decides_and_travels_as_json(
    steps: list[WorkflowStep], on_failure: str
) -> None:
    before = [asdict(step) for step in steps]
    definition = define_workflow("w", steps, on_failure=on_failure)

    again = WorkflowDefinition.from_json(definition.to_json())
    assert again == definition
    assert again.view("code") == definition.view("code")
    assert again.to_json() == definition.to_json()
    assert [asdict(step) for step in steps] == before


@given(deciding_workflows())
def test_what_is_chosen_or_mapped_comes_later_when_a_workflow_decides(steps: list[WorkflowStep]) -> None:
    definition = define_workflow("w", steps)

    for step in definition.steps:
        assert step.level == 1 + max(
            (definition.steps[needed].level for needed in step.dependencies), default=0
        )
        for way in step.branch:
            assert step.index in definition.steps[definition.index_of(way.task)].dependencies
        source = (step.map_over or "input").split(".")[0]
        assert source == "input" or source in step.depends_on
        assert len(set(step.depends_on)) == len(step.depends_on)
        assert step.is_decided is (step.only_if is not None or step.map_over is not None)


@given(deciding_workflows())
def test_the_version_is_the_same_when_implicit_dependencies_are_written_out(
    steps: list[WorkflowStep],
) -> None:
    complete = with_implicit_dependencies(steps)

    assert with_implicit_dependencies(complete) == complete
    assert define_workflow("w", complete) == define_workflow("w", steps)


@given(deciding_workflows(), st.sampled_from(["conditions", "only_if", "allow_failure", "map_over"]))
def test_the_version_differs_when_a_decision_is_taken_away(steps: list[WorkflowStep], name: str) -> None:
    plain = WorkflowStep("s0", "noop")
    bare = [
        replace(
            step, **{name: getattr(plain, name), **({"max_parallel": None} if name == "map_over" else {})}
        )
        for step in steps
    ]

    same = with_implicit_dependencies(bare) == with_implicit_dependencies(steps)
    assert (define_workflow("w", bare).version == define_workflow("w", steps).version) is same


class _Versions:
    """Stands in for the engine: keeps the versions of what is registered."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def register_workflow(self, workflow_id: str, steps: list[WorkflowStep], **options: Any) -> None:
        self.found[workflow_id] = define_workflow(workflow_id, steps, **options).version


@pytest.mark.parametrize(
    ("workflow_id", "version"), [("data_processing", "13550c13fe55"), ("parallel_processing", "c99c3500c018")]
)
def test_the_version_is_that_of_earlier_releases_when_nothing_new_is_used(
    workflow_id: str, version: str
) -> None:
    versions = _Versions()
    register_workflows(versions)

    assert versions.found[workflow_id] == version
