"""A worker stands still for longer than its lease and wakes up: it is too late, and the store tells it so."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path

from celeriac.engine.engine import WorkflowEngine
from tests.support.executions import starts, wait_until_ended
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import step


def test_the_first_result_is_stale_when_a_paused_worker_wakes_after_its_lease(
    engine: WorkflowEngine, start_worker: Callable[..., Worker], tmp_path: Path
) -> None:
    marks, gate = tmp_path / "marks", tmp_path / "gate"
    parameters = {"path": str(gate), "marks": str(marks)}
    engine.register_workflow("paused", [step("waits", "tests.wait_for_file", parameters=parameters)])
    first = start_worker()
    execution_id = engine.execute_workflow("paused", {})
    eventually(lambda: starts(marks) == 1)
    stopped = [first.pid, *first.children()]
    second = start_worker()
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        eventually(lambda: starts(marks) == 2, within=30)
        gate.touch()
        execution = wait_until_ended(engine, execution_id)
    finally:
        for pid in stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    eventually(lambda: "late result" in first.log())
    attempts = engine.steps.get(execution_id, "waits")["attempts"]
    assert execution["status"] == "success"
    assert [attempt["error"] and attempt["error"]["kind"] for attempt in attempts] == ["lost", None]
    assert second.name in (attempts[1]["worker"] or "")
