"""The items of a mapped step as rows: a page of them, and their number per status. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from celeriac.engine.errors import InvalidInput, StepNotFound, StepNotMapped
from celeriac.engine.store.keys import Field
from celeriac.engine.store.read.execution_reader import (
    REASONS_WITH_WORDS,
    ExecutionReader,
    ExecutionRecord,
    UnitState,
)
from celeriac.engine.store.read.view_builders import duration, items_view, moment
from celeriac.engine.workflows.definition.definition import StepDefinition, WorkflowDefinition
from celeriac.engine.workflows.progress.events import reason_text, worker_name
from celeriac.engine.workflows.progress.filters import checked_step_status
from celeriac.engine.workflows.progress.states import STATUS_OF_LETTER, Letter, StepStatus
from celeriac.engine.workflows.progress.units import item_unit
from celeriac.engine.workflows.progress.views import ErrorView, ItemsPage, ItemView

MAX_ITEMS_SHOWN = 1_000


def find_step(definition: WorkflowDefinition, execution_id: str, step_name: str) -> StepDefinition:
    """Raises `StepNotFound`."""
    try:
        return definition.steps[definition.index_of(step_name)]
    except KeyError:
        raise StepNotFound(execution_id=execution_id, step_name=step_name[:120]) from None


class Items:
    """Reads the items of mapped steps."""

    def __init__(self, records: ExecutionReader) -> None:
        self._records = records

    def page(
        self,
        execution_id: str,
        step_name: str,
        *,
        status: str | None,
        offset: int,
        limit: int,
        read: ExecutionRecord | None = None,
    ) -> ItemsPage:
        """Up to `limit` items, optionally in one status: failed ones first, then by number. `read` is as in `Steps.view`.

        Raises `ExecutionNotFound`, `StepNotFound`, `StepNotMapped`, and `InvalidInput` naming the parameter.
        """
        wanted = None if status is None else checked_step_status(status)
        if offset < 0:
            raise InvalidInput(f"offset must be 0 or more, not {offset}", pointer="/offset")
        if not 1 <= limit <= MAX_ITEMS_SHOWN:
            raise InvalidInput(f"limit must be from 1 to {MAX_ITEMS_SHOWN:,}, not {limit}", pointer="/limit")
        definition = read.definition if read else self._records.definition_of(execution_id)
        step = find_step(definition, execution_id, step_name)
        if step.map_over is None:
            raise StepNotMapped(execution_id=execution_id, step_name=step_name)
        letters = read.items(step.index) if read else self._records.item_letters(execution_id, step.index)
        numbers, total = _in_order(letters, wanted)
        shown = list(islice(numbers, offset, offset + limit))
        # The step itself is included, so that the set of units is never empty.
        units = [str(step.index), *(item_unit(step.index, number) for number in shown)]
        record, states = self._records.units_of(execution_id, units, read)
        return {
            "items": self._rows(record, step, shown, states),
            "offset": offset,
            "total": total,
            "counts": items_view(letters),
        }

    def _rows(
        self, record: ExecutionRecord, step: StepDefinition, numbers: list[int], states: dict[str, UnitState]
    ) -> list[ItemView]:
        units = {number: item_unit(step.index, number) for number in numbers}
        failed = [
            (unit, states[unit].attempt)
            for unit in units.values()
            if states[unit].ended is not None and record.letter_of(unit) != Letter.SUCCESS
        ]
        errors = self._records.errors(record.execution_id, failed)
        explained = [unit for unit in units.values() if states[unit].why in REASONS_WITH_WORDS]
        raws = self._records.data(record.execution_id, [f"{Field.REASON}{unit}" for unit in explained])
        words = {unit: (raw or b"").decode() for unit, raw in zip(explained, raws, strict=True)}
        return [
            _row(
                record,
                number,
                unit,
                states[unit],
                errors.get((unit, states[unit].attempt)),
                words.get(unit, ""),
            )
            for number, unit in units.items()
        ]


def _in_order(letters: str, wanted: StepStatus | None) -> tuple[Iterator[int], int]:
    """The numbers of the items in this status, or of all, those that failed first; and how many they are."""
    shown = [letter for letter in Letter if wanted is None or STATUS_OF_LETTER[letter] is wanted]
    groups = (
        {letter for letter in shown if STATUS_OF_LETTER[letter] is StepStatus.FAILURE},
        {letter for letter in shown if STATUS_OF_LETTER[letter] is not StepStatus.FAILURE},
    )
    # Not looked through for failures where there are none.
    present = [group for group in groups if any(letter in letters for letter in group)]
    numbers = (number for group in present for number, letter in enumerate(letters) if letter in group)
    return numbers, sum(letters.count(letter) for letter in shown)


def _row(
    record: ExecutionRecord, number: int, unit: str, state: UnitState, error: ErrorView | None, words: str
) -> ItemView:
    return {
        "item": number,
        "status": STATUS_OF_LETTER[record.letter_of(unit)].value,
        "attempt": state.attempt,
        "start_time": moment(record, state.started),
        "end_time": moment(record, state.ended),
        "duration": duration(record, state),
        "worker": worker_name(state.worker_id) or None,
        "error": error,
        "reason": reason_text(f"{state.why} {words}" if words else state.why, record.definition.steps),
    }
