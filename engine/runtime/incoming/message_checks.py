"""Why a message from the broker cannot be used: each check returns the reason, or "". Pure, no I/O.

Celery trusts its messages. A wrong type in a header ends its consumer, or raises only after a slot of the pool is taken.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

_EXECUTION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_UNIT = re.compile(r"(0|[1-9][0-9]{0,5})(\[(0|[1-9][0-9]{0,8})\])?")
_MOST_ATTEMPTS = 1_000_000


def envelope_problem(payload: Any) -> str:
    """The problem of what Celery puts around a message in a queue of Redis."""
    properties = payload.get("properties") if isinstance(payload, dict) else None
    if not isinstance(properties, dict):
        return "it is not a message of Celery"
    delivery = properties.get("delivery_info")
    if not isinstance(delivery, dict):
        return "its delivery_info is not an object"
    for place, name in ((properties, "delivery_tag"), (delivery, "exchange"), (delivery, "routing_key")):
        if not isinstance(place.get(name), str):
            return f"its {name} is not text"
    if properties.get("body_encoding") not in (None, "base64"):
        return "the encoding of its body is unknown"
    if not isinstance(payload.get("headers", {}), dict):
        return "its headers are not an object"
    return ""


def headers_problem(headers: Any) -> str:
    """The problem of the headers that Celery reads for every task."""
    if not isinstance(headers, Mapping):
        return "its headers are not an object"
    for name in ("id", "task"):
        if not isinstance(headers.get(name), str) or not headers[name]:
            return f"its header {name} is not text"
    for name in ("eta", "expires"):
        if not isinstance(headers.get(name), str | datetime.datetime | None):
            return f"its header {name} is not a time"
    if headers.get("retries") is not None and not _is_count(headers["retries"]):
        return "its header retries is not a number"
    if not _are_limits(headers.get("timelimit")):
        return "its header timelimit is not two numbers"
    if not isinstance(headers.get("stamps"), dict | None):
        return "its header stamps is not an object"
    stamped = headers.get("stamped_headers")
    if not (stamped is None or (_is_list(stamped) and all(isinstance(each, str) for each in stamped))):
        return "its header stamped_headers is not a list of names"
    return ""


def body_problem(body: Any) -> str:
    """The problem of the decoded body of a task."""
    if isinstance(body, Mapping) and "args" in body:
        return ""
    if not _is_list(body) or len(body) != 3:
        return "its body is not the arguments of a task"
    args, kwargs, embedded = body
    if not _is_list(args) or not isinstance(kwargs, Mapping) or not isinstance(embedded, Mapping | None):
        return "its body is not the arguments of a task"
    return ""


def attempt_problem(args: Any, kwargs: Any) -> str:
    """The problem of the arguments of the runner: exactly an execution id, a unit and the number of an attempt."""
    if kwargs or not _is_list(args) or len(args) != 3:
        return "its arguments are not execution, unit and attempt"
    execution_id, unit, attempt = args
    if not isinstance(execution_id, str) or not _EXECUTION_ID.fullmatch(execution_id):
        return "its first argument is not the id of an execution"
    if not isinstance(unit, str) or not _UNIT.fullmatch(unit):
        return "its second argument is not a unit"
    if not _is_count(attempt) or not 1 <= attempt <= _MOST_ATTEMPTS:
        return "its third argument is not the number of an attempt"
    return ""


def step_headers_problem(headers: Mapping[str, Any], content_type: Any) -> str:
    """The problem of the headers for the runner, beyond those of any task: what the engine never sends."""
    if content_type != "application/json":
        return "its content type is not application/json"
    if headers.get("eta") is not None or headers.get("expires") is not None:
        return "a step has no eta and does not expire"
    if not isinstance(headers.get("shadow"), str | None):
        return "its header shadow is not text"
    return ""


def step_body_problem(body: Any) -> str:
    """The problem of the decoded body for the runner."""
    if not _is_list(body) or any((body[2] or {}).values()):
        return "a step calls no other tasks"
    return attempt_problem(body[0], body[1])


def control_problem(body: Any, headers: Any) -> str:
    """The problem of a control command."""
    if not isinstance(body, dict) or not isinstance(headers, Mapping):
        return "it is not a control command"
    if not isinstance(body.get("method"), str):
        return "it does not name a command"
    if not isinstance(body.get("arguments"), dict | None):
        return "its arguments are not an object"
    if not _are_names(body.get("destination")):
        return "its destination is not a list of workers"
    if not all(isinstance(body.get(name), str | None) for name in ("pattern", "matcher", "ticket")):
        return "its pattern, matcher or ticket is not text"
    reply = body.get("reply_to")
    if reply is not None and not (
        isinstance(reply, dict)
        and all(isinstance(reply.get(name), str) for name in ("exchange", "routing_key"))
    ):
        return "its reply_to is not an address"
    if headers.get("clock") is not None and not _is_count(headers["clock"]):
        return "its header clock is not a number"
    return ""


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _are_names(value: Any) -> bool:
    return value is None or (_is_list(value) and all(isinstance(each, str) for each in value))


def _are_limits(value: Any) -> bool:
    """Whether the pool can start timers with these: none, or two that are each none or finite."""
    return value is None or (
        _is_list(value)
        and len(value) == 2
        and all(
            limit is None
            or (isinstance(limit, int | float) and not isinstance(limit, bool) and math.isfinite(limit))
            for limit in value
        )
    )
