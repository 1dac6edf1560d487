"""Tasks that misbehave at random: every step ends within its budget, and none says that a worker was shut down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from celeriac.engine.workflows.progress.views import ExecutionView
from tests.support.counts import seeds
from tests.support.executions import wait_until_ended
from tests.support.invariants import violations
from tests.support.workers import Worker
from tests.support.workflows import step

RETRIES = 2


@pytest.mark.sampled
def test_every_execution_ends_within_its_budget(
    engine: WorkflowEngine, settings: Settings, start_worker: Callable[..., Worker]
) -> None:
    worker = start_worker(settings=replace(settings, workflows=("tests.support.fuzzed_tasks",)))
    engine.register_workflow("fuzzed", [step("only", "tests.fuzz", retry_count=RETRIES, timeout=20)])
    ids = {engine.execute_workflow("fuzzed", {"seed": seed}): seed for seed in seeds(200, full=2_000)}

    for execution_id, seed in ids.items():
        assert _is_within_budget(wait_until_ended(engine, execution_id, within=120)), seed
    assert violations(settings) == []
    assert worker.alive


def _is_within_budget(execution: ExecutionView) -> bool:
    (only,) = execution["steps"]
    error = only["error"]
    return only["attempt"] <= RETRIES + 1 and (error is None or "shut down" not in error["message"])
