"""A workflow changes and workers are replaced while it executes: the execution keeps the definition it began with."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from tests.conftest import opened_engine
from tests.support.executions import statuses, wait_for_step, wait_until_ended
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import chain, step


def test_the_execution_keeps_its_steps_when_workflow_and_worker_are_replaced_meanwhile(
    engine: WorkflowEngine, start_worker: Callable[..., Worker], settings: Settings, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    waits = step("waits", "tests.wait_for_file", parameters={"path": str(gate)})
    engine.register_workflow("changing", [waits, step("old_end", after="waits")])
    engine.publish_workflows()
    first = start_worker()
    execution_id = engine.execute_workflow("changing", {})
    wait_for_step(engine, execution_id, "waits", "running")

    with opened_engine(settings) as newer:
        newer.register_workflow("changing", chain(3))
        newer.publish_workflows()
        start_worker()
        first.process.signal(signal.SIGTERM)
        following = newer.execute_workflow("changing", {})
        assert statuses(wait_until_ended(newer, following)) == dict.fromkeys(("s1", "s2", "s3"), "success")
    gate.touch()

    execution = wait_until_ended(engine, execution_id)
    assert statuses(execution) == {"waits": "success", "old_end": "success"}
    eventually(lambda: not first.alive)
