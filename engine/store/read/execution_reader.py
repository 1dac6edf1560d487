"""Reads executions from the store and returns them as views. Writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from celeriac.engine.errors import ExecutionNotFound
from celeriac.engine.store.connection import Connection
from celeriac.engine.store.definitions import Definitions
from celeriac.engine.store.keys import Field, Keys
from celeriac.engine.store.read.execution_record import ExecutionRecord as ExecutionRecord
from celeriac.engine.store.read.execution_record import UnitState as UnitState
from celeriac.engine.store.read.parts import Parts, PartsReader, seq_of
from celeriac.engine.store.read.view_builders import error_view, first_failure, step_view, summary_view
from celeriac.engine.workflows.definition.definition import WorkflowDefinition
from celeriac.engine.workflows.progress.events import Event, Reason, parse_event
from celeriac.engine.workflows.progress.output import Progress, parse_entry
from celeriac.engine.workflows.progress.states import StepStatus
from celeriac.engine.workflows.progress.units import index_of
from celeriac.engine.workflows.progress.views import (
    ErrorView,
    ExecutionSummary,
    ExecutionView,
    StepView,
)

#: Reasons whose texts are stored separately.
REASONS_WITH_WORDS = (Reason.NOT_CHOSEN, Reason.CONDITION, Reason.BY_HAND)


class ExecutionReader:
    """Reads executions."""

    def __init__(self, client: Connection, keys: Keys, definitions: Definitions) -> None:
        self._client, self._keys, self._definitions = client, keys, definitions
        self._parts = PartsReader(client, keys)

    def read(self, execution_id: str) -> tuple[ExecutionRecord, dict[int, UnitState]]:
        """An execution and the states of its steps at one moment, with the sequence number of that moment."""
        record, states, _ = self.read_with_events(execution_id, 0)
        return record, states

    def read_with_events(
        self, execution_id: str, latest: int
    ) -> tuple[ExecutionRecord, dict[int, UnitState], list[Event]]:
        """The same with up to `latest` events that led to that moment, oldest first."""
        # By name: those of the items of a mapped step, perhaps thousands, lie beside them.
        indexes = range(len(self.definition_of(execution_id).steps))
        parts = self._parts.read(execution_id, states=indexes, log=(-latest, -1) if latest else None)
        states = {
            index: UnitState.parse(state)
            for index, state in zip(indexes, parts.states, strict=True)
            if state is not None
        }
        first = parts.seq - len(parts.log) + 1
        events = [parse_event(number, raw.decode()) for number, raw in enumerate(parts.log, first)]
        return self._record(execution_id, parts), states, events

    def _record(self, execution_id: str, parts: Parts) -> ExecutionRecord:
        return self._record_of(execution_id, parts.fields, parts.seq, parts.now)

    def _record_of(
        self, execution_id: str, fields: dict[bytes, bytes], seq: int, now: int
    ) -> ExecutionRecord:
        definition = self._definitions.get(fields[b"wf"].decode(), fields[b"ver"].decode())
        return ExecutionRecord(execution_id, fields, definition, seq, now)

    def read_units(
        self, execution_id: str, units: Sequence[str]
    ) -> tuple[ExecutionRecord, dict[str, UnitState]]:
        """An execution and the states of some of its units at one moment; `units` is not empty."""
        parts = self._parts.read(execution_id, states=units)
        return self._record(execution_id, parts), _states(units, parts.states)

    def units_of(
        self, execution_id: str, units: Sequence[str], read: ExecutionRecord | None
    ) -> tuple[ExecutionRecord, dict[str, UnitState]]:
        """The same; of an execution that was `read` already only the letters are read again."""
        return self.read_states(read, units) if read else self.read_units(execution_id, units)

    def read_record(self, execution_id: str) -> ExecutionRecord:
        """An execution without the states of its units."""
        return self._record(execution_id, self._parts.read(execution_id))

    def read_states(
        self, record: ExecutionRecord, units: Sequence[str]
    ) -> tuple[ExecutionRecord, dict[str, UnitState]]:
        """The states of some units now, and the record with their letters of the same moment; `units` is not empty.

        Raises `ExecutionNotFound` if it was deleted since.
        """
        execution_id = record.execution_id
        names = dict.fromkeys([b"v", *(f"{Field.ITEMS}{index_of(unit)}".encode() for unit in units)])
        parts = self._parts.read(execution_id, fields=list(names), states=units)
        fields = {**record.fields, **parts.fields}
        return self._record_of(execution_id, fields, parts.seq, parts.now), _states(units, parts.states)

    def item_letters(self, execution_id: str, index: int) -> str:
        """The letters of the items of a mapped step; '' before they are known."""
        letters = self._client.hget(self._keys.execution(execution_id), f"{Field.ITEMS}{index}")
        return letters.decode() if letters else ""

    def unit_state(self, execution_id: str, unit: str) -> UnitState:
        """The state of one unit."""
        return self.unit_states(execution_id, [unit])[unit]

    def unit_states(self, execution_id: str, units: Sequence[str]) -> dict[str, UnitState]:
        """The states of these units."""
        found, _, _ = self._parts.parts_of(execution_id, states=units)
        return _states(units, found)

    def interruptions(self, execution_id: str, unit: str) -> int:
        """How many attempts of a unit were interrupted in this round."""
        return int(self._client.hget(self._keys.data(execution_id), f"{Field.INTERRUPTED}{unit}") or 0)

    def is_stop_requested(self, execution_id: str, unit: str) -> bool:
        """Whether a person has asked to stop a running unit: by cancelling its execution, or by skipping it."""
        names = ["cancel", f"{Field.SKIP}{unit}"]
        return any(self._client.hmget(self._keys.execution(execution_id), names))

    def definition_of(self, execution_id: str) -> WorkflowDefinition:
        """The definition an execution was launched with."""
        workflow_id, version = self._client.hmget(self._keys.execution(execution_id), "wf", "ver")
        if workflow_id is None:
            raise ExecutionNotFound(execution_id=execution_id[:120])
        return self._definitions.get(workflow_id.decode(), version.decode())

    def data(self, execution_id: str, names: Sequence[str]) -> list[bytes | None]:
        """Input, results, errors, tracebacks by their names in the data hash."""
        return self._parts.parts_of(execution_id, data=names)[2]

    def errors(
        self, execution_id: str, attempts: Iterable[tuple[str, int]]
    ) -> dict[tuple[str, int], ErrorView]:
        """The recorded errors of these (unit, attempt) pairs, without tracebacks."""
        pairs = list(attempts)
        found = self.data(execution_id, [f"{Field.ERROR}{unit}#{attempt}" for unit, attempt in pairs])
        return {pair: error_view(raw) for pair, raw in zip(pairs, found, strict=True) if raw}

    def view(self, execution_id: str) -> ExecutionView:
        """The whole execution, as the API returns it."""
        return self.view_of(*self.read(execution_id))

    def view_of(self, record: ExecutionRecord, states: Mapping[int, UnitState]) -> ExecutionView:
        """The same of an execution that was read with the states of its steps."""
        steps, succeeded = record.definition.steps, record.text(b"st") == "success"
        last = [step for step in steps if not step.dependents] if succeeded else []
        raw_input, *results = self.data(
            record.execution_id, ["input", *(f"{Field.RESULT}{step.index}" for step in last)]
        )
        return {
            **self.summary(record),
            "input": json.loads(raw_input or b"{}"),
            "result": {step.name: json.loads(raw) for step, raw in zip(last, results, strict=True) if raw}
            if succeeded
            else None,
            "launched_again": self.launched_again(record),
            "steps": self.step_views(record, {i: states.get(i, UnitState()) for i in range(len(steps))}),
        }

    def summary(self, record: ExecutionRecord) -> ExecutionSummary:
        """The row of a list."""
        [raw] = (
            self.data(record.execution_id, [f"{Field.ERROR}{record.text(b'err')}"])
            if b"err" in record.fields
            else [None]
        )
        return summary_view(record, first_failure(record, raw))

    def step_views(self, record: ExecutionRecord, states: Mapping[int, UnitState]) -> list[StepView]:
        """The steps with these indexes in these states, in this order, with the output of running ones."""
        execution_id, vector = record.execution_id, record.vector
        errors = self.errors(
            execution_id,
            [
                (str(index), state.attempt)
                for index, state in states.items()
                if state.ended is not None and vector[index] != StepStatus.SUCCESS.letter
            ],
        )
        running = [index for index in states if vector[index] == StepStatus.RUNNING.letter]
        explained = [index for index, state in states.items() if state.why in REASONS_WITH_WORDS]
        names = [
            *(f"{kind}{index}" for index in running for kind in (Field.PROGRESS, Field.LINES)),
            *(f"{Field.REASON}{index}" for index in explained),
        ]
        raws = iter(self.data(execution_id, names))
        said = {index: (next(raws), next(raws)) for index in running}
        words = {index: (next(raws) or b"").decode() for index in explained}
        views = {
            index: step_view(
                record, str(index), state, errors.get((str(index), state.attempt)), words.get(index, "")
            )
            for index, state in states.items()
        }
        return _with_output(views, said)

    def launched_again(self, record: ExecutionRecord) -> str | None:
        """The newest execution launched from this one, while it exists."""
        newest = record.text(b"again")
        return newest if newest and self._client.exists(self._keys.execution(newest)) else None

    def summaries(self, execution_ids: Sequence[str]) -> list[ExecutionSummary]:
        """The rows of these executions, in this order, without deleted ones."""
        if not execution_ids:
            return []
        # Each with its events at one moment: an execution may be archived in between.
        pipeline = self._client.pipeline()
        pipeline.time()
        for execution_id in execution_ids:
            pipeline.hgetall(self._keys.execution(execution_id))
            pipeline.llen(self._keys.log(execution_id))
        (seconds, microseconds), *answers = pipeline.execute()
        now = seconds * 1000 + microseconds // 1000
        records = [
            self._record_of(execution_id, fields, seq_of(fields, events), now)
            for execution_id, fields, events in zip(execution_ids, answers[::2], answers[1::2], strict=True)
            if fields
        ]
        errors = self._first_errors(records)
        return [summary_view(record, errors.get(record.execution_id)) for record in records]

    def _first_errors(self, records: list[ExecutionRecord]) -> dict[str, ErrorView]:
        names = {
            record.execution_id: f"{Field.ERROR}{record.text(b'err')}"
            for record in records
            if b"err" in record.fields
        }
        raws = self._parts.data_of(names)
        found = {
            record.execution_id: first_failure(record, raws[record.execution_id])
            for record in records
            if record.execution_id in raws
        }
        return {execution_id: error for execution_id, error in found.items() if error}

    def events(self, execution_id: str, after: int, limit: int) -> tuple[ExecutionRecord, list[Event]]:
        """The execution and up to `limit` of its events with a sequence number above `after`."""
        parts = self._parts.read(execution_id, log=(after, after + limit - 1))
        events = [parse_event(number, raw.decode()) for number, raw in enumerate(parts.log, after + 1)]
        return self._record(execution_id, parts), events

    def later_events(
        self, record: ExecutionRecord, units: Sequence[str]
    ) -> tuple[dict[str, UnitState], list[Event]]:
        """The states of these units now, and the events since the moment of `record`."""
        found, raws, _ = self._parts.parts_of(record.execution_id, states=units, log=(record.seq, -1))
        events = [parse_event(number, raw.decode()) for number, raw in enumerate(raws, record.seq + 1)]
        return _states(units, found), events

    def _log_of(self, record: ExecutionRecord) -> list[bytes]:
        return self._parts.parts_of(record.execution_id, log=(0, record.seq - 1))[1]

    def all_events_of(self, record: ExecutionRecord) -> list[Event]:
        """All events up to the moment of `record`."""
        return [parse_event(number, raw.decode()) for number, raw in enumerate(self._log_of(record), 1)]

    def events_of(self, record: ExecutionRecord, unit: str) -> list[Event]:
        """The events of one unit up to the moment of `record`. Others are skipped before they are parsed."""
        mark = f" {unit} ".encode()
        found = (
            parse_event(number, raw.decode())
            for number, raw in enumerate(self._log_of(record), 1)
            if mark in raw
        )
        # A time or a reason may contain what looks like the unit.
        return [event for event in found if event.unit == unit]


def _states(units: Sequence[str], packed: Sequence[bytes | None]) -> dict[str, UnitState]:
    """States as they are stored, by unit; a unit without one is as it begins."""
    return {
        unit: UnitState.parse(state) if state else UnitState()
        for unit, state in zip(units, packed, strict=True)
    }


def _with_output(
    views: Mapping[int, StepView], said: Mapping[int, tuple[bytes | None, bytes | None]]
) -> list[StepView]:
    """The same views; running steps get the last progress of their attempt and the number of their log lines."""
    for index, (progress, lines) in said.items():
        view = views[index]
        if progress:
            _, latest = parse_entry(progress.decode())
            if isinstance(latest, Progress) and latest.attempt == view["attempt"]:
                view["progress"] = latest.view()
        if lines:
            view["log_lines"] = int(lines)
    return list(views.values())
