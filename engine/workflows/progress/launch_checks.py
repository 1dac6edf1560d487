"""Validates the input, labels and note of a launch. Pure."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from celeriac.engine.errors import InputDoesNotFit, InvalidInput
from celeriac.engine.workflows.json.input_schema import check_input
from celeriac.engine.workflows.json.strict_json import dumps

MAX_LABELS, MAX_LABEL, MAX_NOTE = 20, 100, 1_000
MAX_REASON = 200


def checked_input(input_data: object, limit: int) -> bytes:
    """The input as JSON. Raises `InvalidInput` if it is not a JSON object or larger than `limit` bytes."""
    if not isinstance(input_data, dict):
        raise InvalidInput(
            f"the input must be a JSON object, not {_json_type(input_data)}; write for example {{}}",
            pointer="/input",
        )
    encoded = dumps(input_data)
    if len(encoded) > limit:
        raise InvalidInput(
            f"the input is {len(encoded):,} bytes of JSON, more than the {limit:,} allowed;"
            " put large data in a file and pass its name",
            pointer="/input",
        )
    return encoded


def check_fit(workflow_id: str, input_schema: dict[str, Any] | None, input_json: bytes) -> None:
    """Raises `InputDoesNotFit` with every problem if the input does not match the schema, if there is one."""
    if input_schema is None:
        return
    # As the tasks will receive it: the caller's tuples become lists.
    problems = check_input(input_schema, json.loads(input_json))
    if problems:
        within = [replace(problem, pointer=f"/input{problem.pointer}") for problem in problems]
        raise InputDoesNotFit(workflow_id=workflow_id, problems=within)


def checked_labels(labels: object) -> dict[str, str]:
    """Labels as given. Raises `InvalidInput` for anything but up to 20 short strings with short names."""
    if not isinstance(labels, dict):
        raise InvalidInput("labels must be an object of strings", pointer="/labels")
    if len(labels) > MAX_LABELS:
        raise InvalidInput(f"{len(labels)} labels are more than the {MAX_LABELS} allowed", pointer="/labels")
    for key, value in labels.items():
        if not isinstance(key, str) or not 1 <= len(key) <= MAX_LABEL or "=" in key or not key.isprintable():
            raise InvalidInput(
                f"label name {str(key)[:40]!r} must be 1 to {MAX_LABEL} printable characters without '='",
                pointer="/labels",
            )
        if not isinstance(value, str) or len(value) > MAX_LABEL or not value.isprintable():
            raise InvalidInput(
                f"label {key!r} must be a string of up to {MAX_LABEL} printable characters",
                pointer=f"/labels/{key}",
            )
    return labels


def checked_note(note: object) -> str:
    """The note as given. Raises `InvalidInput` if it is not a string or too long."""
    if not isinstance(note, str) or len(note) > MAX_NOTE:
        raise InvalidInput(f"the note must be a string of up to {MAX_NOTE} characters", pointer="/note")
    return note


def checked_reason(reason: object) -> str:
    """The reason of a mark, on one line. Raises `InvalidInput` if it is empty, not a string or too long."""
    if not isinstance(reason, str) or not reason.strip() or len(reason) > MAX_REASON:
        raise InvalidInput(f"the reason must be a string of 1 to {MAX_REASON} characters", pointer="/reason")
    return " ".join(reason.split()).encode(errors="replace").decode()


def _json_type(value: object) -> str:
    names = {
        list: "an array",
        str: "a string",
        bool: "a boolean",
        int: "a number",
        float: "a number",
        type(None): "null",
    }
    return names.get(type(value), type(value).__name__)
