"""Ended executions are removed with all that belongs to them; active and pinned ones are kept."""

from __future__ import annotations

from celeriac.engine.engine import WorkflowEngine
from tests.support.transitions import clean, launch
from tests.support.workflows import single


def test_nothing_remains_of_an_execution_when_it_is_deleted(engine: WorkflowEngine) -> None:
    engine.register_workflow("alpha", single("noop"))
    execution_id = engine.executions.launch("alpha", {}, labels={"a": "b"}, idempotency_key="k").execution_id
    engine.cancel_workflow(execution_id)

    engine.executions.delete(execution_id)

    left = [key for key in engine.store.client.keys("*") if engine.settings.namespace.encode() in key]
    assert not [
        key for key in left if execution_id.encode() in key or b"index" in key or b"idempotency" in key
    ]


def test_each_has_its_own_outcome_when_several_are_deleted(engine: WorkflowEngine) -> None:
    ended, pinned, active = (launch(engine, "one", single("noop")).execution_id for _ in range(3))
    for execution_id in (ended, pinned):
        engine.store.transitions.cancel_execution(execution_id)
    engine.store.transitions.pin_execution(pinned, True)
    delete = engine.store.transitions.delete_executions

    assert delete([ended], before=engine.store.now() - 60_000) == ["recent"]
    assert delete([ended, pinned, active, "nowhere"]) == ["deleted", "pinned", "active", "unknown"]

    assert engine.executions.count()["all"] == 2
    clean(engine, active)
