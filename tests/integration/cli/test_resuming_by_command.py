"""`retry`, `skip` and `succeed`, and what `show` and `watch` say of rounds and items, against a real store and worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from celeriac.engine.engine import WorkflowEngine
from tests.support.command import Command, command_for
from tests.support.executions import statuses, wait_until_ended
from tests.support.workers import Worker
from tests.support.workflows import step


@pytest.fixture
def call(shared_engine: WorkflowEngine, shared_worker: Worker) -> Command:
    return command_for(shared_engine.settings)


@pytest.fixture
def failed(shared_engine: WorkflowEngine, tmp_path: Path) -> str:
    """`load -> clean -> report`; `clean` fails once."""
    once: dict[str, Any] = {"marks": str(tmp_path / "marks"), "times": 1}
    shared_engine.register_workflow(
        "three",
        [
            step("load"),
            step("clean", "tests.raise_error", after="load", parameters=once, retry_count=0),
            step("report", after="clean"),
        ],
    )
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("three", {})
    assert wait_until_ended(shared_engine, execution_id)["status"] == "failure"
    return execution_id


def test_only_the_new_events_are_printed_and_status_is_0_when_a_retry_is_watched_to_success(
    call: Command, failed: str
) -> None:
    watched = call("retry", failed, "--watch")

    first, *events = watched.out.splitlines()
    assert watched.status == 0, watched.err
    assert first == f"{failed} round 2: 2 steps run again: clean, report"
    assert "execution_retried" in events[0]
    assert "execution_ended  success" in events[-1]


def test_every_round_is_printed_when_a_retried_execution_is_watched(call: Command, failed: str) -> None:
    call("retry", failed, "--watch")

    events = call("watch", failed, "--json").json_lines

    assert [event["status"] for event in events if event["event"] == "execution_ended"] == [
        "failure",
        "success",
    ]
    assert "round 2" in call("show", failed).out


def test_nothing_runs_when_only_asked_what_would(
    call: Command, shared_engine: WorkflowEngine, failed: str
) -> None:
    before = shared_engine.get_workflow_status(failed)

    previewed = call("retry", failed, "--from", "load", "--dry-run", "--json")

    assert previewed.json == {"execution_id": failed, "round": 2, "steps": ["load", "clean", "report"]}
    assert shared_engine.get_workflow_status(failed) == before


@pytest.mark.parametrize(("command", "status"), [("skip", "skipped"), ("succeed", "success")])
def test_the_rest_goes_on_when_a_failed_step_gets_its_end_by_hand(
    call: Command, shared_engine: WorkflowEngine, failed: str, command: str, status: str
) -> None:
    marked = call(command, failed, "clean", "--reason", "the file was \x1b[2Jempty")

    assert (marked.status, marked.out) == (0, f"clean of {failed} is {status} by hand\n")
    execution = wait_until_ended(shared_engine, failed)
    assert (execution["status"], statuses(execution)["clean"]) == ("success", status)
    shown = call("show", failed)
    assert "by hand: the file was" in shown.out
    assert "\x1b" not in shown.out


def test_one_item_is_skipped_when_it_is_named(call: Command, shared_engine: WorkflowEngine) -> None:
    one_by_one = step(
        "each", "sleep", map_over="input.list", max_parallel=1, parameters={"seconds": 600}, queue="nobody"
    )
    shared_engine.register_workflow("one_by_one", [one_by_one])
    execution_id = shared_engine.execute_workflow("one_by_one", {"list": [1, 2]})

    marked = [call("skip", execution_id, "each", "--item", n, "--reason", "known") for n in ("1", "0")]

    assert [(mark.status, mark.out) for mark in marked] == [
        (0, f"each[{n}] of {execution_id} is skipped by hand\n") for n in (1, 0)
    ]
    assert wait_until_ended(shared_engine, execution_id)["status"] == "success"


def test_one_line_says_why_when_it_cannot_be_done(call: Command, failed: str) -> None:
    refusals = [
        call("retry", "nowhere"),
        call("retry", failed, "--from", "nothing"),
        call("skip", failed, "load", "--reason", "x"),
        call("succeed", failed, "clean", "--reason", " "),
    ]

    assert [(refusal.status, refusal.out) for refusal in refusals] == [(2, "")] * 4
    texts = [refusal.err for refusal in refusals]
    for text, named in zip(
        texts, ("'nowhere' not found", "'nothing'", "'load'", "1 to 200 characters"), strict=True
    ):
        assert named in text
        assert len(text.splitlines()) == 1


def test_items_are_counted_when_a_mapped_step_is_shown(call: Command, shared_engine: WorkflowEngine) -> None:
    shared_engine.register_workflow("mapped", [step("load", "echo", map_over="input.files")])
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("mapped", {"files": [1, 2, 3]})

    watched = call("watch", execution_id)

    assert "load[2]" in watched.out
    assert "3 items: 3 success" in call("show", execution_id).out
