"""Workers and their processes are killed while workflows decide, map over lists and run again."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from celeriac.engine.engine import WorkflowEngine
from tests.support.executions import starts, statuses, step_of, wait_for_step, wait_until_ended
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import step

StartWorker = Callable[..., Worker]
CHILD, WORKER = "child", "worker"
ITEMS, DONE = 30, 10

killed = pytest.mark.parametrize("what", [CHILD, WORKER])


def kill(what: str, worker: Worker, marks: Path, start_worker: StartWorker) -> None:
    """SIGKILL for the process that left the newest mark, or for its whole worker, which another one replaces."""
    if what == CHILD:
        newest = max(mark.name for mark in marks.rglob("*") if mark.is_file())
        os.kill(int(newest.split("-")[1]), signal.SIGKILL)
    else:
        worker.kill()
        start_worker()


def kinds(engine: WorkflowEngine, execution_id: str, name: str) -> list[str | None]:
    """How each attempt of a step has failed, None for one that has not."""
    attempts = engine.steps.get(execution_id, name)["attempts"]
    return [attempt["error"]["kind"] if attempt["error"] else None for attempt in attempts]


def branching(measure: dict[str, Any], detailed: dict[str, Any]) -> list[Any]:
    size = {"type": "value_greater_than", "params": {"field": "size", "threshold": 1000}}
    return [
        step("measure", "tests.wait_for_file", parameters=measure, conditions={
            "large": {**size, "task": "detailed"},
            "default": {"task": "quick"},
        }),
        step("detailed", "tests.wait_for_file", parameters=detailed),
        step("quick"),
        step("report", after=["detailed", "quick"]),
        step("alert", after="measure", only_if={"type": "not", "params": {"condition": size}}),
    ]  # fmt: skip


@killed
def test_one_way_is_taken_when_the_branch_is_killed_before_it_has_chosen(
    engine: WorkflowEngine, start_worker: StartWorker, tmp_path: Path, what: str
) -> None:
    marks, gate = tmp_path / "marks", tmp_path / "gate"
    measure = {"path": str(gate), "marks": str(marks)}
    engine.register_workflow("branching", branching(measure, {"path": str(gate)}))
    worker = start_worker()
    execution_id = engine.execute_workflow("branching", {"size": 5})
    eventually(lambda: starts(marks) == 1)

    kill(what, worker, marks, start_worker)
    eventually(lambda: starts(marks) == 2, within=30)
    gate.touch()

    execution = wait_until_ended(engine, execution_id)
    assert execution["status"] == "success"
    assert statuses(execution) == {
        **dict.fromkeys(["measure", "quick", "report", "alert"], "success"),
        "detailed": "skipped",
    }
    assert step_of(execution, "detailed")["reason"] == "size > 1000 was false: 5"
    assert kinds(engine, execution_id, "measure") == ["lost", None]
    assert [step_of(execution, name)["attempt"] for name in ("quick", "report", "alert")] == [1, 1, 1]


@killed
def test_the_choice_stays_when_the_chosen_step_is_killed(
    engine: WorkflowEngine, start_worker: StartWorker, tmp_path: Path, what: str
) -> None:
    marks, opened, gate = tmp_path / "marks", tmp_path / "opened", tmp_path / "gate"
    opened.touch()
    detailed = {"path": str(gate), "marks": str(marks)}
    engine.register_workflow("branching", branching({"path": str(opened)}, detailed))
    worker = start_worker()
    execution_id = engine.execute_workflow("branching", {"size": 2000})
    eventually(lambda: starts(marks) == 1)

    kill(what, worker, marks, start_worker)
    eventually(lambda: starts(marks) == 2, within=30)
    gate.touch()

    execution = wait_until_ended(engine, execution_id)
    assert execution["status"] == "success"
    assert statuses(execution) == {
        **dict.fromkeys(["measure", "detailed", "report"], "success"),
        **dict.fromkeys(["quick", "alert"], "skipped"),
    }
    assert kinds(engine, execution_id, "measure") == [None]
    assert kinds(engine, execution_id, "detailed") == ["lost", None]


@killed
def test_every_item_has_its_result_when_some_are_killed_in_the_middle(
    engine: WorkflowEngine, start_worker: StartWorker, tmp_path: Path, what: str
) -> None:
    marks, gate = tmp_path / "marks", tmp_path / "gate"
    parameters = {"gate": str(gate), "waiting": list(range(DONE, ITEMS)), "marks": str(marks)}
    steps = [
        step("each", "tests.item", map_over="input.numbers", max_parallel=6, parameters=parameters),
        step("sink", "tests.everything", after="each"),
    ]
    engine.register_workflow("mapping", steps)
    worker = start_worker()
    numbers = list(range(100, 100 + ITEMS))
    execution_id = engine.execute_workflow("mapping", {"numbers": numbers})

    def both_wait() -> bool:
        """both slots hold an item that waits; a quick one may still be in the queue behind them"""
        return sum((marks / str(number)).exists() for number in range(DONE, ITEMS)) == 2

    eventually(both_wait)
    before = started(marks)
    kill(what, worker, marks, start_worker)
    lost = 1 if what == CHILD else 2
    eventually(lambda: started(marks) >= before + lost, within=30)
    gate.touch()

    execution = wait_until_ended(engine, execution_id)
    assert execution["status"] == "success"
    assert engine.steps.get(execution_id, "each")["result"] == numbers
    assert Counter(item_attempts(engine, execution_id)) == {1: ITEMS - lost, 2: lost}
    assert started(marks) == ITEMS + lost  # a body for each attempt, and none twice


def started(marks: Path) -> int:
    """How many bodies of items have started."""
    return sum(starts(directory) for directory in marks.iterdir()) if marks.exists() else 0


def item_attempts(engine: WorkflowEngine, execution_id: str) -> list[int]:
    """The number of the last attempt of each item."""
    last: dict[int, int] = {}
    for event in engine.executions.events(execution_id):
        if event["event"] == "step_running" and "item" in event:
            last[event["item"]] = event["attempt"]
    return [last[item] for item in sorted(last)]


@killed
def test_the_retry_succeeds_when_it_is_killed_in_the_middle(
    engine: WorkflowEngine, start_worker: StartWorker, tmp_path: Path, what: str
) -> None:
    first, middle, gate = tmp_path / "first", tmp_path / "middle", tmp_path / "gate"
    steps = [
        step("first", "tests.mark", parameters={"marks": str(first)}),
        step(
            "middle",
            "tests.fail_then_wait",
            after="first",
            retry_count=1,
            parameters={"marks": str(middle), "times": 2, "gate": str(gate)},
        ),
        step("last", after="middle"),
    ]
    engine.register_workflow("resumed", steps)
    worker = start_worker()
    execution_id = engine.execute_workflow("resumed", {})
    assert wait_until_ended(engine, execution_id)["status"] == "failure"

    assert engine.executions.retry(execution_id) == ["middle", "last"]
    eventually(lambda: starts(middle) == 3)
    kill(what, worker, middle, start_worker)
    eventually(lambda: starts(middle) == 4, within=30)
    gate.touch()

    execution = wait_until_ended(engine, execution_id)
    assert (execution["status"], execution["round"], execution["error"]) == ("success", 2, None)
    assert starts(first) == 1
    # The budget of two attempts begins anew with the second round; the numbers go on.
    assert kinds(engine, execution_id, "middle") == ["error", "error", "lost", None]
    assert step_of(execution, "last")["attempt"] == 1


def test_a_retry_waits_for_a_worker_when_all_were_killed_before_it(
    engine: WorkflowEngine, start_worker: StartWorker, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    parameters = {"failing": [3], "times": 1, "marks": str(marks)}
    steps = [
        step("each", "tests.item", map_over="input.numbers", retry_count=0, parameters=parameters),
        step("sink", "tests.everything", after="each"),
    ]
    engine.register_workflow("resumed", steps, on_failure="continue")
    worker = start_worker()
    execution_id = engine.execute_workflow("resumed", {"numbers": list(range(ITEMS))})
    assert wait_until_ended(engine, execution_id)["status"] == "failure"

    worker.kill()
    engine.executions.retry(execution_id)
    wait_for_step(engine, execution_id, "each", "queued")
    start_worker()

    execution = wait_until_ended(engine, execution_id)
    assert execution["status"] == "success"
    assert engine.steps.get(execution_id, "each")["result"] == list(range(ITEMS))
    assert started(marks) == ITEMS + 1
