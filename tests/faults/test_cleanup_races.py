"""Cleaning up while executions are under way, and cleaning up very many."""

from __future__ import annotations

from pathlib import Path

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.manager import WorkflowManager
from celeriac.engine.store.cleanup import BATCH
from celeriac.engine.store.transitions import Transitions
from tests.support.executions import starts
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import chain


def test_no_active_execution_is_removed_when_cleanup_never_rests(
    engine: WorkflowEngine, worker: Worker, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    engine.register_workflow("racing", chain(3, "tests.mark", parameters={"marks": str(marks)}))
    manager = WorkflowManager(engine)
    removed = 0
    for _ in range(60):
        engine.execute_workflow("racing", {})
        removed += manager.cleanup_completed_executions(0)

    def all_gone() -> bool:
        """every execution has run all its steps and was removed then"""
        nonlocal removed
        removed += manager.cleanup_completed_executions(0)
        return removed == 60

    eventually(all_gone, within=60)

    assert starts(marks) == 60 * 3
    assert engine.executions.count()["all"] == 0


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.long)])
def test_cleanup_goes_in_bounded_batches_when_there_are_many_old_executions(
    engine: WorkflowEngine, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    engine.register_workflow("old", chain(6))
    engine.publish_workflows()
    for _ in range(count):
        created = engine.store.transitions.create_execution(
            engine.registered["old"], b"{}", labels={}, note=""
        )
        engine.store.transitions.cancel_execution(created.execution_id)
    active = engine.store.transitions.create_execution(engine.registered["old"], b"{}", labels={}, note="")
    sizes: list[int] = []
    delete = Transitions.delete_executions

    def noted(self: Transitions, ids: list[str], *, before: int | None = None) -> list[str]:
        sizes.append(len(ids))
        return delete(self, ids, before=before)

    monkeypatch.setattr(Transitions, "delete_executions", noted)
    manager = WorkflowManager(engine)
    # A millisecond that ends may share with "now" is not over yet.
    eventually(lambda: manager.preview_cleanup(0)["count"] == count)

    assert manager.cleanup_completed_executions(0) == count

    assert max(sizes) <= BATCH
    assert engine.get_workflow_status(active.execution_id)["status"] == "pending"
    engine.cancel_workflow(active.execution_id)
