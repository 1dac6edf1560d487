"""An execution is created: its id, its idempotency key, the definition that it keeps."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import (
    IdempotencyConflict,
)
from tests.support.transitions import end_all
from tests.support.workflows import chain, single


@pytest.fixture
def workflow(engine: WorkflowEngine) -> str:
    engine.register_workflow("greet", single("echo"))
    return "greet"


def test_every_launch_is_an_execution_of_its_own_when_many_come_in_the_same_millisecond(
    engine: WorkflowEngine, workflow: str
) -> None:
    definition = engine.registered[workflow]
    engine.publish_workflows()

    def create(_: int) -> str:
        return engine.store.transitions.create_execution(definition, b"{}", labels={}, note="").execution_id

    with ThreadPoolExecutor(4) as threads:
        ids = list(threads.map(create, range(100)))

    starts = [execution["start_time"] for execution in engine.get_execution_history(limit=200)["executions"]]
    assert len(set(ids)) == 100
    assert len(set(starts)) < 100
    assert all(re.fullmatch(r"greet-\d{8}T\d{6}-[0-9a-z]{6}", execution_id) for execution_id in ids)
    end_all(engine)


def test_the_id_says_when_it_was_launched(engine: WorkflowEngine, workflow: str) -> None:
    execution_id = engine.execute_workflow(workflow, {})

    start = engine.get_workflow_status(execution_id)["start_time"]
    assert execution_id.split("-")[1] == re.sub(r"[-:]|\..*", "", start)
    end_all(engine)


def test_the_same_execution_is_answered_when_a_key_comes_again(engine: WorkflowEngine, workflow: str) -> None:
    first = engine.executions.launch(workflow, {"a": 1}, idempotency_key="k")
    again = engine.executions.launch(workflow, {"a": 1}, idempotency_key="k")
    other = engine.executions.launch(workflow, {"a": 1}, idempotency_key="other")

    assert (first.replayed, again.replayed, other.replayed) == (False, True, False)
    assert again.execution_id == first.execution_id != other.execution_id
    end_all(engine)


@pytest.mark.parametrize("changed", [{"input_data": {"a": 2}}, {"labels": {"x": "y"}}, {"note": "hello"}])
def test_a_key_is_refused_when_it_was_used_for_another_launch(
    engine: WorkflowEngine, workflow: str, changed: dict[str, Any]
) -> None:
    engine.executions.launch(workflow, {"a": 1}, idempotency_key="k")

    with pytest.raises(IdempotencyConflict, match="'k' was already used"):
        engine.executions.launch(workflow, **{"input_data": {"a": 1}, "idempotency_key": "k", **changed})

    assert engine.executions.count()["all"] == 1
    end_all(engine)


def test_a_key_may_be_used_again_when_its_execution_was_deleted(
    engine: WorkflowEngine, workflow: str
) -> None:
    first = engine.executions.launch(workflow, {}, idempotency_key="k")
    end_all(engine)
    engine.executions.delete(first.execution_id)

    again = engine.executions.launch(workflow, {}, idempotency_key="k")

    assert again.replayed is False
    end_all(engine)


def test_running_executions_keep_their_definition_when_the_workflow_changes(
    engine: WorkflowEngine, workflow: str
) -> None:
    before = engine.execute_workflow(workflow, {})
    engine.register_workflow(workflow, chain(3))
    after = engine.execute_workflow(workflow, {})

    assert [step["name"] for step in engine.get_workflow_status(before)["steps"]] == ["only"]
    assert [step["name"] for step in engine.get_workflow_status(after)["steps"]] == ["s1", "s2", "s3"]
    end_all(engine)
