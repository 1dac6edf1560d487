"""The failure that ended an execution, with the facts that its page starts with. Writes nothing."""

from __future__ import annotations

from celeriac.engine.store.keys import Field
from celeriac.engine.store.read.execution_reader import ExecutionReader
from celeriac.engine.store.read.execution_record import ExecutionRecord
from celeriac.engine.store.read.view_builders import error_view
from celeriac.engine.workflows.progress.units import index_of, item_of
from celeriac.engine.workflows.progress.views import ErrorView, FailureView


class Failures:
    """Reads failures."""

    def __init__(self, records: ExecutionReader) -> None:
        self._records = records

    def view(self, execution_id: str) -> FailureView | None:
        """The failure that the execution shows as its error, in full; None without one."""
        return self.view_of(self._records.read_record(execution_id))

    def view_of(self, record: ExecutionRecord) -> FailureView | None:
        """The same of an execution that was read."""
        execution_id = record.execution_id
        unit, _, number = record.text(b"err").partition("#")
        if not unit:
            return None
        attempt, state = int(number), self._records.unit_state(execution_id, unit)
        step, item = record.definition.steps[index_of(unit)], item_of(unit)
        before = range(state.base + 1, attempt)
        names = [
            f"{Field.TRACEBACK}{unit}#{attempt}",
            *(f"{Field.ERROR}{unit}#{number}" for number in [attempt, *before]),
        ]
        traceback, raw, *earlier = self._records.data(execution_id, names)
        if raw is None:
            return None
        error = error_view(raw, traceback)
        told = [error_view(each) for each in earlier if each]
        return {
            "step": step.name,
            "item": item,
            "level": step.level,
            "attempt": attempt,
            "attempt_limit": state.base
            + 1
            + (step.retry_count if step.map_over is None or item is not None else 0),
            "attempts": attempt - state.base,
            "alike": all(_same(each) == _same(error) for each in told),
            "error": error,
        }


def _same(error: ErrorView) -> tuple[str, str, str]:
    return error["kind"], error["type"], error["message"]
