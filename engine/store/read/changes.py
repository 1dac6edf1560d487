"""The changes of an execution since it was last read, without reading all of it again. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable

from celeriac.engine.store.read.execution_reader import ExecutionReader
from celeriac.engine.store.read.execution_record import ExecutionRecord, UnitState
from celeriac.engine.workflows.progress.events import Event, EventCode, event_view
from celeriac.engine.workflows.progress.states import StepStatus
from celeriac.engine.workflows.progress.units import index_of
from celeriac.engine.workflows.progress.views import EventView, ExecutionView

#: With more events than this, everything is read again.
MOST_EVENTS = 1_000
#: Events of an execution after which everything is read again: it starts, is retried, or ends.
TURNS = (EventCode.EXECUTION_CREATED, EventCode.EXECUTION_RETRIED, EventCode.EXECUTION_ENDED)
#: How often the steps are read again because they changed during the read.
TRIES = 4


class Changes:
    """Executions that are watched."""

    def __init__(self, records: ExecutionReader) -> None:
        self._records = records

    def since(self, known: ExecutionView, last: EventView) -> tuple[ExecutionView, list[EventView]] | None:
        """The current result of `ExecutionReader.view`, and the events after `last`, the last one that `known` includes.

        Only the steps of these events and running steps are read; all other views are those of `known`. Returns None if
        everything has to be read again.
        """
        for _ in range(TRIES):
            record, events = self._events_from(known["execution_id"], known["seq"])
            if not events or event_view(events[0], record.launched, record.definition.steps) != last:
                return None  # the store went back in time: restored, or lost its last second
            fresh = events[1:]
            if len(fresh) > MOST_EVENTS or any(event.code in TURNS for event in fresh):
                return None
            indexes = _steps_of(fresh) | {
                index for index, step in enumerate(known["steps"]) if step["status"] == StepStatus.RUNNING
            }
            if (states := self._states(record, indexes)) is not None:
                return self._view(known, record, states), [
                    event_view(event, record.launched, record.definition.steps) for event in fresh
                ]
        return None

    def _events_from(self, execution_id: str, seq: int) -> tuple[ExecutionRecord, list[Event]]:
        """The execution with its events from this one on."""
        return self._records.events(execution_id, seq - 1, MOST_EVENTS + 2)

    def _states(self, record: ExecutionRecord, indexes: set[int]) -> dict[int, UnitState] | None:
        """The states of these steps at the moment of `record`; None if one of them has changed since."""
        units = [str(index) for index in sorted(indexes)]
        states, later = self._records.later_events(record, units)
        if not _steps_of(later).isdisjoint(indexes):
            return None
        return {int(unit): state for unit, state in states.items()}

    def _view(
        self, known: ExecutionView, record: ExecutionRecord, states: dict[int, UnitState]
    ) -> ExecutionView:
        steps = list(known["steps"])
        for index, step in zip(states, self._records.step_views(record, states), strict=True):
            # The same object while nothing has changed, so that callers can compare identities.
            steps[index] = steps[index] if steps[index] == step else step
        return {
            **known,
            **self._records.summary(record),
            "launched_again": self._records.launched_again(record),
            "steps": steps,
        }


def _steps_of(events: Iterable[Event]) -> set[int]:
    """The indexes of the steps of these events; an item counts as its step."""
    return {index_of(event.unit) for event in events if event.unit}
