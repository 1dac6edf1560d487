"""An execution is pinned or unpinned: what is pinned is out of reach of clean-up."""

from __future__ import annotations

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import (
    ExecutionNotFound,
)
from celeriac.engine.manager import WorkflowManager
from tests.support.transitions import launch
from tests.support.workflows import single


def test_it_is_out_of_reach_of_cleanup_until_it_is_unpinned(engine: WorkflowEngine) -> None:
    execution_id = launch(engine, "one", single("noop")).execution_id
    engine.store.transitions.cancel_execution(execution_id)
    manager = WorkflowManager(engine)

    engine.store.transitions.pin_execution(execution_id, True)
    engine.store.transitions.pin_execution(execution_id, True)

    assert engine.get_workflow_status(execution_id)["pinned"] is True
    assert manager.preview_cleanup(0)["count"] == 0
    engine.store.transitions.pin_execution(execution_id, False)
    assert engine.get_workflow_status(execution_id)["pinned"] is False
    assert manager.preview_cleanup(0)["count"] == 1


def test_an_active_execution_keeps_its_pin_when_it_ends(engine: WorkflowEngine) -> None:
    execution_id = launch(engine, "one", single("noop")).execution_id
    engine.store.transitions.pin_execution(execution_id, True)

    engine.store.transitions.cancel_execution(execution_id)

    assert engine.store.transitions.delete_executions([execution_id]) == ["pinned"]


def test_it_is_refused_when_the_execution_is_unknown(engine: WorkflowEngine) -> None:
    with pytest.raises(ExecutionNotFound):
        engine.store.transitions.pin_execution("nowhere", True)
