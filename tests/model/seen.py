"""The same picture of a namespace twice: as it lies in the store, and as the model has it."""

from __future__ import annotations

from typing import Any

from celeriac.engine.store.read.execution_reader import UnitState
from celeriac.engine.store.store import Store
from tests.model.records import Unit
from tests.model.reference import World
from tests.support.invariants import contents_of

Picture = dict[str, Any]


def seen(store: Store) -> Picture:
    """What the store holds, one round trip for what all share and one per execution."""
    keys, queues = store.keys, store.definitions.queues()
    pipeline = store.client.pipeline()
    pipeline.zrange(keys.index_all(), 0, -1)
    for key in (keys.due(), keys.leases(), *(keys.ready(queue) for queue in queues)):
        pipeline.zrange(key, 0, -1, withscores=True)
    for queue in queues:
        pipeline.zrange(keys.published(queue), 0, -1)
    ids, due, leases, *rest = pipeline.execute()
    workers = [worker.decode() for worker, _ in leases]
    return {
        "executions": {name.decode(): execution_seen(store, name.decode()) for name in ids},
        "due": times(due),
        "leases": times(leases),
        "ready": {queue: times(found) for queue, found in zip(queues, rest, strict=False) if found},
        "published": {
            queue: sorted(m.decode() for m in found)
            for queue, found in zip(queues, rest[len(queues) :], strict=True)
            if found
        },
        "claims": {worker: found for worker in workers if (found := claims_seen(store, worker))},
    }


def times(pairs: list[tuple[bytes, float]]) -> dict[str, int]:
    return {member.decode(): int(at) for member, at in pairs}


def claims_seen(store: Store, worker: str) -> dict[str, str]:
    found = store.client.hgetall(store.keys.claims(worker))
    return {member.decode(): value.decode() for member, value in found.items()}


def execution_seen(store: Store, execution_id: str) -> Picture:
    keys = store.keys
    fields = store.client.hmget(keys.execution(execution_id), "st", "v", "at", "end", "cancel", "stop", "pin")
    contents = contents_of(store, execution_id)
    status, vector, at, end, cancel, stop, pin = (None if f is None else f.decode() for f in fields)
    units = {int(unit): UnitState.parse(packed) for unit, packed in contents.states.items()}
    return {
        "status": status,
        "vector": vector,
        "times": [None if time is None else int(time) for time in (at, end, cancel)],
        "stopped by": stop,
        "pinned": pin is not None,
        "log": [entry.decode() for entry in contents.log],
        "units": [unit_seen(units.get(index, UnitState())) for index in range(len(vector or ""))],
    }


def unit_seen(state: UnitState) -> tuple[int, int, int, str, str]:
    return state.attempt, state.base, state.lost, state.claim, state.worker_id


def expected(world: World) -> Picture:
    """What the model says that the store holds."""
    return {
        "executions": {
            name: {
                "status": execution.status,
                "vector": execution.vector,
                "times": [execution.launched, execution.end, execution.cancelled],
                "stopped by": execution.stopped_by,
                "pinned": execution.pinned,
                "log": execution.log,
                "units": [unit_expected(unit) for unit in execution.units],
            }
            for name, execution in world.executions.items()
        },
        "due": world.due,
        "leases": world.leases,
        "ready": {queue: waiting for queue, waiting in world.ready.items() if waiting},
        "published": {queue: sorted(members) for queue, members in world.published.items() if members},
        "claims": {
            worker: {member: f"{task}|{missed}" for member, (task, missed) in held.items()}
            for worker, held in world.claims.items()
            if held
        },
    }


def unit_expected(unit: Unit) -> tuple[int, int, int, str, str]:
    return unit.attempt, unit.base, unit.lost, unit.claim, unit.worker


def difference(found: Picture, wanted: Picture, where: str = "") -> list[str]:
    """One line per place where the store differs from the model."""
    lines: list[str] = []
    for name in sorted({*found, *wanted}):
        in_store, in_model = found.get(name), wanted.get(name)
        if isinstance(in_store, dict) and isinstance(in_model, dict):
            lines += difference(in_store, in_model, f"{where}{name} / ")
        elif in_store != in_model:
            lines.append(f"{where}{name}: the store has {in_store}, the model {in_model}")
    return lines
