"""Definitions as files, against a real store and a real worker: put, launched in the worker that ran before, deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import InvalidDefinition
from tests.integration.cli.test_executions_by_command import on_terminal
from tests.support.command import Command, command_for
from tests.support.executions import statuses, wait_until_ended
from tests.support.waiting import eventually
from tests.support.workers import Worker

pytestmark = pytest.mark.usefixtures("shared_worker")
ONE: dict[str, Any] = {"steps": [{"name": "a", "task_name": "noop"}]}
TWO: dict[str, Any] = {
    "steps": [
        {"name": "a", "task_name": "echo", "parameters": {"text": "hello"}},
        {"name": "b", "task_name": "echo", "depends_on": ["a"], "timeout": 20},
    ]
}


@pytest.fixture(scope="module")
def published(shared_engine: WorkflowEngine, shared_worker: Worker) -> WorkflowEngine:
    def announced() -> bool:
        """the worker has announced its tasks: it does so a moment after Celery says that it is ready"""
        return shared_engine.workflows.announced() is not None

    eventually(announced, within=30)
    return shared_engine


@pytest.fixture
def call(published: WorkflowEngine) -> Iterator[Command]:
    call = command_for(published.settings)
    yield call
    call("workflows", "delete", "sent", "--yes")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sent.json"
    path.write_text(json.dumps(TWO))
    return path


def test_a_workflow_succeeds_in_the_worker_that_ran_before_when_it_was_put(
    call: Command, published: WorkflowEngine, file: Path
) -> None:
    put = call("workflows", "put", "sent", str(file))
    watched = call("launch", "sent", "--watch")

    assert (put.status, put.err) == (0, "")
    assert put.out.startswith("sent created, version ")
    assert watched.status == 0
    execution = wait_until_ended(published, watched.out.splitlines()[0])
    assert execution["status"] == "success"
    assert statuses(execution) == {"a": "success", "b": "success"}


def test_both_versions_are_executed_when_a_definition_changes_between_launches(
    call: Command, published: WorkflowEngine
) -> None:
    ids = []
    for body in (ONE, TWO):
        assert call("workflows", "put", "sent", "-", stdin=json.dumps(body).encode()).status == 0
        ids.append(published.execute_workflow("sent", {}))

    ended = [wait_until_ended(published, execution_id) for execution_id in ids]

    assert [statuses(each) for each in ended] == [{"a": "success"}, {"a": "success", "b": "success"}]


def test_one_way_is_taken_and_the_other_skipped_when_a_definition_decides(
    call: Command, published: WorkflowEngine
) -> None:
    many = {"type": "value_greater_than", "params": {"field": "rows", "threshold": 10}, "task": "slowly"}
    body = {
        "steps": [
            {
                "name": "look",
                "task_name": "noop",
                "conditions": {"many": many, "default": {"task": "quickly"}},
            },
            {"name": "slowly", "task_name": "noop"},
            {"name": "quickly", "task_name": "noop"},
        ],
        "on_failure": "continue",
    }
    put = call("workflows", "put", "sent", "-", "--json", stdin=json.dumps(body).encode())

    execution = wait_until_ended(published, published.execute_workflow("sent", {"rows": 12}))

    assert put.json["levels"] == [["look"], ["slowly", "quickly"]]
    assert statuses(execution) == {"look": "success", "slowly": "success", "quickly": "skipped"}


def test_the_outcome_is_told_when_a_definition_is_put_again(call: Command) -> None:
    told = [
        call("workflows", "put", "sent", "-", stdin=json.dumps(body).encode()).out.split(",")[0]
        for body in (ONE, TWO, TWO)
    ]
    as_json = call("workflows", "put", "sent", "-", "--json", stdin=json.dumps(ONE).encode())

    assert told == ["sent created", "sent changed", "sent unchanged"]
    assert as_json.json["source"] == "api"


def test_every_problem_is_a_line_with_its_place_when_a_definition_is_refused(call: Command) -> None:
    text = b'{"steps": [\n  {"name": "a", "task_name": "eco"},\n  {"name": "a", "task_name": "noop", "tries": 1}]}'

    refused = call("workflows", "put", "sent", "-", stdin=text)

    assert (refused.status, refused.out) == (2, "")
    first, *others = refused.err.splitlines()
    assert first == (
        "celeriac: step 'a': no live worker has announced the task 'eco'; did you mean 'echo'?"
        " (line 2, column 30)"
    )
    assert [line.rpartition(" (")[2] for line in others] == ["line 3, column 12)", "line 3, column 38)"]


@pytest.mark.parametrize(
    ("text", "said"),
    [(b"{", "celeriac: -: malformed JSON"), (b"", "it is empty"), (b"[]", "a definition is a JSON object")],
)
def test_one_line_names_the_place_when_the_text_is_no_definition(
    call: Command, text: bytes, said: str
) -> None:
    refused = call("workflows", "put", "sent", "-", stdin=text)

    assert refused.status == 2
    assert said in refused.err
    assert "(line 1, column" in refused.err
    assert len(refused.err.splitlines()) == 1


def test_a_workflow_of_code_is_neither_replaced_nor_deleted(call: Command, file: Path) -> None:
    for refused in (
        call("workflows", "put", "data_processing", str(file)),
        call("workflows", "delete", "data_processing"),
    ):
        assert refused.status == 2
        assert "registered by code" in refused.err


def test_a_workflow_is_deleted_once(call: Command, file: Path) -> None:
    call("workflows", "put", "sent", str(file))

    first, second = call("workflows", "delete", "sent", "--json"), call("workflows", "delete", "sent")

    assert (first.status, first.json) == (0, {"deleted": "sent"})
    assert second.status == 2
    assert "'sent' not found" in second.err
    assert "sent" not in call("workflows").out


def test_nothing_is_deleted_when_the_question_is_answered_with_no(
    call: Command, published: WorkflowEngine, file: Path
) -> None:
    call("workflows", "put", "sent", str(file))

    status, shown = on_terminal(published.settings, "workflows", "delete", "sent", typed=b"n\n")

    assert status == 130
    assert "Delete the workflow sent?" in shown
    assert published.workflows.get("sent")["workflow_id"] == "sent"


def test_steps_may_name_what_the_worker_itself_has_announced(published: WorkflowEngine) -> None:
    catalogue = published.workflows
    announced = catalogue.announced()

    assert announced is not None
    assert {"noop", "tests.mark"} <= set(announced.tasks)
    assert {"default", "cpu_intensive"} <= set(announced.queues)
    for name in ("celeriac.execute_workflow_step", "celery.chord"):
        with pytest.raises(InvalidDefinition, match="no live worker has announced the task"):
            catalogue.put("sent", {"steps": [{"name": "a", "task_name": name}]})
