"""Cancelling: nothing starts any more, what runs is really stopped, and the status is true."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import ExecutionEnded, ExecutionNotFound
from celeriac.engine.manager import WorkflowManager
from tests.support.executions import starts, statuses, step_of, wait_for_step, wait_until_ended
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import chain, fan, single


def test_the_running_task_is_stopped_when_its_execution_is_cancelled(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    shared_engine.register_workflow("slow", chain(3, "sleep", parameters={"seconds": 60}))
    execution_id = shared_engine.execute_workflow("slow", {})
    wait_for_step(shared_engine, execution_id, "s1", "running")
    before = set(shared_worker.children())

    shared_engine.cancel_workflow(execution_id)

    execution = wait_until_ended(shared_engine, execution_id, within=10)
    assert execution["status"] == "cancelled"
    assert statuses(execution) == {"s1": "cancelled", "s2": "cancelled", "s3": "cancelled"}
    assert step_of(execution, "s1")["stopped"] is True
    # The child that ran it is gone; the pool has started another.
    eventually(lambda: set(shared_worker.children()) - before and before - set(shared_worker.children()))


def test_the_process_is_killed_when_the_cancelled_task_ignores_sigterm(
    shared_engine: WorkflowEngine, shared_worker: Worker, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    shared_engine.register_workflow(
        "stubborn", single("tests.ignore_sigterm", parameters={"marks": str(marks)})
    )
    execution_id = shared_engine.execute_workflow("stubborn", {})
    eventually(lambda: starts(marks) == 1)
    pid = int(next(marks.iterdir()).name.split("-")[1])

    shared_engine.cancel_workflow(execution_id)
    while_stopping = shared_engine.get_workflow_status(execution_id)

    assert (while_stopping["status"], while_stopping["cancel_requested"]) == ("running", True)
    execution = wait_until_ended(shared_engine, execution_id)
    assert execution["status"] == "cancelled"
    assert step_of(execution, "only")["stopped"] is True
    assert not is_running(pid)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:1]


def test_nothing_ever_runs_when_an_execution_is_cancelled_before_a_worker_exists(
    engine: WorkflowEngine, start_worker: object, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    engine.register_workflow("early", chain(3, "tests.mark", parameters={"marks": str(marks)}))
    engine.register_workflow("later", single("noop"))
    execution_id = engine.execute_workflow("early", {})

    engine.cancel_workflow(execution_id)

    assert engine.get_workflow_status(execution_id)["status"] == "cancelled"
    start_worker()  # type: ignore[operator]
    wait_until_ended(engine, engine.execute_workflow("later", {}))
    assert starts(marks) == 0


def test_a_cancel_is_refused_when_the_execution_has_ended(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    shared_engine.register_workflow("quick", single("noop"))
    execution_id = shared_engine.execute_workflow("quick", {})
    wait_until_ended(shared_engine, execution_id)

    with pytest.raises(ExecutionEnded, match="already ended with status success"):
        shared_engine.cancel_workflow(execution_id)

    assert shared_engine.get_workflow_status(execution_id)["status"] == "success"


def test_a_cancel_is_refused_when_there_is_no_such_execution(shared_engine: WorkflowEngine) -> None:
    with pytest.raises(ExecutionNotFound, match="'nothing-of-the-kind' not found"):
        shared_engine.cancel_workflow("nothing-of-the-kind")


def test_all_of_them_end_when_every_execution_is_cancelled(engine: WorkflowEngine, worker: Worker) -> None:
    engine.register_workflow("wide", fan(20, "sleep", parameters={"seconds": 30}))
    ids = [engine.execute_workflow("wide", {}) for _ in range(20)]
    eventually(lambda: engine.executions.count()["running"] > 0)

    assert WorkflowManager(engine).cancel_all_executions() == 20

    eventually(lambda: engine.executions.count()["cancelled"] == 20, within=15)
    for execution_id in ids:
        assert "running" not in statuses(engine.get_workflow_status(execution_id)).values()


def test_the_step_ends_unconfirmed_when_its_worker_never_answers(
    engine: WorkflowEngine, worker: Worker
) -> None:
    engine.register_workflow("slow", single("sleep", parameters={"seconds": 60}))
    execution_id = engine.execute_workflow("slow", {})
    wait_for_step(engine, execution_id, "only", "running")
    reconciler = engine.start_reconciler()
    worker.freeze()
    try:
        engine.cancel_workflow(execution_id)

        execution = wait_until_ended(engine, execution_id)
    finally:
        worker.thaw()
        reconciler.stop()

    assert execution["status"] == "cancelled"
