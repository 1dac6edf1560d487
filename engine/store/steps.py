"""One step in full: inputs, result, and its attempts folded from the event log. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable

from engine.errors import StepNotFound
from engine.store.output import Output
from engine.store.records import Record, Records, UnitState, error_view, load_json, step_view
from engine.workflows.events import Event, rfc3339, worker_name
from engine.workflows.views import AttemptView, StepDetail

END_OF_CODE = {
    "s": "success",
    "f": "failure",
    "a": "failure",
    "t": "failure",
    "c": "cancelled",
    "k": "cancelled",
    "b": "cancelled",
}


def fold_attempts(events: Iterable[Event], record: Record) -> list[AttemptView]:
    """The attempts of one unit, oldest first, from its events alone. Errors are filled in by the caller."""
    queued: int | None = None
    attempts: list[AttemptView] = []
    for event in events:
        at = record.launched + event.offset
        if event.code == "q":
            queued = at
        elif event.code == "r":
            attempts.append(
                {
                    "attempt": event.attempt,
                    "status": "running",
                    "queued_time": None if queued is None else rfc3339(queued),
                    "start_time": rfc3339(at),
                    "end_time": None,
                    "duration": (record.now - at) / 1000,
                    "worker": worker_name(event.tail),
                    "error": None,
                }
            )
            started = at
        elif event.code in END_OF_CODE and attempts and attempts[-1]["end_time"] is None:
            attempts[-1] |= {
                "status": END_OF_CODE[event.code],
                "end_time": rfc3339(at),
                "duration": (at - started) / 1000,
            }
    return attempts


class Steps:
    """Reads steps."""

    def __init__(self, records: Records, output: Output) -> None:
        self._records, self._output = records, output

    def view(self, execution_id: str, step_name: str) -> StepDetail:
        """The step in full. Raises `ExecutionNotFound` or `StepNotFound`."""
        record, states = self._records.read(execution_id)
        try:
            index = record.definition.index_of(step_name)
        except KeyError:
            raise StepNotFound(execution_id=execution_id, step_name=step_name[:120]) from None
        step, state = record.definition.steps[index], states.get(index, UnitState())
        _, events = self._records.events(execution_id, 0, record.seq)
        attempts = fold_attempts((event for event in events if event.unit == str(index)), record)
        self._add_errors(execution_id, index, attempts)
        names = ["input", f"r{index}", f"w{index}"]
        names += [f"{kind}{index}#{state.attempt}" for kind in "et"]
        names += [f"r{dependency}" for dependency in step.dependencies]
        raw_input, raw_result, words, raw_error, traceback, *raw_results = self._records.data(
            execution_id, names
        )
        results = {
            name: load_json(raw)
            for name, raw in zip(step.depends_on, raw_results, strict=True)
            if raw is not None
        }
        lines, omitted = self._output.lines(execution_id, str(index))
        last_error = error_view(raw_error, traceback) if raw_error else None
        return {
            **step_view(record, index, state, last_error, (words or b"").decode()),
            "parameters": dict(step.parameters),
            "inputs": {"input": load_json(raw_input), **results, **step.parameters},
            "result": load_json(raw_result),
            "has_result": raw_result is not None,
            "retry_count": step.retry_count,
            "timeout": step.timeout,
            "retry_on": list(step.retry_on),
            "no_retry_on": list(step.no_retry_on),
            "attempts": attempts,
            "dependents": [record.definition.steps[i].name for i in step.dependents],
            "logs": [line.view() for line in lines],
            "logs_omitted": omitted,
        }

    def _add_errors(self, execution_id: str, index: int, attempts: list[AttemptView]) -> None:
        numbers = [attempt["attempt"] for attempt in attempts]
        names = [f"{kind}{index}#{number}" for number in numbers for kind in "et"]
        raws = self._records.data(execution_id, names)
        for attempt, error, traceback in zip(attempts, raws[::2], raws[1::2], strict=True):
            if error:
                attempt["error"] = error_view(error, traceback)
