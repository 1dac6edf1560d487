"""A pool of threads can stop nothing: the engine's own deadline ends the attempt and fences off what comes late."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from celeriac.engine.engine import WorkflowEngine
from tests.support.executions import starts, wait_until_ended
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import step


def test_a_late_result_is_discarded_when_a_thread_outlives_its_deadline(
    engine: WorkflowEngine, start_worker: Callable[..., Worker], tmp_path: Path
) -> None:
    marks, gate = tmp_path / "marks", tmp_path / "gate"
    parameters = {"path": str(gate), "marks": str(marks)}
    waits = step("waits", "tests.wait_for_file", parameters=parameters, timeout=4, retry_count=1)
    engine.register_workflow("late", [waits, step("after", after="waits")])
    worker = start_worker("-P", "threads", "-c", "2")
    execution_id = engine.execute_workflow("late", {})

    eventually(lambda: starts(marks) == 2)
    gate.touch()

    execution = wait_until_ended(engine, execution_id)
    eventually(lambda: "late result" in worker.log())
    attempts = engine.steps.get(execution_id, "waits")["attempts"]
    assert execution["status"] == "success"
    assert [attempt["error"] and attempt["error"]["kind"] for attempt in attempts] == ["timeout", None]
