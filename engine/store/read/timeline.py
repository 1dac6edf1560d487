"""When every step of an execution waited and ran, in one read. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from celeriac.engine.store.read.execution_reader import ExecutionReader
from celeriac.engine.store.read.execution_record import ExecutionRecord
from celeriac.engine.workflows.progress.attempts import Round, StepHistory, fold_histories, fold_rounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """`launched` and `now` are ms since the epoch by the store's clock, all other times ms since the launch."""

    launched: int
    now: int
    rounds: list[Round]
    courses: dict[str, StepHistory]  # by step; for a mapped step from its first item to its last


def read_timeline(records: ExecutionReader, record: ExecutionRecord) -> Timeline:
    """The timeline of an execution up to the moment when it was read."""
    events = records.all_events_of(record)
    courses = fold_histories(event for event in events if not event.unit.endswith("]"))
    return Timeline(
        launched=record.launched,
        now=record.now,
        rounds=fold_rounds(events),
        courses={step.name: courses.get(str(step.index), StepHistory()) for step in record.definition.steps},
    )
