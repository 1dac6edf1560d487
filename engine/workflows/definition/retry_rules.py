"""Validates a step's `retry_on` and `no_retry_on`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from celeriac.engine.workflows.json.quoting import quoted, type_of

MAX_RULES = 50
MAX_NAME = 200  # characters

_CLASS_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


def retry_rule_problems(retry_on: object, no_retry_on: object) -> Iterator[str]:
    """The problems of the two lists, each with its remedy."""
    yield from _list_problems("retry_on", retry_on)
    yield from _list_problems("no_retry_on", no_retry_on)
    if isinstance(retry_on, list | tuple) and isinstance(no_retry_on, list | tuple):
        for name in _strings(retry_on):
            if name in no_retry_on:
                yield f"retry_on and no_retry_on both name {quoted(name)}; keep one"


def _list_problems(title: str, names: object) -> Iterator[str]:
    if not isinstance(names, list | tuple):
        yield f"{title} is {type_of(names)}; it must be a list of names of exception classes"
        return
    if len(names) > MAX_RULES:
        yield f"{title} holds {len(names):,} names; at most {MAX_RULES} are allowed: name a class they have in common"
        return
    for index, name in enumerate(names):
        if isinstance(name, type) and issubclass(name, BaseException):
            yield f"{title} holds the class {name.__name__}; write its name, {name.__name__!r}"
        elif not isinstance(name, str) or len(name) > MAX_NAME or not _CLASS_NAME.fullmatch(name):
            yield f"{title} holds {quoted(name)}; write 'ValueError' or 'package.module.Class'"
        elif name in names[:index]:
            yield f"{title} names {quoted(name)} twice; name it once"


def _strings(values: list[object] | tuple[object, ...]) -> list[str]:
    return [value for value in values if isinstance(value, str)]
