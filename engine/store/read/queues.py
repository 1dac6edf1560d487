"""Positions of ready units in their queues, and the workers that consume the queues. Writes nothing, contacts no broker.

Ready units wait in a list per queue; the first of them are published when slots are idle. Published units that are not
claimed yet are in the broker, and their order there is unknown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from celeriac.engine.store.connection import Connection
from celeriac.engine.store.keys import Keys
from celeriac.engine.store.read.execution_reader import ExecutionReader
from celeriac.engine.store.read.execution_record import ExecutionRecord, UnitState
from celeriac.engine.store.read.items import find_step
from celeriac.engine.store.read.view_builders import moment
from celeriac.engine.workflows.progress.events import rfc3339
from celeriac.engine.workflows.progress.states import StepStatus
from celeriac.engine.workflows.progress.units import index_of
from celeriac.engine.workflows.progress.views import QueuePosition


@dataclass(frozen=True, slots=True)
class Consumers:
    """The live workers of a queue."""

    workers: int = 0
    slots: int = 0
    busy: int = 0

    def with_worker(self, slots: int, claims: int) -> Consumers:
        return Consumers(self.workers + 1, self.slots + slots, self.busy + min(slots, claims))


class Queues:
    """Reads the queues."""

    def __init__(self, client: Connection, keys: Keys, records: ExecutionReader) -> None:
        self._client, self._keys, self._records = client, keys, records

    def positions_of(self, record: ExecutionRecord, step_names: Sequence[str]) -> dict[str, QueuePosition]:
        """Those of these steps that are ready, or are mapped and have ready items; by name. Raises `StepNotFound`."""
        definition, execution_id = record.definition, record.execution_id
        names = {str(find_step(definition, execution_id, name).index): name for name in step_names}
        if not names:
            return {}
        record, states = self._records.read_states(record, list(names))
        waiting = {unit: state for unit, state in states.items() if _may_wait(record, unit)}
        return {names[unit]: place for unit, place in self.positions(record, waiting).items()}

    def positions(self, record: ExecutionRecord, units: Mapping[str, UnitState]) -> dict[str, QueuePosition]:
        """For these units of one execution, by unit. Takes two round trips, for any number of units and queues."""
        if not units:
            return {}
        queue_of = {unit: record.definition.steps[index_of(unit)].queue for unit in units}
        queues = sorted(set(queue_of.values()))
        pipeline = self._client.pipeline()
        pipeline.zrangebyscore(self._keys.leases(), record.now, "+inf")
        for queue in queues:
            pipeline.zcard(self._keys.published(queue))
        tasks = sorted({record.definition.steps[index_of(unit)].task_name for unit in units})
        pipeline.hmget(self._keys.tasks(), tasks)
        for unit, state in units.items():
            member = _member(record, unit, state)
            pipeline.zrank(self._keys.ready(queue_of[unit]), member)
            pipeline.zscore(self._keys.published(queue_of[unit]), member)
        workers, *answers = pipeline.execute()
        published = dict(zip(queues, answers, strict=False))
        staff = self._staff([worker.decode() for worker in workers])
        rates = _rates(dict(zip(tasks, answers[len(queues)], strict=True)))
        places = answers[len(queues) + 1 :]
        return {
            unit: _place(
                record,
                queue_of[unit],
                state,
                ahead=0 if rank is None else published[queue_of[unit]] + rank,
                next_of=None if position is None else published[queue_of[unit]],
                staff=staff.get(queue_of[unit], Consumers()),
                rate=rates.get(record.definition.steps[index_of(unit)].task_name, ""),
            )
            for (unit, state), rank, position in zip(units.items(), places[::2], places[1::2], strict=True)
        }

    def due(self, record: ExecutionRecord, unit: str, state: UnitState) -> str | None:
        """When the next attempt of a failed unit becomes ready."""
        at = self._client.zscore(self._keys.due(), _member(record, unit, state))
        return None if at is None else rfc3339(int(at))

    def _staff(self, workers: Sequence[str]) -> dict[str, Consumers]:
        """By queue."""
        pipeline = self._client.pipeline(transaction=False)
        for worker in workers:
            pipeline.hget(self._keys.worker(worker), "info")
            pipeline.hlen(self._keys.claims(worker))
        answers = pipeline.execute()
        found: dict[str, Consumers] = {}
        for raw, claims in zip(answers[::2], answers[1::2], strict=True):
            info = json.loads(raw or b"{}")
            for queue in info.get("queues", ()):
                found[queue] = found.get(queue, Consumers()).with_worker(info.get("concurrency", 0), claims)
        return found


def _may_wait(record: ExecutionRecord, unit: str) -> bool:
    letter = record.letter_of(unit)
    return letter == StepStatus.QUEUED.letter or bool(
        letter == StepStatus.RUNNING.letter and record.items(index_of(unit))
    )


def _member(record: ExecutionRecord, unit: str, state: UnitState) -> str:
    return f"{record.execution_id}|{unit}|{state.attempt}"


def _place(
    record: ExecutionRecord,
    queue: str,
    state: UnitState,
    *,
    ahead: int,
    next_of: int | None,
    staff: Consumers,
    rate: str,
) -> QueuePosition:
    place: QueuePosition = {
        "queue": queue,
        "attempt": state.attempt,
        "since": moment(record, state.queued),
        "ahead": ahead,
        "next_of": next_of,
        "workers": staff.workers,
        "slots": staff.slots,
        "busy": staff.busy,
    }
    return {**place, "rate_limit": rate} if rate else place


def _rates(announced: Mapping[str, bytes | None]) -> dict[str, str]:
    """The rate limits of tasks, by name, from what workers have announced."""
    facts = {name: json.loads(text) for name, text in announced.items() if text is not None}
    return {name: fact["rate_limit"] for name, fact in facts.items() if "rate_limit" in fact}
