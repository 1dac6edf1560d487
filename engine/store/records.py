"""Executions as they lie in the store, read and turned into the objects people see. Writes nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from engine.errors import ExecutionNotFound
from engine.store.connection import Connection
from engine.store.definitions import Definitions
from engine.store.keys import Keys
from engine.workflows.definition import WorkflowDefinition
from engine.workflows.events import Event, parse_event, reason_text, rfc3339, worker_name
from engine.workflows.output import Progress, parse_entry
from engine.workflows.states import (
    ALLOWED_FAILURE,
    BLOCKED,
    COMPLETED_LETTERS,
    STATUS_OF_LETTER,
    StepStatus,
)
from engine.workflows.units import index_of, item_of
from engine.workflows.views import ErrorView, ExecutionSummary, ExecutionView, ItemsView, LevelView, StepView


@dataclass(frozen=True, slots=True)
class UnitState:
    """The packed state of a unit; times are ms since the launch."""

    attempt: int = 0
    base: int = 0
    lost: int = 0
    queued: int | None = None
    started: int | None = None
    ended: int | None = None
    claim: str = ""
    worker_id: str = ""
    why: str = ""

    @classmethod
    def parse(cls, packed: bytes) -> UnitState:
        _, _, _, _, attempt, base, lost, _, queued, started, ended, claim, worker, why = (
            packed.decode().split("|")
        )
        times = [int(text) if text else None for text in (queued, started, ended)]
        return cls(int(attempt), int(base), int(lost), times[0], times[1], times[2], claim, worker, why)


@dataclass(frozen=True, slots=True)
class Record:
    """One execution's own hash with its definition."""

    execution_id: str
    fields: dict[bytes, bytes]
    definition: WorkflowDefinition
    seq: int
    now: int  # the store's clock, ms

    def text(self, name: bytes) -> str:
        return self.fields.get(name, b"").decode()

    def number(self, name: bytes) -> int | None:
        value = self.fields.get(name)
        return None if value is None else int(value)

    @property
    def launched(self) -> int:
        return int(self.fields[b"at"])

    @property
    def vector(self) -> str:
        return self.text(b"v")


#: Codes of reasons (`engine.workflows.events.reason_text`) whose words are kept apart.
REASONS_WITH_WORDS = ("B", "C", "H")


def level_views(vector: str, definition: WorkflowDefinition) -> list[LevelView]:
    """The counts of every level; steps lie in the vector level by level."""
    bounds = accumulate((len(names) for names in definition.levels), initial=0)
    levels: list[LevelView] = []
    for number, (start, end) in enumerate(pairwise(bounds), 1):
        counts = Counter(vector[start:end])
        completed = sum(counts[letter] for letter in COMPLETED_LETTERS)
        levels.append(LevelView(level=number, total=end - start, completed=completed, **by_status(counts)))  # type: ignore[typeddict-item]
    return levels


def by_status(counts: Mapping[str, int]) -> dict[str, int]:
    """How many units there are in each status, from how often each letter occurs."""
    found = {status.value: 0 for status in StepStatus}
    for letter, count in counts.items():
        found[STATUS_OF_LETTER[letter]] += count
    return found


def summary_view(record: Record, error: ErrorView | None) -> ExecutionSummary:
    """The row of a list."""
    end = record.number(b"end")
    completed = sum(record.vector.count(letter) for letter in COMPLETED_LETTERS)
    total = len(record.vector)
    return {
        "execution_id": record.execution_id,
        "workflow_id": record.definition.workflow_id,
        "workflow_version": record.definition.version,
        "status": record.text(b"st"),
        "cancel_requested": b"cancel" in record.fields,
        "start_time": rfc3339(record.launched),
        "end_time": None if end is None else rfc3339(end),
        "duration": max(0, (record.now if end is None else end) - record.launched) / 1000,
        "progress": {
            "completed_steps": completed,
            "total_steps": total,
            "percentage": completed * 100 // total,
        },
        "levels": level_views(record.vector, record.definition),
        "error": error,
        "labels": json.loads(record.fields.get(b"lab", b"{}")),
        "note": record.text(b"note") or None,
        "round": int(record.fields[b"rnd"]),
        "launched_from": record.text(b"from") or None,
        "pinned": b"pin" in record.fields,
        "seq": record.seq,
    }


