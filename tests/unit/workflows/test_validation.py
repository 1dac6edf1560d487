"""Every rule a workflow must keep: what the message says when it is broken."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.engine.errors import InvalidWorkflow
from celeriac.engine.workflows.definition.definition import WorkflowStep, define_workflow


def problems_of(*steps: Any, workflow_id: Any = "orders", **options: Any) -> list[str]:
    with pytest.raises(InvalidWorkflow) as caught:
        define_workflow(workflow_id, steps, **options)
    assert isinstance(caught.value, ValueError)
    return caught.value.problems


def step(name: Any = "clean", **changes: Any) -> WorkflowStep:
    return WorkflowStep(**{"name": name, "task_name": "noop", **changes})


def test_every_problem_is_told_when_there_are_many() -> None:
    problems = problems_of(
        step("1st", timeout=0, retry_count=-1),
        step("load", depends_on=["extract"], queue="a b"),
        step("merge", depends_on=["split"]),
        step("split", depends_on=["merge"]),
        workflow_id="my orders",
    )

    assert [problem.split(":")[0] for problem in problems] == [
        "the workflow id 'my orders' is not allowed",
        "step '1st'",
        "step '1st'",
        "step '1st'",
        "step 'load'",
        "step 'load'",
        "circular dependency",
    ]


def test_the_workflow_and_all_problems_are_in_the_message_when_the_error_is_shown() -> None:
    with pytest.raises(
        InvalidWorkflow, match=r"'orders' is invalid: step 'a': timeout 0 .*; step 'b': timeout 0"
    ):
        define_workflow("orders", [step("a", timeout=0), step("b", timeout=0)])


def test_the_workflow_id_is_refused_when_a_page_has_its_address() -> None:
    with pytest.raises(InvalidWorkflow, match="'new' is the address of a page; choose another"):
        define_workflow("new", [WorkflowStep("a", "noop")])


@pytest.mark.parametrize(
    "workflow_id",
    [
        "",
        "-orders",
        "my orders",
        "<script>alert(1)</script>",
        "a" * 65,
        "a" * 300,
        "🌱",
        "a\n",
        None,
        7,
        ["a"],
    ],
)
def test_the_workflow_id_is_refused_when_it_does_not_fit(workflow_id: Any) -> None:
    [problem] = problems_of(step(), workflow_id=workflow_id)

    assert problem.startswith("the workflow id ")
    assert "use 1 to 64 ASCII letters" in problem
    assert len(problem) < 200


@pytest.mark.parametrize(
    "name",
    [
        "",
        "1st",
        "my step",
        "a-b",
        "<script>alert(1)</script>",
        "a" * 65,
        "a" * 300,
        "🌱",
        "é",
        "a\n",
        None,
        7,
    ],
)
def test_a_step_name_is_refused_when_it_does_not_fit(name: Any) -> None:
    [problem] = problems_of(step(name))

    assert "use 1 to 64 ASCII letters, digits or '_', not beginning with a digit" in problem
    assert len(problem) < 250


@pytest.mark.parametrize(
    ("name", "reason"),
    [("class", "Python keyword"), ("None", "keyword"), ("input", "reserved"), ("self", "reserved")],
)
def test_a_step_name_is_refused_when_tasks_could_not_be_called_with_it(name: str, reason: str) -> None:
    [problem] = problems_of(step(name))

    assert reason in problem
    assert "choose another" in problem


def test_names_are_accepted_when_they_are_as_long_as_allowed() -> None:
    longest = step("a" * 64, queue="q" * 100, task_name="t" * 200, retry_count=100, timeout=604_800)

    assert define_workflow("9" + "-" * 63, [longest, step("_"), step("match")]).version


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"retry_count": -1}, "retry_count -1 is not allowed: use a whole number from 0 to 100"),
        ({"retry_count": 101}, "retry_count 101 is not allowed"),
        ({"retry_count": True}, "retry_count True is not allowed"),
        ({"retry_count": 1.5}, "retry_count 1.5 is not allowed"),
        ({"retry_count": "3"}, "retry_count '3' is not allowed"),
        ({"timeout": 0}, "timeout 0 is not allowed: use a whole number from 1 to 604,800 seconds"),
        ({"timeout": 604_801}, "timeout 604801 is not allowed"),
        ({"timeout": False}, "timeout False is not allowed"),
        ({"timeout": "300"}, "timeout '300' is not allowed"),
        ({"timeout": 10**6000}, "timeout a number of more than 40 digits is not allowed"),
        ({"queue": ""}, "queue '' is not allowed: use 1 to 100 ASCII letters"),
        ({"queue": "a b"}, "queue 'a b' is not allowed"),
        ({"queue": "q" * 101}, "queue 'qqqqq"),
        ({"queue": b"a"}, "queue b'a' is not allowed"),
        ({"task_name": ""}, "task_name '' is not the name of a task"),
        ({"task_name": "  "}, "task_name '  ' is not the name of a task"),
        ({"task_name": None}, "task_name None is not the name of a task"),
        ({"task_name": "t" * 201}, "is too long; at most 200 characters are allowed"),
        ({"task_name": "a\nb"}, "contains unprintable characters"),
        ({"parameters": None}, "parameters must be a JSON object (a dict), not a NoneType"),
        ({"parameters": [1]}, "parameters must be a JSON object (a dict), not a list"),
        (
            {"parameters": {"a": [float("nan")]}},
            "parameters must be JSON: nan is not JSON; use None or a finite number (at /a/0)",
        ),
        ({"parameters": {"a": {1: 2}}}, "the key 1 is an int; keys must be strings (at /a)"),
        ({"parameters": {"when": {1}}}, "a set is not JSON"),
        ({"parameters": {"input": 1}}, "the parameter 'input' would hide the execution's input; rename it"),
        ({"depends_on": "load"}, "depends_on is a str; it must be a list of step names"),
        ({"depends_on": [3]}, "depends_on holds 3, an int; it must hold step names"),
        ({"depends_on": ["clean"]}, "depends on itself; remove it from depends_on"),
        (
            {"depends_on": ["nobody"]},
            "depends on unknown step 'nobody'; add that step or remove the dependency",
        ),
        ({"depends_on": ["<script>" * 50]}, "depends on unknown step '<script><script>"),
    ],
)
def test_the_step_and_the_remedy_are_named_when_a_field_does_not_fit(
    changes: dict[str, Any], message: str
) -> None:
    [problem] = problems_of(step(**changes))

    assert problem.startswith("step 'clean': ")
    assert message in problem
    assert len(problem) < 250


def test_a_parameter_is_refused_when_it_would_hide_the_result_of_a_dependency() -> None:
    [problem] = problems_of(step("load"), step("clean", depends_on=["load"], parameters={"load": 1}))

    assert problem == "step 'clean': the parameter 'load' would hide that step's result; rename it"


def test_a_parameter_is_accepted_when_it_is_named_like_a_step_that_is_no_direct_dependency() -> None:
    steps = [
        step("load"),
        step("clean", depends_on=["load"]),
        step("end", depends_on=["clean"], parameters={"load": 1}),
    ]

    assert define_workflow("orders", steps).levels == (("load",), ("clean",), ("end",))


def test_what_was_meant_is_proposed_when_a_dependency_is_misspelt() -> None:
    [problem] = problems_of(step("clean_data"), step("analyze", depends_on=["clean_dta"]))

    assert problem == "step 'analyze': depends on unknown step 'clean_dta'; did you mean 'clean_data'?"


def test_a_dependency_is_refused_when_it_is_named_twice() -> None:
    [problem] = problems_of(step("load"), step("clean", depends_on=["load", "load"]))

    assert problem == "step 'clean': depends on 'load' twice; name it once"


def test_a_name_is_refused_when_an_earlier_step_has_it() -> None:
    [problem] = problems_of(step("load"), step("clean"), step("load"))

    assert problem == "step 'load': step 3 repeats this name; names must differ"


def test_a_circle_is_told_step_by_step_when_there_is_one() -> None:
    [problem] = problems_of(
        step("start"),
        step("a", depends_on=["start", "c"]),
        step("b", depends_on=["a"]),
        step("c", depends_on=["b"]),
        step("end", depends_on=["c"]),
    )

    assert problem == (
        "circular dependency: a -> c -> b -> a (each waits for the next); remove one of these dependencies"
    )


def test_the_message_stays_short_when_a_circle_is_long() -> None:
    [problem] = problems_of(*(step(f"s{i}", depends_on=[f"s{(i + 1) % 5000}"]) for i in range(5000)))

    assert problem.startswith("circular dependency: s0 -> s1 -> ")
    assert "… 4,988 more steps …" in problem
    assert len(problem) < 300


def test_a_workflow_is_refused_when_it_has_no_or_too_many_steps() -> None:
    assert problems_of() == ["a workflow needs at least one step"]
    assert problems_of(*[step(f"s{i}") for i in range(5001)]) == [
        "5,001 steps are too many; split the workflow, at most 5,000 are allowed"
    ]


def test_something_else_is_refused_when_it_stands_in_place_of_a_step() -> None:
    assert problems_of({"name": "a"}, step("b"), None) == [
        "step 1 is a dict; pass WorkflowStep(name=…, task_name=…)",
        "step 3 is a NoneType; pass WorkflowStep(name=…, task_name=…)",
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"description": None}, "the description is a NoneType; it must be a string"),
        ({"input_schema": []}, "input_schema must be a JSON object (a dict), not a list"),
        ({"input_schema": {"type": {1}}}, "input_schema must be JSON: a set is not JSON"),
        ({"example_input": "{}"}, "example_input must be a JSON object (a dict), not a str"),
        ({"input_schema": {"type": "array"}}, "input_schema: its type is 'array', but an input is always"),
        (
            {"input_schema": {"properties": {"n": {"type": "integer"}}}, "example_input": {"n": "1"}},
            'example_input does not fit input_schema: n: "1" is not a whole number',
        ),
    ],
)
def test_the_field_is_named_when_something_about_the_workflow_does_not_fit(
    options: dict[str, Any], message: str
) -> None:
    [problem] = problems_of(step(), **options)

    assert problem.startswith(message)


def test_an_empty_example_is_accepted_when_the_schema_requires_keys() -> None:
    define_workflow("orders", [step()], input_schema={"required": ["n"]})


def test_only_the_schema_is_told_when_the_example_cannot_be_checked_with_it() -> None:
    [problem] = problems_of(step(), input_schema={"type": "objekt"}, example_input={"n": 1})

    assert problem.startswith('input_schema: type: "objekt" is not one of ')
