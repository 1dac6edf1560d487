"""The parts of executions as stored, whether they lie apart or are archived. Writes nothing.

Everything that reads states, events or data of an execution reads it here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from celeriac.engine.errors import ExecutionNotFound
from celeriac.engine.store.connection import Connection
from celeriac.engine.store.keys import Keys
from celeriac.engine.store.packing import unpack

#: The own field of an archived execution: the number of its events.
SEQ = b"seq"


@dataclass(frozen=True, slots=True)
class Parts:
    """What was asked for of one execution, all of one moment. `now` is the store's clock, ms."""

    fields: dict[bytes, bytes]
    seq: int
    now: int
    states: list[bytes | None]
    log: list[bytes]
    data: list[bytes | None]


class PartsReader:
    """Reads parts."""

    def __init__(self, client: Connection, keys: Keys) -> None:
        self._client, self._keys = client, keys

    def read(
        self,
        execution_id: str,
        *,
        fields: Sequence[bytes] = (),
        states: Sequence[str | int] = (),
        log: tuple[int, int] | None = None,
        data: Sequence[str] = (),
    ) -> Parts:
        """The own fields of an execution, all of them unless named, and the named states, events from to, and data.

        Positions of events are those of LRANGE. Raises `ExecutionNotFound`.
        """
        keys = self._keys
        own = [b"wf", SEQ, *fields]
        pipeline = self._client.pipeline()
        if fields:
            pipeline.hmget(keys.execution(execution_id), own)
        else:
            pipeline.hgetall(keys.execution(execution_id))
        pipeline.llen(keys.log(execution_id))
        pipeline.time()
        self._ask(pipeline, execution_id, states, log, data)
        found, events, now, *parts = pipeline.execute()
        if fields:
            named = zip(own, found, strict=True)
            found = {name: value for name, value in named if value is not None}
        if b"wf" not in found:
            raise ExecutionNotFound(execution_id=execution_id[:120])
        seq = seq_of(found, events)
        return Parts(found, seq, now[0] * 1000 + now[1] // 1000, *_take(parts, states, log, data))

    def parts_of(
        self,
        execution_id: str,
        *,
        states: Sequence[str | int] = (),
        log: tuple[int, int] | None = None,
        data: Sequence[str] = (),
    ) -> tuple[list[bytes | None], list[bytes], list[bytes | None]]:
        """The same parts of an execution that was read before; nothing of one that was deleted since."""
        if not (states or log or data):
            return [], [], []
        pipeline = self._client.pipeline()
        self._ask(pipeline, execution_id, states, log, data)
        return _take(pipeline.execute(), states, log, data)

    def data_of(self, names: Mapping[str, str]) -> dict[str, bytes | None]:
        """One text of the data of several executions; `names` by execution."""
        pipeline = self._client.pipeline()
        for execution_id, name in names.items():
            self._ask(pipeline, execution_id, (), None, [name])
        replies = iter(pipeline.execute() if names else [])
        return {
            execution_id: _take([next(replies), next(replies)], (), None, [name])[2][0]
            for execution_id, name in names.items()
        }

    def _ask(
        self,
        pipeline: Connection,
        execution_id: str,
        states: Sequence[str | int],
        log: tuple[int, int] | None,
        data: Sequence[str],
    ) -> None:
        if states:
            pipeline.hmget(self._keys.states(execution_id), list(states))
        if log:
            pipeline.lrange(self._keys.log(execution_id), *log)
        if data:
            pipeline.hmget(self._keys.data(execution_id), list(data))
        if states or log or data:
            pipeline.get(self._keys.archive(execution_id))


def seq_of(fields: Mapping[bytes, bytes], events: int) -> int:
    """The number of events of an execution with these fields, whose log has `events`."""
    return int(fields.get(SEQ, events))


def _take(
    replies: Sequence[Any], states: Sequence[str | int], log: tuple[int, int] | None, data: Sequence[str]
) -> tuple[list[bytes | None], list[bytes], list[bytes | None]]:
    """The parts from the replies to `_ask`: what lies apart, and what does not from the archive."""
    parts = iter(replies)
    found_states: list[bytes | None] = next(parts) if states else []
    found_log: list[bytes] = next(parts) if log else []
    found_data: list[bytes | None] = next(parts) if data else []
    packed = next(parts, None)
    if packed is None:
        return found_states, found_log, found_data
    archived = unpack(packed)
    return (
        _filled(found_states, states, archived.states),
        _between(archived.log, *log) if log else [],
        _filled(found_data, data, archived.data),
    )


def _filled(
    found: Sequence[bytes | None], names: Sequence[str | int], archived: Mapping[bytes, bytes]
) -> list[bytes | None]:
    return [
        archived.get(str(name).encode()) if value is None else value
        for value, name in zip(found, names, strict=True)
    ]


def _between(log: Sequence[bytes], first: int, last: int) -> list[bytes]:
    """As LRANGE has it."""
    return list(log[first : None if last == -1 else last + 1])
