"""Definitions: their order, their version, and the way through JSON."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celeriac.engine.workflows.definition.definition import (
    WorkflowDefinition,
    WorkflowStep,
    define_workflow,
)

JSON_VALUES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=3)
)


@st.composite
def step_lists(draw: st.DrawFn) -> list[WorkflowStep]:
    """Steps without problems, given in any order."""
    size = draw(st.integers(1, 10))
    steps = []
    for index in range(size):
        earlier = draw(st.lists(st.integers(0, index - 1), unique=True, max_size=3)) if index else []
        steps.append(
            WorkflowStep(
                name=f"s{index}",
                task_name=draw(st.sampled_from(["noop", "echo"])),
                parameters=draw(st.dictionaries(st.sampled_from(["x", "é", "a b"]), JSON_VALUES, max_size=2)),
                depends_on=[f"s{other}" for other in earlier],
                retry_count=draw(st.integers(0, 100)),
                timeout=draw(st.integers(1, 604_800)),
                queue=draw(st.sampled_from(["default", "io.intensive"])),
            )
        )
    return draw(st.permutations(steps))


def diamond() -> list[WorkflowStep]:
    return [
        WorkflowStep("join", "noop", {}, ["right", "left"]),
        WorkflowStep("right", "noop", {}, ["start"]),
        WorkflowStep("start", "noop"),
        WorkflowStep("left", "noop", {}, ["start"]),
    ]


@given(step_lists())
def test_dependencies_stand_in_an_earlier_level_when_a_workflow_is_defined(steps: list[WorkflowStep]) -> None:
    definition = define_workflow("w", steps)

    levels = [step.level for step in definition.steps]
    assert levels == sorted(levels)
    assert set(levels) == set(range(1, len(definition.levels) + 1))
    given_names = [step.name for step in steps]
    for index, step in enumerate(definition.steps):
        assert step.index == index == definition.index_of(step.name)
        assert step.level == 1 + max((definition.steps[i].level for i in step.dependencies), default=0)
        assert [definition.steps[i].name for i in step.dependencies] == list(step.depends_on)
        assert all(index in definition.steps[i].dependencies for i in step.dependents)
        assert all(index in definition.steps[i].dependents for i in step.dependencies)
    for number, names in enumerate(definition.levels, start=1):
        assert list(names) == [step.name for step in definition.steps if step.level == number]
        assert list(names) == sorted(names, key=given_names.index)


@given(step_lists())
def test_a_definition_comes_back_when_it_travels_as_json(steps: list[WorkflowStep]) -> None:
    definition = define_workflow("w", steps, "Æ", {"type": "object"}, {"a": [1]})

    assert WorkflowDefinition.from_json(definition.to_json()) == definition
    assert WorkflowDefinition.from_json(definition.to_json().encode()) == definition


def test_what_an_earlier_release_did_not_write_has_its_default_when_it_is_read() -> None:
    definition = define_workflow("w", [WorkflowStep("a", "noop")])
    text = json.loads(definition.to_json())
    del text["priority"]
    text["steps"] = [{"name": "a", "task_name": "noop"}]

    assert WorkflowDefinition.from_json(json.dumps(text)) == definition


@given(step_lists())
def test_the_version_is_the_same_when_the_workflow_is_defined_again(steps: list[WorkflowStep]) -> None:
    again = [WorkflowStep(**asdict(step)) for step in steps]

    version = define_workflow("w", steps).version
    assert define_workflow("other", again, "another text", None, {"x": 1}).version == version
    assert len(version) == 12
    assert int(version, 16) >= 0


@pytest.mark.parametrize(
    "change",
    [
        {"name": "begin"},
        {"task_name": "echo"},
        {"parameters": {"x": 1}},
        {"retry_count": 0},
        {"timeout": 10},
        {"queue": "other"},
    ],
)
def test_the_version_differs_when_behaviour_does(change: dict[str, Any]) -> None:
    plain = WorkflowStep("start", "noop")

    assert define_workflow("w", [plain]).version != define_workflow("w", [replace(plain, **change)]).version
    assert define_workflow("w", [plain]).version != define_workflow("w", [plain], input_schema={}).version


def test_the_version_differs_when_the_order_of_conditions_does() -> None:
    def version(*names: str) -> str:
        return define_workflow(
            "w", [WorkflowStep("a", "noop", {"conditions": dict.fromkeys(names, 1)})]
        ).version

    assert version("small", "large") != version("large", "small")


def test_steps_are_sorted_by_level_then_as_given_when_given_in_any_order() -> None:
    definition = define_workflow("w", diamond())

    assert definition.levels == (("start",), ("right", "left"), ("join",))
    assert [step.name for step in definition.steps] == ["start", "right", "left", "join"]
    assert definition.steps[3].dependencies == (1, 2)
    assert definition.steps[0].dependents == (1, 2)


def test_a_step_without_dependencies_is_made_when_none_are_given() -> None:
    step = WorkflowStep("load", "noop", {"a": 1}, None, 3, 300, "default")  # type: ignore[arg-type]

    assert step.depends_on == []
    assert define_workflow("w", [step]).levels == (("load",),)


def test_a_step_leaves_values_to_its_task_when_only_name_and_task_are_given() -> None:
    assert asdict(WorkflowStep(name="load", task_name="noop")) == {
        "name": "load",
        "task_name": "noop",
        "parameters": {},
        "depends_on": [],
        "retry_count": None,
        "timeout": None,
        "queue": None,
        "retry_on": [],
        "no_retry_on": [],
        "conditions": None,
        "only_if": None,
        "trigger": "none_failed",
        "allow_failure": False,
        "map_over": None,
        "max_parallel": None,
    }


def test_a_definition_stays_as_it_is_when_others_change_what_they_gave_or_got() -> None:
    parameters: dict[str, Any] = {"options": [1]}
    schema: dict[str, Any] = {"type": "object"}
    definition = define_workflow("w", [WorkflowStep("a", "noop", parameters)], "", schema, {"x": [1]})
    text = definition.to_json()

    parameters["options"].append(2)
    schema["type"] = "array"
    definition.steps[0].parameters["options"].append(3)
    definition.view("code")["steps"][0]["parameters"]["options"].append(4)
    definition.view("code")["example_input"]["x"].append(5)

    assert definition.to_json() == text
    with pytest.raises(FrozenInstanceError):
        definition.version = "0"  # type: ignore[misc]


def test_a_missing_name_is_a_key_error_when_looked_up() -> None:
    with pytest.raises(KeyError):
        define_workflow("w", diamond()).index_of("nobody")


def test_the_view_is_the_json_object_of_the_contract_when_asked_for() -> None:
    view = define_workflow("w", diamond(), "Two ways", {"type": "object"}, {"n": 1}).view("code")

    assert json.loads(json.dumps(view)) == view
    assert view["step_count"] == 4
    assert view["levels"] == [["start"], ["right", "left"], ["join"]]
    assert view["source"] == "code"
    assert view["on_failure"] == "stop"
    assert (view["description"], view["input_schema"], view["example_input"]) == (
        "Two ways",
        {"type": "object"},
        {"n": 1},
    )
    assert view["steps"][3] == {
        "name": "join",
        "task_name": "noop",
        "parameters": {},
        "depends_on": ["right", "left"],
        "retry_count": 3,
        "timeout": 300,
        "queue": "default",
        "origins": {"retry_count": "default", "timeout": "default", "queue": "default"},
        "retry_on": [],
        "no_retry_on": [],
        "conditions": [],
        "only_if": None,
        "trigger": "none_failed",
        "allow_failure": False,
        "map_over": None,
        "max_parallel": None,
        "level": 3,
    }


def test_a_chain_of_the_most_steps_is_defined_when_given_backwards() -> None:
    steps = [WorkflowStep(f"s{i}", "noop", {}, [f"s{i + 1}"] if i < 4999 else []) for i in range(5000)]

    definition = define_workflow("chain", steps)

    assert len(definition.levels) == 5000
    assert definition.steps[0].name == "s4999"
    assert WorkflowDefinition.from_json(definition.to_json()) == definition