def step_view(
    record: Record, index: int, state: UnitState, error: ErrorView | None, words: str = ""
) -> StepView:
    """The state of one step; `words` are those that go with the reason of a skip."""
    step = record.definition.steps[index]
    letter = record.vector[index]
    status = STATUS_OF_LETTER[letter]
    why = state.why or (f"S{record.text(b'stop')}" if letter == BLOCKED and b"stop" in record.fields else "")
    view: StepView = {
        "name": step.name,
        "task_name": step.task_name,
        "queue": step.queue,
        "level": step.level,
        "depends_on": list(step.depends_on),
        "status": status.value,
        "attempt": state.attempt,
        "start_time": None if state.started is None else rfc3339(record.launched + state.started),
        "end_time": None if state.ended is None else rfc3339(record.launched + state.ended),
        "duration": duration(record, state),
        "worker": worker_name(state.worker_id) or None,
        "error": error,
        "reason": reason_text(f"{why} {words}" if words else why, record.definition.steps),
    }
    if step.conditions_json:
        view["conditions"] = step.ways
    if step.map_over is not None:
        view["map_over"] = step.map_over
    if letters := record.text(f"v{index}".encode()):
        view["items"] = ItemsView(total=len(letters), **by_status(Counter(letters)))  # type: ignore[typeddict-item]
    if letter == ALLOWED_FAILURE:
        view["allowed"] = True
    if status is StepStatus.CANCELLED:
        view["stopped"] = state.why != "U"
    return view


def duration(record: Record, state: UnitState) -> float | None:
    """Seconds of the last attempt, until now while it runs."""
    if state.started is None:
        return None
    end = record.now - record.launched if state.ended is None else state.ended
    return max(0, end - state.started) / 1000


