"""The launch form: its fields as text, their values, and every problem with its position. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

from celeriac.engine.errors import InputDoesNotFit, InvalidInput
from celeriac.engine.workflows.json import strict_json
from celeriac.engine.workflows.json.input_schema import check_input
from celeriac.web.ui.form_errors import FormError, form_error_in, form_errors_in

_KINDS = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchForm:
    """The typed fields. `key` is created with the empty form and makes a second click on Launch harmless."""

    text: str
    labels: str = ""
    note: str = ""
    key: str = ""
    launched_from: str = ""  # the execution that the form was filled from

    @property
    def idempotency_key(self) -> str | None:
        """The same form sent twice is one launch; the same page with another input is a second one."""
        if not self.key:
            return None
        content = json.dumps([self.text, self.labels, self.note])
        return f"{self.key[:64]}-{hashlib.sha256(content.encode('utf-8', 'replace')).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A form after parsing: it can be launched if `mistakes` is empty."""

    form: LaunchForm
    input_data: dict[str, Any] | None = None
    labels: dict[str, str] = field(default_factory=dict)
    mistakes: list[FormError] = field(default_factory=list)

    @property
    def note(self) -> str | None:
        return self.form.note.strip() or None


def check(form: LaunchForm, max_bytes: int, input_schema: dict[str, Any] | None = None) -> Checked:
    """Parses every field, and checks the input against the workflow's schema; reports the mistakes of all fields."""
    mistakes: list[FormError] = []
    input_data: dict[str, Any] | None = None
    labels: dict[str, str] = {}
    try:
        input_data = read_input(form.text, max_bytes)
    except InvalidInput as error:
        mistakes += form_errors_of(error, form)
    if input_schema is not None and input_data is not None:
        mistakes += form_errors_in("input", check_input(input_schema, input_data), form.text)
    try:
        labels = read_labels(form.labels)
    except InvalidInput as error:
        mistakes += form_errors_of(error, form)
    return Checked(form=form, input_data=input_data, labels=labels, mistakes=mistakes)


def read_input(text: str, max_bytes: int) -> dict[str, Any]:
    """The JSON object of the text area. Raises `InvalidInput` with line and column."""
    value = strict_json.loads(text, max_bytes=max_bytes)
    if not isinstance(value, dict):
        kind = _KINDS.get(type(value), "a number")
        reason = f'the input must be a JSON object such as {{"name": "value"}}, not {kind}'
        raise InvalidInput(reason, line=1, column=1)
    return value


def read_labels(text: str) -> dict[str, str]:
    """Labels written as `region=eu, team=growth`. Raises `InvalidInput` with the invalid part."""
    labels: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in re.split(r"[,\n]", text))):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not (name and equals and value):
            raise InvalidInput(f"{part!r} is not of the form name=value", pointer="/labels")
        if name in labels:
            raise InvalidInput(f"the label {name!r} is given twice", pointer="/labels")
        labels[name] = value
    return labels


def write_labels(labels: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in labels.items())


def form_errors_of(error: InvalidInput, form: LaunchForm) -> list[FormError]:
    """The form's messages for an error from any source."""
    if isinstance(error, InputDoesNotFit):
        return form_errors_in("input", error.problems, form.text, below="/input")
    top = error.pointer.split("/")[1] if error.pointer.startswith("/") else ""
    if top in ("labels", "note"):
        return [FormError(field=top, message=str(error))]
    return [form_error_in("input", error, str(error), form.text)]
