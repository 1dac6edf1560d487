"""Launches: what is refused before anything is written."""

from __future__ import annotations

import re
from typing import Any

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import InputDoesNotFit, InvalidInput, WorkflowNotFound
from tests.support.transitions import end_all
from tests.support.workflows import single


@pytest.fixture
def workflow(engine: WorkflowEngine) -> str:
    engine.register_workflow("greet", single("echo"))
    return "greet"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input_data": [1]}, "must be a JSON object, not an array"),
        ({"input_data": None}, "not null"),
        ({"input_data": {"a": float("nan")}}, "/a"),
        ({"input_data": {"a": {1, 2}}}, "/a"),
        ({"input_data": {"a": "x" * 300_000}}, "more than the 262,144 allowed"),
        ({"input_data": {}, "labels": {"": "x"}}, "label name"),
        ({"input_data": {}, "labels": {"a=b": "x"}}, "without '='"),
        ({"input_data": {}, "labels": {"a": 1}}, "must be a string"),
        ({"input_data": {}, "labels": {"a": "x" * 101}}, "up to 100"),
        ({"input_data": {}, "labels": {"a": "new\nline"}}, "printable"),
        ({"input_data": {}, "labels": {str(n): "x" for n in range(21)}}, "21 labels"),
        ({"input_data": {}, "note": "x" * 1001}, "1000 characters"),
    ],
)
def test_nothing_is_launched_when_what_is_given_cannot_be(
    engine: WorkflowEngine, workflow: str, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidInput, match=re.escape(message)):
        engine.executions.launch(workflow, **arguments)

    assert engine.executions.count()["all"] == 0


def test_near_misses_are_named_when_the_workflow_is_unknown(engine: WorkflowEngine, workflow: str) -> None:
    engine.publish_workflows()

    with pytest.raises(WorkflowNotFound, match=r"'great' not found. Known workflows: greet"):
        engine.executions.launch("great", {})


def test_every_problem_is_told_and_nothing_written_when_the_input_does_not_fit_the_schema(
    engine: WorkflowEngine,
) -> None:
    schema = {"properties": {"rate": {"maximum": 1}}, "required": ["source"]}
    engine.register_workflow("sample", single("echo"), input_schema=schema)

    with pytest.raises(
        InputDoesNotFit, match=r"schema of workflow 'sample': .*source: is required"
    ) as refused:
        engine.executions.launch("sample", {"rate": 2})

    assert isinstance(refused.value, InvalidInput)
    assert {problem.pointer for problem in refused.value.problems} == {"/input/rate", "/input/source"}
    assert engine.executions.count()["all"] == 0


def test_a_tuple_is_a_list_to_the_schema_as_it_is_to_the_tasks(engine: WorkflowEngine) -> None:
    schema = {"properties": {"names": {"type": "array", "minItems": 1}}}
    engine.register_workflow("greet_all", single("echo"), input_schema=schema)

    assert engine.execute_workflow("greet_all", {"names": ("Ann", "Bob")})
    with pytest.raises(InputDoesNotFit, match="has 0 items"):
        engine.execute_workflow("greet_all", {"names": ()})
    end_all(engine)


def test_the_schema_of_the_version_that_is_launched_decides_when_another_is_published(
    engine: WorkflowEngine,
) -> None:
    engine.register_workflow("greet", single("echo"), input_schema={"required": ["name"]})
    engine.publish_workflows()

    engine.register_workflow("greet", single("echo"))

    assert engine.execute_workflow("greet", {})
    end_all(engine)
