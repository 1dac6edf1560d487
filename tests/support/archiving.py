"""Archived executions in tests: how they get so, and all that can be read of an execution, to compare."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import StepNotMapped
from celeriac.engine.executions import Bookmark

Picture = dict[str, Any]


def archive(engine: WorkflowEngine, *execution_ids: str) -> int:
    """Archives these executions now; returns how many were."""
    return engine.store.archive.archive_executions(execution_ids)


def is_archived(engine: WorkflowEngine, execution_id: str) -> bool:
    """Whether its dense form is all that there is; fails if both forms are there, or neither."""
    keys, exists = engine.store.keys, engine.store.client.exists
    archived = bool(exists(keys.archive(execution_id)))
    assert archived != bool(exists(keys.log(execution_id)))
    assert not (archived and exists(keys.states(execution_id)))
    return archived


def picture(engine: WorkflowEngine, execution_id: str) -> Picture:
    """Everything that pages, the API and commands show of an ended execution."""
    executions, view = engine.executions, engine.executions.get(execution_id)
    look = executions.look(execution_id, latest=5)
    return {
        "view": view,
        "look": replace(look, read=None),
        "row": executions.rows([execution_id]),
        "listed": [
            row
            for row in engine.get_execution_history(q=execution_id)["executions"]
            if row["execution_id"] == execution_id
        ],
        "events": executions.events(execution_id),
        "some events": executions.events(execution_id, after=3, limit=4),
        "news": executions.news([Bookmark(execution_id=execution_id)], limit=5),
        "later news": executions.news([Bookmark(execution_id=execution_id, seq=2)], limit=3),
        "failure": executions.failure(execution_id),
        "timeline": replace(executions.timeline(execution_id), now=0),
        "log": executions.log(execution_id),
        "output": executions.output(execution_id, after="0-0"),
        "input": executions.input_json(execution_id),
        "result": executions.result_json(execution_id),
        "steps": {step["name"]: _step(engine, execution_id, step["name"]) for step in view["steps"]},
    }


def _step(engine: WorkflowEngine, execution_id: str, name: str) -> Picture:
    shown: Picture = {
        "step": engine.steps.get(execution_id, name),
        "inputs": engine.steps.inputs_json(execution_id, name),
        "result": engine.steps.result_json(execution_id, name),
    }
    try:
        page = engine.steps.items(execution_id, name)
    except StepNotMapped:
        return shown
    items = [engine.steps.get(execution_id, name, item=row["item"]) for row in page["items"]]
    return {**shown, "page": page, "items": items}
