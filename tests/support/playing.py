"""Stands in for a worker: claims what is queued and ends it as a test says, at once and in order. No broker is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.store.transitions import Claim
from celeriac.engine.workflows.conditions.conditions import choose
from celeriac.engine.workflows.progress.units import index_of, item_of, item_unit

WORKER = "w@test#1"
#: A result; or an exception, which fails the attempt for good; or a function of an item's number that gives either.
Body = Any


def play(engine: WorkflowEngine, execution_id: str, bodies: Mapping[str, Body] | None = None) -> None:
    """Runs every step that is queued or becomes so; those without a body in `bodies` (by name) return null."""
    try:
        while claims := _claims(engine, execution_id):
            for claim in claims:
                _end(engine, claim, bodies or {})
    finally:
        engine.store.transitions.retire_worker(WORKER)


def hold(engine: WorkflowEngine, execution_id: str) -> list[Claim]:
    """Claims what is queued and leaves it running. A test that holds claims ends with `release`."""
    return _claims(engine, execution_id)


def release(engine: WorkflowEngine, execution_id: str, bodies: Mapping[str, Body] | None = None) -> None:
    """Ends what is held and plays the rest."""
    for unit in _units(engine, execution_id, "r"):
        state = engine.store.reader.unit_state(execution_id, unit)
        if state.claim:
            claim = engine.store.transitions.claim_step(
                execution_id, unit, state.attempt, state.claim, state.worker_id
            )
            assert isinstance(claim, Claim), claim
            _end(engine, claim, bodies or {})
    play(engine, execution_id, bodies)


def _claims(engine: WorkflowEngine, execution_id: str) -> list[Claim]:
    claims = []
    for unit in _units(engine, execution_id, "q"):
        attempt = engine.store.reader.unit_state(execution_id, unit).attempt
        claim = engine.store.transitions.claim_step(
            execution_id, unit, attempt, f"task.{unit}.{attempt}", WORKER
        )
        if isinstance(claim, Claim):
            claims.append(claim)
    return claims


def _units(engine: WorkflowEngine, execution_id: str, letter: str) -> list[str]:
    record, _ = engine.store.reader.read(execution_id)
    found = []
    for step in record.definition.steps:
        items = record.items(step.index)
        if step.map_over is None:
            found += [str(step.index)] if record.vector[step.index] == letter else []
        found += [item_unit(step.index, number) for number, each in enumerate(items) if each == letter]
    return found


def _end(engine: WorkflowEngine, claim: Claim, bodies: Mapping[str, Body]) -> None:
    transitions = engine.store.transitions
    definition = engine.store.reader.definition_of(claim.execution_id)
    step = definition.steps[index_of(claim.unit)]
    body = bodies.get(step.name)
    result = body(item_of(claim.unit)) if isinstance(body, Callable) else body  # type: ignore[arg-type]
    if isinstance(result, Exception):
        error = {"kind": "error", "type": type(result).__name__, "message": str(result)}
        _, orders, _ = transitions.fail_step(
            claim.execution_id, claim.unit, claim.attempt, claim.claim,
            kind="error", retry_in=None, uses_attempt=True, error=json.dumps(error).encode(), traceback="", stopped=True,
        )  # fmt: skip
    else:
        rejected = choose(step.branch, result, json.loads(claim.input)).rejected if step.branch else {}
        by_index = {definition.index_of(name): reason for name, reason in rejected.items()}
        _, orders, _ = transitions.complete_step(claim, json.dumps(result).encode(), by_index)
    engine.context.dispatch(orders)
