"""Steps that decide, react and fan out: what they imply, how they travel, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from celeriac.engine.errors import InvalidWorkflow
from celeriac.engine.workflows.conditions.conditions import NamedCondition
from celeriac.engine.workflows.definition.definition import (
    WorkflowDefinition,
    WorkflowStep,
    define_workflow,
)

LARGE = {"type": "value_greater_than", "params": {"field": "size", "threshold": 10}}


def step(name: str, *after: str, **fields: Any) -> WorkflowStep:
    return WorkflowStep(name, "noop", depends_on=list(after), **fields)


def way(task: str) -> dict[str, Any]:
    return {**LARGE, "task": task}


def problems_of(*steps: WorkflowStep, **options: Any) -> list[str]:
    with pytest.raises(InvalidWorkflow) as caught:
        define_workflow("w", steps, **options)
    return caught.value.problems


def branch_and_join(*, among_parameters: bool = False) -> list[WorkflowStep]:
    conditions = {"big": way("slow"), "default": {"task": "fast"}}
    given = {"parameters": {"conditions": conditions}} if among_parameters else {"conditions": conditions}
    return [step("fast"), step("slow"), step("check", **given), step("join", "fast", "slow")]


@pytest.mark.parametrize("among_parameters", [True, False])
def test_the_steps_named_wait_for_the_branch_when_a_step_has_conditions(among_parameters: bool) -> None:
    steps = branch_and_join(among_parameters=among_parameters)
    definition = define_workflow("w", steps)

    check, fast, slow, join = definition.steps
    assert definition.levels == (("check",), ("fast", "slow"), ("join",))
    assert (fast.depends_on, slow.depends_on, join.depends_on) == (("check",), ("check",), ("fast", "slow"))
    assert check.branch == (NamedCondition("big", LARGE, "slow"), NamedCondition("default", None, "fast"))
    assert (fast.branch, check.is_decided) == ((), False)
    assert check.parameters == steps[2].parameters
    assert (check.conditions is None) is among_parameters
    assert steps[0].depends_on == []  # what people gave stays as it is
    assert definition.view("code")["steps"][0]["conditions"] == [
        {"name": "big", **LARGE, "task": "slow"},
        {"name": "default", "task": "fast"},
    ]


@pytest.mark.parametrize(
    "conditions", [{}, [way("a")], "x", {"a": 1}, {"a": way("start"), "b": LARGE}, {"a": LARGE}]
)
def test_conditions_are_the_tasks_own_when_they_name_no_steps(conditions: Any) -> None:
    definition = define_workflow("w", [step("start", parameters={"conditions": conditions})])

    assert definition.steps[0].branch == ()
    assert definition.steps[0].parameters == {"conditions": conditions}


def test_both_are_kept_when_the_parameter_is_the_tasks_own() -> None:
    given = step("check", parameters={"conditions": [1]}, conditions={"a": way("end")})
    definition = define_workflow("w", [given, step("end")])

    assert WorkflowDefinition.from_json(definition.to_json()) == definition
    assert definition.steps[0].conditions == {"a": way("end")}
    assert definition.steps[0].parameters == {"conditions": [1]}


def test_the_list_is_waited_for_when_a_step_is_mapped_over_it() -> None:
    definition = define_workflow(
        "w", [step("each", map_over="load.rows.0"), step("load"), step("own", map_over="input.rows")]
    )

    each = definition.steps[definition.index_of("each")]
    own = definition.steps[definition.index_of("own")]
    assert (each.depends_on, each.level, each.is_decided) == (("load",), 2, True)
    assert (own.depends_on, own.level, own.is_decided) == ((), 1, True)


def test_a_dependency_stands_once_when_it_is_implicit_and_named() -> None:
    steps = [
        step("check", conditions={"a": way("each")}),
        step("load"),
        step("each", "load", "check", map_over="load"),
    ]
    implicit = [*steps[:2], step("each", "load", map_over="load")]

    definition = define_workflow("w", steps)
    assert definition.steps[2].depends_on == ("load", "check")
    assert define_workflow("w", implicit).version == definition.version


def test_only_if_is_a_dict_of_the_callers_own_when_it_is_read() -> None:
    [definition] = define_workflow("w", [step("a", only_if=LARGE)]).steps

    assert definition.only_if == LARGE
    assert definition.is_decided
    assert definition.only_if is not definition.only_if


def test_nothing_is_chosen_when_the_text_is_older_than_branches() -> None:
    definition = define_workflow("w", branch_and_join(among_parameters=True))
    text = json.loads(definition.to_json())
    text["steps"][1]["depends_on"] = text["steps"][2]["depends_on"] = []

    assert [step.branch for step in WorkflowDefinition.from_json(json.dumps(text)).steps] == [()] * 4


@pytest.mark.parametrize(
    "changes",
    [
        {"conditions": {"a": way("other")}},
        {"only_if": LARGE},
        {"trigger": "all_done"},
        {"trigger": "always"},
        {"allow_failure": True},
        {"map_over": "input.rows"},
        {"map_over": "input.rows", "max_parallel": 3},
    ],
)
def test_text_and_version_differ_only_when_a_field_is_used(changes: dict[str, Any]) -> None:
    def defined(**fields: Any) -> WorkflowDefinition:
        return define_workflow("w", [step("start"), step("a", "start", **fields), step("other")])

    plain, used = defined(), defined(**changes)
    assert used.version != plain.version
    assert WorkflowDefinition.from_json(used.to_json()) == used
    assert all(f'"{name}"' not in plain.to_json() for name in changes)
    shown = used.view("code")["steps"][used.index_of("a")]
    assert all(shown[name] == value for name, value in changes.items() if name != "conditions")  # type: ignore[literal-required]


def test_the_order_of_conditions_is_part_of_the_version_when_it_differs() -> None:
    def version(*names: str) -> str:
        conditions = {name: way("b") for name in names}
        return define_workflow("w", [step("a", conditions=conditions), step("b")]).version

    assert version("x", "y") != version("y", "x")


def test_on_failure_is_part_of_text_and_version_when_it_is_not_stop() -> None:
    plain, stop = define_workflow("w", [step("a")]), define_workflow("w", [step("a")], on_failure="stop")
    other = define_workflow("w", [step("a")], on_failure="continue")

    assert stop.version == plain.version != other.version
    assert "on_failure" not in plain.to_json()
    assert (plain.on_failure, other.on_failure, other.view("code")["on_failure"]) == (
        "stop",
        "continue",
        "continue",
    )
    assert WorkflowDefinition.from_json(other.to_json()) == other


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        (
            [step("a", conditions={"x": way("sloow")}), step("slow")],
            "step 'a': conditions choose the unknown step 'sloow'; did you mean 'slow'?",
        ),
        (
            [step("a", parameters={"conditions": {"x": way("b")}})],
            "step 'a': parameters.conditions choose the unknown step 'b'; add that step or choose another",
        ),
        (
            [step("a", conditions={"x": way("a")})],
            "step 'a': conditions choose the step itself; name a step that comes after it",
        ),
        (
            [step("a", conditions={"x": way("c")}), step("b", conditions={"y": way("c")}), step("c")],
            "step 'b': conditions choose 'c', as those of step 'a' do; a step can be chosen by one branch only",
        ),
        (
            [step("a", conditions={"x": way("b")}, parameters={"conditions": {"x": way("b")}}), step("b")],
            "step 'a': has conditions as a field and in its parameters; keep one of the two",
        ),
        ([step("a", conditions={})], "step 'a': conditions holds 0 conditions; 1 to 50 are allowed"),
        (
            [step("a", parameters={"conditions": {"x": {"type": "more", "task": "b"}}}), step("b")],
            "step 'a': parameters.conditions: 'x' has the unknown type 'more'; known are value_greater_than, "
            "value_greater_or_equal, value_less_than, value_less_or_equal, value_equals, value_not_equals, value_in, "
            "value_contains, value_exists, value_matches, all, any, not",
        ),
        (
            [step("a", only_if={**LARGE, "task": "b"}), step("b")],
            "step 'a': only_if: unknown key 'task'; known are type, params",
        ),
        (
            [step("a"), step("b", "a", trigger="any_succes")],
            "step 'b': trigger 'any_succes' is unknown; did you mean 'any_success' or 'all_success'?",
        ),
        (
            [step("a", trigger=None)],
            "step 'a': trigger None is unknown; known are none_failed, all_success, any_success, any_failure, all_done, always",
        ),
        (
            [step("a", trigger="all_done")],
            "step 'a': trigger 'all_done' waits for nothing: name steps in depends_on, or leave it out",
        ),
        ([step("a", allow_failure=1)], "step 'a': allow_failure is an int; it must be True or False"),
        (
            [step("a"), step("b", map_over="aa.rows")],
            "step 'b': map_over leads into the unknown step 'aa'; did you mean 'a'?",
        ),
        (
            [step("b", map_over="nobody")],
            "step 'b': map_over leads into the unknown step 'nobody'; add that step or name another list",
        ),
        (
            [step("b", map_over="b.rows")],
            "step 'b': map_over leads into the step's own result; name a list that is there before",
        ),
        (
            [step("b", map_over="input")],
            "step 'b': map_over 'input' is an object, never a list; name the list in it: 'input.path'",
        ),
        *(
            (
                [step("a"), step("b", map_over=path)],
                f"step 'b': map_over {shown} is not the place of a list; write 'step.path', 'step' or 'input.path'",
            )
            for path, shown in [
                ("", "''"),
                ("a.", "'a.'"),
                (["a"], "['a']"),
                ("a.\n", "'a.\\n'"),
                ("a." + "b" * 200, f"'a.{'b' * 37}…'"),
            ]
        ),
        *(
            (
                [step("a", map_over="input.rows", max_parallel=most)],
                f"step 'a': max_parallel {most!r} is not allowed: use a whole number from 1 to 5,000",
            )
            for most in (0, 5001, True, 1.5, "2")
        ),
        (
            [step("a", max_parallel=3)],
            "step 'a': max_parallel is for steps with map_over; remove it, or name the list in map_over",
        ),
        (
            [step("a", map_over="input.rows", parameters={"item": 1})],
            "step 'a': the parameter 'item' would hide the item that a mapped step is called with; rename it",
        ),
        (
            [step("item")],
            "step 'item': the name 'item' is reserved for an argument of every task; choose another",
        ),
        (
            [step("a", conditions={"x": way("b")}), step("b", parameters={"a": 1})],
            "step 'b': the parameter 'a' would hide that step's result; rename it",
        ),
        (
            [step("a", "b", conditions={"x": way("b")}), step("b")],
            "circular dependency: a -> b -> a (each waits for the next; 'b' for 'a' because it may be chosen by it); "
            "remove one of these dependencies",
        ),
        (
            [step("a", "b"), step("b", map_over="a.rows")],
            "circular dependency: a -> b -> a (each waits for the next; 'b' for 'a' because it is mapped over its "
            "list); remove one of these dependencies",
        ),
    ],
)
def test_the_problem_and_its_remedy_are_told_when_a_step_does_not_fit(
    steps: list[WorkflowStep], problem: str
) -> None:
    assert problems_of(*steps) == [problem]


def test_a_parameter_may_be_named_like_the_list_when_the_step_is_mapped_over_it() -> None:
    define_workflow("w", [step("load"), step("each", "load", map_over="load", parameters={"load": 1})])


def test_problems_are_told_as_ever_when_nothing_about_a_step_fits() -> None:
    worst: Any = {
        "name": ["a"],
        "depends_on": 5,
        "conditions": 7,
        "map_over": 7,
        "parameters": 7,
        "only_if": 7,
    }

    problems = problems_of(
        WorkflowStep(task_name="noop", **worst), step("b", conditions={"x": {"task": ["c"]}})
    )

    assert len(problems) == 8
    assert (
        problems[-1]
        == "step 'b': conditions: 'x' has no type; known are " + problems[-1].partition("are ")[2]
    )


@pytest.mark.parametrize("on_failure", ["Stop", "", None, ["stop"]])
def test_on_failure_is_refused_when_it_is_not_known(on_failure: Any) -> None:
    [problem] = problems_of(step("a"), on_failure=on_failure)

    assert problem == f"on_failure {on_failure!r} is not one of stop, continue"
