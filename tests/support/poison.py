"""Messages that no worker can run: what may lie in a queue of the broker when others write to it."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from celeriac.engine.runtime.dispatch import RUNNER

EXECUTION = "flow-20260101T000000-abc123"
EMBEDDED: dict[str, Any] = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
DEEP = "[" * 100_000 + "]" * 100_000


@dataclass(frozen=True, slots=True)
class Poison:
    """A message as every broker may carry it."""

    name: str
    headers: dict[str, Any] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = "application/json"
    encoding: str = "utf-8"

    def __str__(self) -> str:
        return self.name


def headers_of(task: Any = RUNNER, **changes: Any) -> dict[str, Any]:
    """The headers that Celery gives the message of a task."""
    return {
        "lang": "py",
        "task": task,
        "id": uuid.uuid4().hex,
        "shadow": None,
        "eta": None,
        "expires": None,
        "group": None,
        "retries": 0,
        "timelimit": [None, None],
        "root_id": None,
        "parent_id": None,
        "argsrepr": "",
        "kwargsrepr": "",
        "origin": "elsewhere",
        "ignore_result": True,
        **changes,
    }


def body_of(args: Any, kwargs: Any = None, embedded: Any = None) -> bytes:
    return json.dumps([args, {} if kwargs is None else kwargs, embedded or EMBEDDED]).encode()


GOOD = body_of([EXECUTION, "0", 1])


def _arguments() -> Iterator[Poison]:
    """For the runner, with other arguments than an attempt."""
    wrong: dict[str, Any] = {
        "none": [],
        "too few": [EXECUTION, "0"],
        "too many": [EXECUTION, "0", 1, 1],
        "numbers": [1, 2, 3],
        "nested lists": [[EXECUTION], ["0"], [[1]]],
        "an object": {"execution_id": EXECUTION},
        "a text": "abc",
        "a number": 7,
        "a huge text": ["x" * 3_000_000, "0", 1],
        "a bar in the execution": ["flow|0", "0", 1],
        "a line break in the execution": ["flow\n", "0", 1],
        "an empty execution": ["", "0", 1],
        "a unit that is none": [EXECUTION, "0]", 1],
        "a unit with other digits": [EXECUTION, "٣", 1],
        "a unit that is a number": [EXECUTION, 0, 1],
        "attempt 0": [EXECUTION, "0", 0],
        "a true attempt": [EXECUTION, "0", True],
        "half an attempt": [EXECUTION, "0", 1.5],
        "an attempt of 400 digits": [EXECUTION, "0", int("9" * 400)],
    }
    for name, args in wrong.items():
        yield Poison(f"arguments: {name}", headers_of(), body_of(args))
    yield Poison("keyword arguments", headers_of(), body_of([EXECUTION, "0", 1], {"a": 1}))
    yield Poison("a task to call afterwards", headers_of(), body_of([EXECUTION, "0", 1], {}, {"chain": [{}]}))


def _headers() -> Iterator[Poison]:
    """For the runner and for a task that every worker has, with headers of the wrong type."""
    wrong: dict[str, Any] = {
        "eta": [5, "tomorrow", ["2026-01-01"], {}],
        "expires": [5, "never", True],
        "retries": ["many", [1], -1],
        "timelimit": ["abc", 5, [1], ["a", "b"], {"soft": 1}],
        "id": [None, 5, ["a"], ""],
        "stamped_headers": [5, [1]],
        "stamps": [["a"]],
    }
    for name, values in wrong.items():
        for value in values:
            yield Poison(f"{name}={value!r} of a step", headers_of(**{name: value}), GOOD)
            yield Poison(f"{name}={value!r} of a task", headers_of("noop", **{name: value}), body_of([]))
    yield Poison("an eta of a step", headers_of(eta="2036-01-01T00:00:00"), GOOD)
    for task in (["noop"], {"a": 1}, 7, None):
        yield Poison(f"the task {task!r}", headers_of(task), GOOD)


def _bodies() -> Iterator[Poison]:
    """Bodies that are not the arguments of a task, and content types that are not known."""
    for name, body in {
        "nothing": b"",
        "no JSON": b"garbage \x00\xff\x1b[31m",
        "a number": b"5",
        "an object": b'{"a": 1}',
        "a deep list": DEEP.encode(),
        "a list of two": b"[[], {}]",
        "null": b"null",
    }.items():
        yield Poison(f"the body of a step: {name}", headers_of(), body)
        yield Poison(f"the body of a task: {name}", headers_of("noop"), body)
        yield Poison(f"the body without headers: {name}", {}, body)
    yield Poison("an unknown content type", headers_of(), GOOD, "application/x-unknown")
    yield Poison("a pickled step", headers_of(), b"\x80\x04N.", "application/x-python-serialize", "binary")
    yield Poison("an unknown compression", headers_of(compression="application/x-none"), GOOD)
    yield Poison("an unknown task", headers_of("no.such.task"), body_of([]))
    yield Poison(
        "an old message of the runner", {}, json.dumps({"task": RUNNER, "id": "a", "args": []}).encode()
    )
    old = {"task": "noop", "id": "a", "args": [], "kwargs": {}, "timelimit": "abc"}
    yield Poison("an old message with wrong limits", {}, json.dumps(old).encode())
    yield Poison("an old message of an unknown task", {}, json.dumps({"task": "none", "id": "a"}).encode())


MESSAGES = [*_arguments(), *_headers(), *_bodies()]


def in_redis(message: Poison, **changes: Any) -> str:
    """The element of a list that carries this message, with changes to its envelope."""
    return json.dumps(
        {
            "body": base64.b64encode(message.body).decode(),
            "content-encoding": message.encoding,
            "content-type": message.content_type,
            "headers": message.headers,
            "properties": _properties(),
            **changes,
        }
    )


def _properties(**changes: Any) -> dict[str, Any]:
    return {
        "correlation_id": "a",
        "delivery_mode": 2,
        "delivery_info": {"exchange": "", "routing_key": "default"},
        "priority": 0,
        "body_encoding": "base64",
        "delivery_tag": uuid.uuid4().hex,
        **changes,
    }


_STEP = Poison("a step", headers_of(), GOOD)
#: Name → element: what only a list or channel of Redis can contain.
ELEMENTS: dict[str, str | bytes] = {
    "a word": "garbage",
    "nothing": "",
    "bytes": b"\x00\xff\xfe\x1b[2J",
    "a number": "5",
    "null": "null",
    "a list": "[1, 2, 3]",
    "a deep list": DEEP,
    "an object": '{"a": 1}',
    "a broken type": '{"__type__": "datetime", "__value__": 5}',
    "a body that is not base64": in_redis(_STEP, body="?"),
    "a body that is a number": in_redis(_STEP, body=5),
    "a body of another encoding": in_redis(_STEP, properties=_properties(body_encoding="rot13")),
    "headers that are a list": in_redis(_STEP, headers=[1]),
    "headers that are a text": in_redis(_STEP, headers="abc"),
    "no headers": in_redis(_STEP, headers=None),
    "properties that are a list": in_redis(_STEP, properties=[]),
    "no delivery tag": in_redis(_STEP, properties=_properties(delivery_tag=None)),
    "an object for a delivery tag": in_redis(_STEP, properties=_properties(delivery_tag={"a": 1})),
    "no delivery info": in_redis(_STEP, properties=_properties(delivery_info=None)),
    "a number for an exchange": in_redis(
        _STEP, properties=_properties(delivery_info={"exchange": 5, "routing_key": "default"})
    ),
}
#: Name → body: control commands that are none.
COMMANDS: dict[str, Any] = {
    "a text": "abc",
    "a list": [1],
    "no method": {"arguments": {}},
    "a method that is a list": {"method": ["ping"]},
    "arguments that are a list": {"method": "ping", "arguments": [1]},
    "a destination that is a number": {"method": "ping", "destination": 5},
    "a pattern that is a number": {"method": "ping", "pattern": 5, "matcher": "glob"},
    "an address that is a text": {"method": "ping", "reply_to": "abc", "ticket": "a"},
}
