"""One step or item in full: arguments, result, and its attempts, from its state or the event log. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable

from celeriac.engine.store.keys import Field
from celeriac.engine.store.output import Output
from celeriac.engine.store.read.execution_reader import ExecutionReader, ExecutionRecord, UnitState
from celeriac.engine.store.read.items import find_step
from celeriac.engine.store.read.queues import Queues
from celeriac.engine.store.read.values import Values, loaded
from celeriac.engine.store.read.view_builders import error_view, load_json, moment, step_view
from celeriac.engine.workflows.definition.definition import StepDefinition
from celeriac.engine.workflows.progress.attempts import (
    Attempt,
    StepHistory,
    fold_histories,
    status_of_end,
)
from celeriac.engine.workflows.progress.events import Reason, worker_name
from celeriac.engine.workflows.progress.execution_retry import Outcome, possible_actions
from celeriac.engine.workflows.progress.states import Letter, StepStatus, WorkflowStatus
from celeriac.engine.workflows.progress.units import item_of, item_unit
from celeriac.engine.workflows.progress.views import AttemptView, StepDetail, StepView, WaitingView
from celeriac.engine.workflows.progress.waiting import is_in_queue, waiting_view

#: With these letters the state of a unit that was attempted once has all that its log has of that attempt. With others it
#: may have been ended some time after the attempt was.
_LETTERS_OF_AN_ATTEMPT = (
    *(Letter.RUNNING, Letter.RETRYING, Letter.SUCCESS, Letter.FAILURE, Letter.ALLOWED_FAILURE),
)


def only_attempt(letter: str, state: UnitState, *, is_mapped: bool) -> list[Attempt] | None:
    """The attempts of a unit that has had at most one, from its state; None where its state does not have them.

    `round` is 0: a state does not have it.
    """
    if state.attempt == 0 or (state.attempt, state.base, letter) == (1, 0, Letter.QUEUED):
        return []
    told = letter in _LETTERS_OF_AN_ATTEMPT or (is_mapped and letter == Letter.CANCELLED)
    if (state.attempt, state.base) != (1, 0) or state.started is None or not told:
        return None
    status = "running" if state.ended is None else status_of_end(letter)
    worker = "" if is_mapped else state.worker_id
    return [
        Attempt(
            number=1,
            round=0,
            status=status,
            queued=state.queued,
            started=state.started,
            ended=state.ended,
            worker_id=worker,
        )
    ]


def attempt_views(attempts: Iterable[Attempt], record: ExecutionRecord) -> list[AttemptView]:
    """Those of these attempts of a unit that have started. Errors are filled in by the caller."""
    return [
        {
            "attempt": attempt.number,
            "status": attempt.status,
            "queued_time": moment(record, attempt.queued),
            "start_time": moment(record, attempt.started),
            "end_time": moment(record, attempt.ended),
            "duration": (
                (record.now - record.launched if attempt.ended is None else attempt.ended) - attempt.started
            )
            / 1000,
            "worker": worker_name(attempt.worker_id),
            "error": None,
        }
        for attempt in attempts
        if attempt.started is not None
    ]


class Steps:
    """Reads steps."""

    def __init__(self, records: ExecutionReader, output: Output, queues: Queues, values: Values) -> None:
        self._records, self._output, self._queues, self._values = records, output, queues, values

    def view(
        self,
        execution_id: str,
        step_name: str,
        item: int | None = None,
        *,
        read: ExecutionRecord | None = None,
    ) -> StepDetail:
        """The step or item in full, at the moment when the execution was `read`, or now.

        Raises `ExecutionNotFound`, `StepNotFound`, and for an item `StepNotMapped`, `ItemNotFound`.
        """
        definition = read.definition if read else self._records.definition_of(execution_id)
        step = find_step(definition, execution_id, step_name)
        unit = str(step.index) if item is None else item_unit(step.index, item)
        named = {way.task: str(definition.index_of(way.task)) for way in step.branch if item is None}
        before = [str(index) for index in step.dependencies]
        record, states = self._records.units_of(
            execution_id, list(dict.fromkeys([unit, str(step.index), *named.values(), *before])), read
        )
        record.unit_of(step.index, item)  # raises if there is no such item
        state = states[unit]
        attempts = attempt_views(self._attempts(record, step, unit, state), record)
        self._add_errors(execution_id, unit, attempts)
        names = [
            f"{Field.REASON}{unit}",
            f"{Field.ERROR}{unit}#{state.attempt}",
            f"{Field.TRACEBACK}{unit}#{state.attempt}",
        ]
        words, raw_error, traceback = self._records.data(execution_id, names)
        last_error = error_view(raw_error, traceback) if raw_error else None
        lines, omitted = self._output.lines(execution_id, unit)
        result = self._values.step_result(execution_id, step, item)
        view = step_view(record, unit, state, last_error, (words or b"").decode())
        return {
            **view,
            "waiting": self._waiting(record, step, view, unit, states),
            "parameters": dict(step.parameters),
            "inputs": loaded(self._values.inputs_of(execution_id, step, item)),
            "result": load_json(result),
            "has_result": result is not None,
            "retry_count": step.retry_count,
            "timeout": step.timeout,
            "origins": step.all_origins,
            "retry_on": list(step.retry_on),
            "no_retry_on": list(step.no_retry_on),
            "attempts": attempts,
            "dependents": [definition.steps[i].name for i in step.dependents],
            "logs": [line.view() for line in lines],
            "logs_omitted": omitted,
            "actions": _actions(record, step, state, item),
            "chosen": next(
                (name for name, each in named.items() if states[each].why != Reason.NOT_CHOSEN), None
            )
            if record.letter_of(unit) == Letter.SUCCESS
            else None,
            "item": item,
        }

    def _attempts(
        self, record: ExecutionRecord, step: StepDefinition, unit: str, state: UnitState
    ) -> list[Attempt]:
        """All attempts, oldest first. The log is read where there are several: it may have thousands of other units."""
        is_mapped = step.map_over is not None and item_of(unit) is None
        attempts = only_attempt(record.letter_of(unit), state, is_mapped=is_mapped)
        if attempts is None:
            events = self._records.events_of(record, unit)
            attempts = fold_histories(events).get(unit, StepHistory()).attempts
        return attempts

    def _waiting(
        self,
        record: ExecutionRecord,
        step: StepDefinition,
        view: StepView,
        unit: str,
        states: dict[str, UnitState],
    ) -> WaitingView | None:
        is_item, items_run = item_of(unit) is not None, record.vector[step.index] != StepStatus.PENDING.letter
        if is_item and items_run and view["status"] == StepStatus.PENDING and step.max_parallel:
            return {"reason": "parallel", "most": step.max_parallel}
        before = {
            name: step_view(record, str(index), states[str(index)], None)
            for name, index in zip(step.depends_on, step.dependencies, strict=True)
        }
        place = self._queues.positions(record, {unit: states[unit]}).get(unit) if is_in_queue(view) else None
        until = (
            self._queues.due(record, unit, states[unit]) if view["status"] == StepStatus.RETRYING else None
        )
        return waiting_view(view, before, place=place, until=until)

    def _add_errors(self, execution_id: str, unit: str, attempts: list[AttemptView]) -> None:
        numbers = [attempt["attempt"] for attempt in attempts]
        names = [f"{kind}{unit}#{number}" for number in numbers for kind in "et"]
        raws = self._records.data(execution_id, names)
        for attempt, error, traceback in zip(attempts, raws[::2], raws[1::2], strict=True):
            if error:
                attempt["error"] = error_view(error, traceback)


def _actions(record: ExecutionRecord, step: StepDefinition, state: UnitState, item: int | None) -> list[str]:
    ended, items = WorkflowStatus(record.text(b"st")).ended, record.items(step.index)
    if item is not None and ended:
        return []  # a retry of the step resets those of its items that are not done
    return possible_actions(
        step,
        Outcome(record.vector[step.index] if item is None else items[item], state.why[:1]),
        ended=ended,
        cancelling=b"cancel" in record.fields,
        has_items=bool(items) and item is None,
    )
