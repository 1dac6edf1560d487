"""Finds where and why JSON is refused: the exact, slower check that `strict_json` avoids where possible. Pure."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from celeriac.engine.errors import InvalidInput
from celeriac.engine.workflows.json.quoting import quoted, shorten, type_of

MAX_DEPTH = 32  # nested containers
MAX_DIGITS = 1_000  # of an integer

STRING = r'"(?:[^"\\\x00-\x1f]|\\.)*+"'

#: The tokens of a JSON text, without white space. Malformed text may contain other characters.
TOKEN = re.compile(rf'{STRING}|"|[\[\]{{}}:,]|-?(?:\d[\d.eE+-]*+|Infinity)|NaN|true|false|null')

_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
_TOO_LONG = f"an integer of more than {MAX_DIGITS:,} digits; send it as a string"
_LONE = "a lone surrogate (\\ud800 to \\udfff without its partner) is not a character"
_LIMIT = 10**MAX_DIGITS


# -- a text


class _Container:
    """An object or array that is open at the current token: its path, and the keys seen so far."""

    __slots__ = ("expects_key", "keys", "place")

    def __init__(self, is_object: bool) -> None:
        self.expects_key = is_object
        self.place: str | int = "" if is_object else 0
        self.keys: set[str] = set()


def refuse_text(text: str) -> None:
    """Raises `InvalidInput` at the first value that is well-formed but refused, if there is one.

    Malformed text is read as far as possible: the scanner reports where it is broken.
    """
    stack: list[_Container] = []
    for token in TOKEN.finditer(text):
        word = token.group()
        reason = None
        if word == '"' or (word in "]}" and not stack):
            return  # a string without end, or an end without a beginning
        if word[0] == '"':
            reason = _read_string(word, stack)
        elif word in "{[":
            stack.append(_Container(word == "{"))
            reason = _TOO_DEEP if len(stack) > MAX_DEPTH else None
        elif word in "}]":
            stack.pop()
        elif word == ",":
            _next_place(stack)
        elif word != ":":
            reason = number_offence(word)
        if reason is not None:
            refuse(reason, text, token.start(), pointer_of([container.place for container in stack]))


def refuse(reason: str, text: str, position: int, pointer: str = "") -> NoReturn:
    """Raises `InvalidInput` with the line and column of a position in the text."""
    line, column = line_and_column(text, position)
    raise InvalidInput(reason, pointer=pointer, line=line, column=column) from None


def line_and_column(text: str, position: int) -> tuple[int, int]:
    """The line and column of a position in the text, both from 1, in characters."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def _read_string(word: str, stack: list[_Container]) -> str | None:
    """Records a key as the current path; returns the reason to refuse the string, if there is one."""
    try:
        string = str(json.loads(word))
    except ValueError:
        return None
    reason = None if is_encodable(string) else _LONE
    if not stack or not stack[-1].expects_key:
        return reason
    container = stack[-1]
    container.expects_key = False
    container.place = string
    if reason is None and string in container.keys:
        reason = duplicate_key(string)
    container.keys.add(string)
    return reason


def _next_place(stack: list[_Container]) -> None:
    if not stack:
        return
    container = stack[-1]
    if isinstance(container.place, int):
        container.place += 1
    else:
        container.expects_key = True


# -- reasons


def number_offence(literal: str) -> str | None:
    """Why a number, or a literal in its place, is refused."""
    if literal == "NaN" or literal.endswith("Infinity"):
        return f"{literal} is not JSON; use null or a finite number"
    digits = literal.removeprefix("-")
    if digits.isdecimal():
        return _TOO_LONG if len(digits) > MAX_DIGITS else None
    try:
        infinite = math.isinf(float(literal))
    except ValueError:
        return None
    return f"the number {shorten(literal)} is too large for a JSON number" if infinite else None


def duplicate_key(key: str) -> str:
    return f"the key {quoted(key)} appears twice in one object"


def is_encodable(string: str) -> bool:
    """False if the string holds lone surrogates."""
    if string.isascii():
        return True
    try:
        string.encode()
    except UnicodeEncodeError:
        return False
    return True


def pointer_of(path: list[str | int]) -> str:
    """RFC 6901. A lone surrogate in a key is shown as '?', so that the pointer itself can be sent."""
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return "".join("/" + part for part in parts).encode(errors="replace").decode()


# -- a value

Offence = tuple[str, list[str | int]]  # the reason, and the path from the inside out


def find_in_value(value: Any, depth: int = 1) -> Offence | None:
    """The first part of a value that is not JSON. Recursion ends at `MAX_DEPTH`, for cycles too."""
    if isinstance(value, dict):
        return _find_in_object(value, depth)
    if isinstance(value, list | tuple):
        return _find_in_array(value, depth)
    reason = _scalar_offence(value)
    return None if reason is None else (reason, [])


def _find_in_object(value: dict[Any, Any], depth: int) -> Offence | None:
    if depth > MAX_DEPTH:
        return _TOO_DEEP, []
    for key, item in value.items():
        if not isinstance(key, str):
            return f"the key {quoted(key)} is {type_of(key)}; keys must be strings", []
        if not is_encodable(key):
            return f"in a key, {_LONE}", []
        offence = find_in_value(item, depth + 1)
        if offence is not None:
            offence[1].append(key)
            return offence
    return None


def _find_in_array(value: list[Any] | tuple[Any, ...], depth: int) -> Offence | None:
    if depth > MAX_DEPTH:
        return _TOO_DEEP, []
    for index, item in enumerate(value):
        offence = find_in_value(item, depth + 1)
        if offence is not None:
            offence[1].append(index)
            return offence
    return None


def _scalar_offence(value: Any) -> str | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        return None if is_encodable(value) else _LONE
    if isinstance(value, int):
        return None if -_LIMIT < value < _LIMIT else _TOO_LONG
    if isinstance(value, float):
        return None if math.isfinite(value) else f"{value} is not JSON; use None or a finite number"
    return f"{type_of(value)} is not JSON; use dicts, lists, strings, numbers, booleans or None"