class Records:
    """Reads executions."""

    def __init__(self, client: Connection, keys: Keys, definitions: Definitions) -> None:
        self._client, self._keys, self._definitions = client, keys, definitions

    def read(self, execution_id: str) -> tuple[Record, dict[int, UnitState]]:
        """An execution and the states of its steps at one moment, with the sequence number of that moment."""
        pipeline = self._client.pipeline()
        pipeline.hgetall(self._keys.execution(execution_id))
        pipeline.hgetall(self._keys.states(execution_id))
        pipeline.llen(self._keys.log(execution_id))
        pipeline.time()
        fields, packed, seq, now = pipeline.execute()
        if not fields:
            raise ExecutionNotFound(execution_id=execution_id[:120])
        states = {
            index_of(unit.decode()): UnitState.parse(state)
            for unit, state in packed.items()
            if b"[" not in unit
        }
        return self._record(execution_id, fields, seq, now), states

    def _record(
        self, execution_id: str, fields: dict[bytes, bytes], seq: int, now: tuple[int, int]
    ) -> Record:
        definition = self._definitions.get(fields[b"wf"].decode(), fields[b"ver"].decode())
        return Record(execution_id, fields, definition, seq, now[0] * 1000 + now[1] // 1000)

    def unit_state(self, execution_id: str, unit: str) -> UnitState:
        """The state of one unit."""
        packed = self._client.hget(self._keys.states(execution_id), unit)
        return UnitState.parse(packed) if packed else UnitState()

    def definition_of(self, execution_id: str) -> WorkflowDefinition:
        """The definition an execution was launched with."""
        workflow_id, version = self._client.hmget(self._keys.execution(execution_id), "wf", "ver")
        if workflow_id is None:
            raise ExecutionNotFound(execution_id=execution_id[:120])
        return self._definitions.get(workflow_id.decode(), version.decode())

    def data(self, execution_id: str, names: Sequence[str]) -> list[bytes | None]:
        """Input, results, errors, tracebacks by their names in the data hash."""
        return list(self._client.hmget(self._keys.data(execution_id), list(names))) if names else []

    def errors(
        self, execution_id: str, attempts: Iterable[tuple[int, int]]
    ) -> dict[tuple[int, int], ErrorView]:
        """The recorded errors of these (unit, attempt) pairs, without tracebacks."""
        pairs = list(attempts)
        found = self.data(execution_id, [f"e{unit}#{attempt}" for unit, attempt in pairs])
        return {pair: error_view(raw) for pair, raw in zip(pairs, found, strict=True) if raw}

    def view(self, execution_id: str) -> ExecutionView:
        """The whole execution, as the API shows it."""
        record, states = self.read(execution_id)
        errors = self.errors(
            execution_id,
            [
                (unit, state.attempt)
                for unit, state in states.items()
                if state.ended is not None and record.vector[unit] != "s"
            ],
        )
        steps = record.definition.steps
        steps, succeeded = record.definition.steps, record.text(b"st") == "success"
        last = [step for step in steps if not step.dependents] if succeeded else []
        running = [index for index, letter in enumerate(record.vector) if letter == StepStatus.RUNNING.letter]
        explained = [index for index, state in states.items() if state.why in REASONS_WITH_WORDS]
        raws = iter(
            self.data(
                execution_id,
                [
                    "input",
                    f"e{record.text(b'err')}",
                    *(f"r{step.index}" for step in last),
                    *(f"{kind}{index}" for index in running for kind in "pn"),
                    *(f"w{index}" for index in explained),
                ],
            )
        )
        raw_input, first_error = next(raws), next(raws)
        results = [next(raws) for _ in last]
        said = {index: (next(raws), next(raws)) for index in running}
        words = {index: (next(raws) or b"").decode() for index in explained}
        views = [
            step_view(
                record, i, states.get(i, UnitState()), self._step_error(errors, i, states), words.get(i, "")
            )
            for i in range(len(steps))
        ]
        return {
            **summary_view(record, first_failure(record, first_error)),
            "input": json.loads(raw_input or b"{}"),
            "result": {step.name: json.loads(raw) for step, raw in zip(last, results, strict=True) if raw}
            if succeeded
            else None,
            "steps": _with_output(views, said),
        }

    @staticmethod
    def _step_error(
        errors: dict[tuple[int, int], ErrorView], index: int, states: dict[int, UnitState]
    ) -> ErrorView | None:
        return errors.get((index, states[index].attempt)) if index in states else None

    def summaries(self, execution_ids: Sequence[str]) -> list[ExecutionSummary]:
        """The rows of these executions, in this order, without those that are gone."""
        if not execution_ids:
            return []
        pipeline = self._client.pipeline(transaction=False)
        pipeline.time()
        for execution_id in execution_ids:
            pipeline.hgetall(self._keys.execution(execution_id))
            pipeline.llen(self._keys.log(execution_id))
        now, *answers = pipeline.execute()
        records = [
            self._record(execution_id, fields, seq, now)
            for execution_id, fields, seq in zip(execution_ids, answers[::2], answers[1::2], strict=True)
            if fields
        ]
        errors = self._first_errors(records)
        return [summary_view(record, errors.get(record.execution_id)) for record in records]

    def _first_errors(self, records: list[Record]) -> dict[str, ErrorView]:
        failed = [record for record in records if b"err" in record.fields]
        if not failed:
            return {}
        pipeline = self._client.pipeline(transaction=False)
        for record in failed:
            pipeline.hget(self._keys.data(record.execution_id), f"e{record.text(b'err')}")
        errors: dict[str, ErrorView] = {}
        for record, raw in zip(failed, pipeline.execute(), strict=True):
            if error := first_failure(record, raw):
                errors[record.execution_id] = error
        return errors

    def events(self, execution_id: str, after: int, limit: int) -> tuple[Record, list[Event]]:
        """The execution and up to `limit` of its events with a sequence number above `after`."""
        pipeline = self._client.pipeline()
        pipeline.hgetall(self._keys.execution(execution_id))
        pipeline.llen(self._keys.log(execution_id))
        pipeline.time()
        pipeline.lrange(self._keys.log(execution_id), after, after + limit - 1)
        fields, seq, now, raws = pipeline.execute()
        if not fields:
            raise ExecutionNotFound(execution_id=execution_id[:120])
        events = [parse_event(number, raw.decode()) for number, raw in enumerate(raws, after + 1)]
        return self._record(execution_id, fields, seq, now), events


def _with_output(
    views: list[StepView], said: Mapping[int, tuple[bytes | None, bytes | None]]
) -> list[StepView]:
    """The same views; running steps get what their attempt last said of its progress, and how much they logged."""
    for index, (progress, lines) in said.items():
        view = views[index]
        if progress:
            _, latest = parse_entry(progress.decode())
            if isinstance(latest, Progress) and latest.attempt == view["attempt"]:
                view["progress"] = latest.view()
        if lines:
            view["log_lines"] = int(lines)
    return views


def first_failure(record: Record, raw: bytes | None) -> ErrorView | None:
    """The failure that an execution shows as its error; `raw` is what is stored of it."""
    if not raw:
        return None
    unit = record.text(b"err").partition("#")[0]
    view: ErrorView = {**error_view(raw), "step": record.definition.steps[index_of(unit)].name}
    if (item := item_of(unit)) is not None:
        view["item"] = item
    return view


def error_view(raw: bytes, traceback: bytes | None = None) -> ErrorView:
    """A stored error, with its traceback where that was read."""
    stored = json.loads(raw)
    view: ErrorView = {
        "kind": stored["kind"],
        "type": stored["type"],
        "message": stored["message"],
        "traceback": traceback.decode() if traceback else None,
    }
    if "final" in stored:
        view["final"] = stored["final"]
    return view


def load_json(raw: bytes | None) -> Any:
    """A stored JSON text, None when there is none."""
    return None if raw is None else json.loads(raw)
