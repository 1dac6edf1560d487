"""Definitions as JSON: every problem in its place, whatever the JSON, and a round trip."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import InputProblem
from celeriac.engine.workflows.definition.announced import Announced, unannounced
from celeriac.engine.workflows.definition.bodies import read_definition, written_definition
from celeriac.engine.workflows.definition.definition import define_workflow
from celeriac.engine.workflows.definition.schema import definition_schema, step_fields
from celeriac.engine.workflows.definition.steps import WorkflowStep
from celeriac.examples import register
from tests.support.workflows import chain, diamond, step

ONE = {"name": "a", "task_name": "noop"}


def found(body: Any, workflow_id: str = "w") -> dict[str, str]:
    """The problems by pointer."""
    return by_pointer(read_definition(workflow_id, body).problems)


def by_pointer(problems: Iterable[InputProblem]) -> dict[str, str]:
    told = list(problems)
    result = {problem.pointer: problem.message for problem in told}
    assert len(result) == len(told), "each place is told once"
    return result


def test_a_definition_is_read_when_it_is_the_smallest_there_is() -> None:
    read = read_definition("w", {"steps": [ONE]})

    assert read.problems == ()
    assert read.definition == define_workflow("w", [WorkflowStep("a", "noop")])


@pytest.mark.parametrize(
    ("body", "pointer", "said"),
    [
        (None, "", "a definition is a JSON object such as"),
        ([ONE], "", "a definition is a JSON object such as"),
        ({}, "/steps", "steps: is required, but missing"),
        ({"steps": []}, "/steps", "a workflow needs at least one step"),
        ({"steps": {}}, "/steps", "steps: the object is not a list"),
        ({"steps": [ONE], "stepz": []}, "/stepz", 'stepz: unknown key; did you mean "steps"?'),
        ({"steps": [ONE], "version": "1"}, "/version", "version: unknown key"),
        ({"steps": [ONE], "description": 7}, "/description", "7 is not a string"),
        ({"steps": [ONE], "priority": "hgih"}, "/priority", "'hgih' is not one of low, normal, high"),
        ({"steps": [ONE], "input_schema": {"type": 5}}, "/input_schema", "input_schema: "),
        ({"steps": [ONE], "input_schema": []}, "/input_schema", "the list is not an object"),
        ({"steps": [5]}, "/steps/0", "steps[0]: 5 is not an object"),
        ({"steps": [{"task_name": "noop"}]}, "/steps/0/name", "is required, but missing"),
        ({"steps": [{"name": "a"}]}, "/steps/0/task_name", "is required, but missing"),
        ({"steps": [{**ONE, "name": "a b"}]}, "/steps/0/name", "the name 'a b' is not allowed"),
        ({"steps": [{**ONE, "name": "class"}]}, "/steps/0/name", "is a Python keyword"),
        ({"steps": [{**ONE, "task_name": " "}]}, "/steps/0/task_name", "is not the name of a task"),
        ({"steps": [{**ONE, "retry_cuont": 1}]}, "/steps/0/retry_cuont", 'did you mean "retry_count"?'),
        ({"steps": [{**ONE, "retry_count": True}]}, "/steps/0/retry_count", "true is not a whole number"),
        ({"steps": [{**ONE, "retry_count": -1}]}, "/steps/0/retry_count", "from 0 to 100"),
        ({"steps": [{**ONE, "timeout": 0}]}, "/steps/0/timeout", "from 1 to 604,800 seconds"),
        ({"steps": [{**ONE, "timeout": 1.5}]}, "/steps/0/timeout", "1.5 is not a whole number"),
        ({"steps": [{**ONE, "queue": "a b"}]}, "/steps/0/queue", "queue 'a b' is not allowed"),
        ({"steps": [{**ONE, "queue": 1}]}, "/steps/0/queue", "1 is not a string"),
        ({"steps": [{**ONE, "parameters": []}]}, "/steps/0/parameters", "the list is not an object"),
        ({"steps": [{**ONE, "parameters": {"input": 1}}]}, "/steps/0/parameters/input", "rename it"),
        ({"steps": [{**ONE, "depends_on": "b"}]}, "/steps/0/depends_on", '"b" is not a list'),
        ({"steps": [{**ONE, "depends_on": [1]}]}, "/steps/0/depends_on/0", "1 is not a string"),
        ({"steps": [{**ONE, "depends_on": ["a"]}]}, "/steps/0/depends_on", "depends on itself"),
        ({"steps": [{**ONE, "retry_on": ["1"]}]}, "/steps/0/retry_on", "retry_on holds '1'"),
    ],
)
def test_a_problem_is_found_in_its_place_when_there_is_one(body: Any, pointer: str, said: str) -> None:
    problems = found(body)

    assert list(problems) == [pointer]
    assert said in problems[pointer]


def test_every_problem_is_told_when_there_are_many() -> None:
    body = {
        "stpes": 1,
        "priority": "hgih",
        "steps": [
            {"name": "first", "task_name": 5, "retry_count": "x"},
            {"name": "second", "task_name": "noop", "depends_on": ["first", "frist"]},
            {"name": "second", "task_name": "noop"},
            {
                "name": "third",
                "task_name": "noop",
                "depends_on": ["first", "last"],
                "parameters": {"first": 1},
            },
            {"name": "last", "task_name": "noop", "depends_on": ["third"], "timeout": 0, "retries": 1},
        ],
    }

    assert set(found(body)) == {
        "/stpes",
        "/priority",
        "/steps/0/task_name",
        "/steps/0/retry_count",
        "/steps/1/depends_on/1",
        "/steps/2/name",
        "/steps/3/depends_on/1",
        "/steps/3/parameters/first",
        "/steps/4/timeout",
        "/steps/4/retries",
    }


def test_the_right_step_is_pointed_at_when_the_shown_part_of_long_names_is_the_same() -> None:
    names = [f"process_all_the_orders_of_the_whole_region_{n}" for n in (1, 2)]
    steps = [{"name": name, "task_name": "noop", "timeout": 5 - n * 5} for n, name in enumerate(names)]

    assert list(found({"steps": steps})) == ["/steps/1/timeout"]


def test_no_problem_is_left_out_when_a_hundred_values_have_the_wrong_type() -> None:
    steps = [{"name": f"s{n}", "task_name": "noop", "depends_on": 5} for n in range(100)]

    assert list(found({"steps": steps})) == [f"/steps/{n}/depends_on" for n in range(100)]


def test_the_repeated_dependency_is_pointed_at_when_a_step_is_named_twice() -> None:
    body = {"steps": [ONE, {"name": "b", "task_name": "noop", "depends_on": ["a", "a"]}]}

    assert list(found(body)) == ["/steps/1/depends_on/1"]


@pytest.mark.parametrize(("workflow_id", "said"), [("new", "is the address of a page"), ("", "1 to 64")])
def test_the_id_is_refused_but_the_rest_is_read_when_it_cannot_be_one(workflow_id: str, said: str) -> None:
    read = read_definition(workflow_id, {"steps": [ONE]})

    (problem,) = read.problems
    assert problem.pointer == "/workflow_id"
    assert said in problem.message
    assert read.definition is not None


def test_a_pointer_is_escaped_when_a_key_holds_a_slash() -> None:
    assert list(found({"steps": [{**ONE, "a/b~c": 1}]})) == ["/steps/0/a~1b~0c"]


def test_the_shape_asks_for_every_field_that_a_step_has() -> None:
    properties = definition_schema()["properties"]

    assert tuple(properties["steps"]["items"]["properties"]) == step_fields()
    assert step_fields() == tuple(field.name for field in dataclasses.fields(WorkflowStep))
    assert {"steps", "description", "input_schema", "example_input", "priority"} <= set(properties)


FULL = [
    step("a", parameters={"x": [1, None]}, retry_count=0, timeout=5, queue="other", retry_on=["ValueError"]),
    step("b", after="a", no_retry_on=["KeyError"]),
]


@pytest.mark.parametrize("steps", [FULL, diamond(), chain(1)], ids=["full", "diamond", "one"])
def test_the_same_workflow_is_read_when_it_was_written(steps: list[WorkflowStep]) -> None:
    definition = define_workflow("w", steps, "said", {"type": "object"}, {"x": 1}, priority="high")

    body = written_definition(definition)

    assert read_definition("w", body).definition == definition
    assert body["priority"] == "high"


def test_the_version_is_the_same_when_steps_were_given_in_another_order() -> None:
    body = {"steps": [step_json("c", "b"), step_json("b", "a"), step_json("a"), step_json("d", "a")]}

    first = read_definition("w", body).definition

    assert first is not None
    again = read_definition("w", written_definition(first)).definition
    assert again == first
    assert [each.name for each in first.steps] == ["a", "b", "d", "c"]


def step_json(name: str, *after: str) -> dict[str, Any]:
    return {"name": name, "task_name": "noop", "depends_on": list(after)}


BRANCH = {"big": {"type": "value_exists", "params": {"field": "x"}, "task": "a"}, "default": {"task": "b"}}
DECIDING = [
    step("choose", conditions=BRANCH),
    step("a", only_if={"type": "value_exists", "params": {"field": "x"}}),
    step("b", map_over="choose.rows", max_parallel=2, allow_failure=True),
    step("c", after=["a", "b"], trigger="all_done"),
    step("as_parameters", parameters={"conditions": {"other": {**BRANCH["big"], "task": "d"}}}),
    step("d"),
]


def test_steps_that_decide_are_the_same_when_they_are_written_and_read() -> None:
    definition = define_workflow("w", DECIDING, on_failure="continue")

    body = written_definition(definition)

    read = read_definition("w", body)
    assert read.problems == ()
    assert read.definition is not None
    assert written_definition(read.definition) == body
    assert read.definition.steps == definition.steps
    assert body["on_failure"] == "continue"
    assert {each["name"] for each in body["steps"] if "depends_on" in each} == {"c"}


def test_a_dependency_is_kept_when_it_was_given_before_what_follows_from_a_branch() -> None:
    steps = [
        step("choose", conditions={"default": {"task": "b"}}),
        step("a"),
        step("b", after=["choose", "a"]),
    ]
    definition = define_workflow("w", steps)

    body = written_definition(definition)

    assert body["steps"][2]["depends_on"] == ["choose", "a"]
    assert read_definition("w", body).definition == definition


@pytest.mark.parametrize(
    ("fields", "pointer", "said"),
    [
        ({"conditions": []}, "/steps/1/conditions", "the list is not an object or null"),
        ({"conditions": {"big": {"task": "a"}}}, "/steps/1/conditions/big", "has no type"),
        ({"conditions": {"default": {"task": "aa"}}}, "/steps/1/conditions", "the unknown step 'aa'; did"),
        (
            {"parameters": {"conditions": {"big": {"type": "x", "task": "a"}}}},
            "/steps/1/parameters/conditions/big",
            "unknown type 'x'",
        ),
        ({"only_if": {"type": "x"}}, "/steps/1/only_if", "has the unknown type 'x'"),
        ({"only_if": "x"}, "/steps/1/only_if", '"x" is not an object or null'),
        ({"trigger": "all"}, "/steps/1/trigger", "trigger 'all' is unknown"),
        ({"trigger": "all_done"}, "/steps/1/trigger", "waits for nothing"),
        ({"allow_failure": 1}, "/steps/1/allow_failure", "1 is not true or false"),
        ({"map_over": "x.y"}, "/steps/1/map_over", "map_over leads into the unknown step 'x'"),
        ({"max_parallel": 1}, "/steps/1/max_parallel", "is for steps with map_over"),
        ({"map_over": "a", "max_parallel": 0}, "/steps/1/max_parallel", "max_parallel 0 is not allowed"),
        ({"map_over": "a", "parameters": {"item": 1}}, "/steps/1/parameters/item", "would hide the item"),
    ],
)
def test_a_problem_is_found_in_its_place_when_a_step_decides(
    fields: dict[str, Any], pointer: str, said: str
) -> None:
    problems = found({"steps": [ONE, {"name": "b", "task_name": "noop", **fields}]})

    assert list(problems) == [pointer]
    assert said in problems[pointer]


def test_the_step_is_pointed_at_when_a_circle_leads_through_what_it_does_not_say() -> None:
    a = {**ONE, "map_over": "b", "depends_on": ["c"]}
    b = {"name": "b", "task_name": "noop", "depends_on": ["a"]}
    body = {"steps": [a, b, {"name": "c", "task_name": "noop"}]}

    assert set(found(body)) == {"/steps/0"}


def test_defaults_are_left_out_when_a_definition_is_written() -> None:
    assert written_definition(define_workflow("w", chain(2))) == {
        "steps": [
            {"name": "s1", "task_name": "noop"},
            {"name": "s2", "task_name": "noop", "depends_on": ["s1"]},
        ]
    }


def test_the_version_stays_when_the_schema_accepts_everything() -> None:
    definition = define_workflow("w", chain(1), input_schema={})

    assert read_definition("w", written_definition(definition)).definition == definition


def test_the_examples_are_the_same_when_they_are_written_and_read() -> None:
    engine = WorkflowEngine()
    register(engine)

    for definition in engine.registered.values():
        read = read_definition(definition.workflow_id, written_definition(definition))
        assert read.problems == ()
        assert read.definition is not None
        assert [each.name for each in read.definition.steps] == [each.name for each in definition.steps]


# -- what workers have announced

KNOWN = Announced(tasks=["echo", "noop"], queues=["default", "gpu"])


def test_nothing_is_said_when_workers_know_every_task_and_queue() -> None:
    assert list(unannounced([step("a", "echo", queue="gpu"), step("b")], KNOWN)) == []


def test_near_misses_are_named_when_nobody_knows_the_task() -> None:
    steps = [step("a"), step("b", "eco"), step("c", "zzz"), step("d", queue="gpus"), step("e", queue="x")]

    problems = by_pointer(unannounced(steps, KNOWN))

    assert problems == {
        "/steps/1/task_name": "step 'b': no live worker has announced the task 'eco'; did you mean 'echo'?",
        "/steps/2/task_name": "step 'c': no live worker has announced the task 'zzz'; load its module in a worker "
        "(CELERIAC_WORKFLOWS) or name one of 'echo', 'noop'",
        "/steps/3/queue": "step 'd': no live worker consumes the queue 'gpus'; did you mean 'gpu'?",
        "/steps/4/queue": "step 'e': no live worker consumes the queue 'x'; start one with "
        "`celeriac worker -Q x` or name one of 'default', 'gpu'",
    }


def test_the_list_stays_short_when_workers_know_many_tasks() -> None:
    many = Announced(tasks=[f"task{n:02}" for n in range(30)], queues=["default"])

    (problem,) = unannounced([step("a", "zzz")], many)

    assert problem.message.endswith("'task07' and 22 more")


# -- whatever the JSON

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner))
FIELDS = st.sampled_from([*step_fields(), "other"])
NAMES = st.sampled_from(["a", "b", "c", "a b"])
STEPS = st.dictionaries(FIELDS, JSON | NAMES | st.lists(NAMES))
KEYS = st.sampled_from([*definition_schema()["properties"], "other"])


@given(JSON | st.dictionaries(KEYS, JSON | st.lists(STEPS | JSON)))
def test_an_answer_is_given_and_pointers_lead_somewhere_whatever_the_json(body: Any) -> None:
    read = read_definition("w", body)

    assert (read.definition is None) <= bool(read.problems)
    list(unannounced(read.steps, KNOWN))
    for problem in read.problems:
        assert leads_somewhere(body, problem.pointer), problem


def leads_somewhere(body: Any, pointer: str) -> bool:
    """Every part but the last exists; the last may be what is missing."""
    *way, _ = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]] or [""]
    for part in way:
        body = body[int(part) if isinstance(body, list) else part]
    return True
