"""Inputs and results of executions and steps, as the stored JSON texts. Writes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from celeriac.engine.store.keys import Field
from celeriac.engine.store.read.execution_reader import ExecutionReader
from celeriac.engine.store.read.items import find_step
from celeriac.engine.store.read.view_builders import load_json
from celeriac.engine.workflows.definition.definition import StepDefinition
from celeriac.engine.workflows.definition.step_definition import json_text
from celeriac.engine.workflows.progress.states import Letter, WorkflowStatus
from celeriac.engine.workflows.progress.units import item_unit


class Values:
    """Reads inputs and results. Texts are compact UTF-8, up to the size that the settings allow."""

    def __init__(self, records: ExecutionReader) -> None:
        self._records = records

    def input_of(self, execution_id: str) -> bytes:
        """Raises `ExecutionNotFound`."""
        self._records.definition_of(execution_id)
        (raw,) = self._records.data(execution_id, ["input"])
        return raw or b"{}"

    def result_of(self, execution_id: str) -> bytes | None:
        """The results of the last steps by name; None without one. Raises `ExecutionNotFound`."""
        record, _states = self._records.read_units(execution_id, ["0"])
        if record.text(b"st") != WorkflowStatus.SUCCESS:
            return None
        last = [step for step in record.definition.steps if not step.dependents]
        raws = self._records.data(execution_id, [f"{Field.RESULT}{step.index}" for step in last])
        return joined({step.name: raw for step, raw in zip(last, raws, strict=True) if raw is not None})

    def step_of(self, execution_id: str, step_name: str, item: int | None) -> StepDefinition:
        """Raises `ExecutionNotFound`, `StepNotFound`, and for an item `StepNotMapped`, `ItemNotFound`."""
        step = find_step(self._records.definition_of(execution_id), execution_id, step_name)
        record, _states = self._records.read_units(execution_id, [str(step.index)])
        record.unit_of(step.index, item)
        return step

    def inputs_of(self, execution_id: str, step: StepDefinition, item: int | None) -> dict[str, bytes]:
        """The arguments of the task, by name. An item gets its element, not the result that contains the list."""
        source = None if item is None else str(step.map_over).partition(".")[0]
        wanted = {
            name: f"{Field.RESULT}{dependency}"
            for name, dependency in zip(step.depends_on, step.dependencies, strict=True)
            if name != source
        }
        names = ["input", *wanted.values()]
        raw_input, *raws = self._records.data(execution_id, names)
        found: dict[str, bytes | None] = {}
        if item is not None:
            (found["item"],) = self._records.data(
                execution_id, [f"{Field.ITEM}{item_unit(step.index, item)}"]
            )
        found["input"] = raw_input
        found |= {name: raw for name, raw in zip(wanted, raws, strict=True) if raw is not None}
        return {name: raw or b"null" for name, raw in found.items()} | {
            name: _encoded(value) for name, value in step.parameters.items()
        }

    def step_result(self, execution_id: str, step: StepDefinition, item: int | None) -> bytes | None:
        """None if there is none. The results of items are collected in the step's result when it ends."""
        if item is None:
            return self._records.data(execution_id, [f"{Field.RESULT}{step.index}"])[0]
        own, gathered = self._records.data(
            execution_id, [f"{Field.RESULT}{item_unit(step.index, item)}", f"{Field.RESULT}{step.index}"]
        )
        if own is not None:
            return own
        letters, results = self._records.item_letters(execution_id, step.index), load_json(gathered)
        succeeded = (
            letters[item : item + 1] == Letter.SUCCESS and isinstance(results, list) and len(results) > item
        )
        return _encoded(results[item]) if succeeded else None


def joined(texts: Mapping[str, bytes]) -> bytes:
    """The JSON text of an object, composed from the unchanged texts of its values."""
    return b"{" + b",".join(_encoded(name) + b":" + text for name, text in texts.items()) + b"}"


def loaded(texts: Mapping[str, bytes]) -> dict[str, Any]:
    return {name: json.loads(text) for name, text in texts.items()}


def _encoded(value: object) -> bytes:
    return json_text(value).encode(errors="backslashreplace")
