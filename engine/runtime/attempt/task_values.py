"""Values of tasks as JSON: encoded and decoded as Celery's JSON serializer does, and strict."""

from __future__ import annotations

import json
from typing import Any

from kombu.utils import json as celery_json

from celeriac.engine.errors import InvalidInput
from celeriac.engine.workflows.json.strict_json import dumps, loads

#: In every value that Celery's serializer has encoded: a datetime, date, time, UUID, Decimal, bytes, a registered type.
ENVELOPE = b'"__type__"'


class BadResult(ValueError):
    """The result of a task is not JSON, or too large."""


def encode_result(result: object, limit: int) -> bytes:
    """A task's result as JSON. Raises `BadResult` with the path to the invalid value, or the size."""
    try:
        encoded = encode_value(result)
    except InvalidInput as error:
        raise BadResult(f"The result of the task is not JSON: {error}") from None
    if len(encoded) > limit:
        raise BadResult(
            f"The result of the task is {len(encoded):,} bytes of JSON, more than the {limit:,} allowed."
            " Write large data to a file and return its name, or raise CELERIAC_MAX_RESULT."
        )
    return encoded


def encode_value(value: object) -> bytes:
    """A value as JSON. Raises `InvalidInput` with the path to what neither JSON nor Celery's serializer has."""
    try:
        return dumps(value)
    except InvalidInput as error:
        try:
            plain = json.loads(celery_json.dumps(value))
        except Exception:  # noqa: BLE001 -- raised by methods of the task's value
            raise error from None
        return dumps(plain)


def decode_value(encoded: bytes, max_bytes: int) -> Any:
    """The value that was encoded. An envelope with contents that its type does not have stays as it is."""
    value = loads(encoded, max_bytes=max_bytes)
    if ENVELOPE not in encoded:
        return value
    return json.loads(encoded, object_hook=_opened)


def _opened(value: dict[str, Any]) -> Any:
    try:
        return celery_json.object_hook(value)
    except Exception:  # noqa: BLE001 -- a dict of the task's own that only looks like an envelope
        return value
