"""Positions of values in a JSON text: JSON pointer to line and column. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from celeriac.engine.errors import InputProblem
from celeriac.engine.workflows.json.offences import TOKEN, line_and_column


def located(problems: Iterable[InputProblem], text: str, *, below: str = "") -> list[InputProblem]:
    """The problems with line and column in their text, ordered by position.

    `text` is valid strict JSON. `below` is the pointer of the text itself: with "/input" the text is the input, with ""
    it is the body that contains the input. A missing value has the position of the nearest value around it.
    """
    found = []
    root = _Wanted()
    for problem in problems:
        wanted = root.at(problem.pointer.removeprefix(below))
        found.append((problem, wanted))
    _scan(text, root)
    placed = []
    for problem, wanted in found:
        line, column = line_and_column(text, wanted.place(at_key=problem.at_key))
        placed.append(replace(problem, line=line, column=column))
    return sorted(placed, key=lambda problem: (problem.line or 0, problem.column or 0))


class _Wanted:
    """A wanted value, or a value on the path to one. `value` and `key` are positions in the text."""

    __slots__ = ("around", "key", "parts", "value")

    def __init__(self, around: _Wanted | None = None) -> None:
        self.around = around
        self.parts: dict[str, _Wanted] = {}
        self.value: int | None = None
        self.key: int | None = None

    def at(self, pointer: str) -> _Wanted:
        """The node of a pointer below this one, marked as wanted."""
        wanted = self
        for part in pointer.split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            wanted = wanted.parts.setdefault(name, _Wanted(wanted))
        return wanted

    def place(self, *, at_key: bool) -> int:
        """The position found; that of the nearest value around it if there is no such value."""
        position = self.key if at_key and self.key is not None else self.value
        if position is not None:
            return position
        return 0 if self.around is None else self.around.place(at_key=False)


class _Container:
    """An object or array that is open at the current token; `wanted` is None if it contains nothing wanted."""

    __slots__ = ("index", "is_object", "key", "key_position", "wanted")

    def __init__(self, wanted: _Wanted | None, *, is_object: bool) -> None:
        self.wanted = wanted
        self.is_object = is_object
        self.key: str | None = None  # of the next value; None: a key comes next
        self.key_position = 0
        self.index = 0

    def next_value(self) -> _Wanted | None:
        """The wanted node of the value that begins now."""
        if self.wanted is None:
            return None
        name = self.key if self.is_object else str(self.index)
        found = self.wanted.parts.get(name or "")
        if found is not None and self.is_object:
            found.key = self.key_position
        return found


def _scan(text: str, root: _Wanted) -> None:
    """Records the positions of all wanted nodes. Only paths to them are parsed closely."""
    stack: list[_Container] = []
    for token in TOKEN.finditer(text):
        word = token.group()
        if word == ":":
            continue
        if word in "}]":
            stack.pop()
            continue
        if word == ",":
            stack[-1].key = None
            stack[-1].index += 1
            continue
        top = stack[-1] if stack else None
        if top is not None and top.is_object and top.key is None:
            top.key_position = token.start()
            top.key = json.loads(word) if top.wanted is not None else word
            continue
        wanted = root if top is None else top.next_value()
        if wanted is not None:
            wanted.value = token.start()
        if word in "{[":
            stack.append(_Container(wanted, is_object=word == "{"))
