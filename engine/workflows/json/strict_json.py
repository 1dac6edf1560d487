"""Parses and writes JSON in one place, strictly: refuses what other parsers would not accept. Pure.

The standard library's C scanner does the work. Cheap searches before it decide whether the exact check of
`json_offences`, which reports lines, columns and JSON pointers, is needed.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import accumulate
from typing import Any, NoReturn

from celeriac.engine.errors import InvalidInput
from celeriac.engine.workflows.json.offences import (
    MAX_DEPTH,
    MAX_DIGITS,
    STRING,
    duplicate_key,
    find_in_value,
    number_offence,
    pointer_of,
    refuse,
    refuse_text,
)

MAX_BYTES = 1_048_576

_BOM = b"\xef\xbb\xbf"
_STRINGS = re.compile(STRING)
_NO_BRACKETS = re.compile(r"[^\[\]{}]++")
_BRACKETS = {"[": 1, "{": 1, "]": -1, "}": -1}
_LONG_NUMBER = re.compile(rf"\d{{{MAX_DIGITS + 1}}}")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
#: Removed first; a surrogate that is left over is a lone one.
_NOT_LONE = re.compile(r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


def loads(data: bytes | str, *, max_bytes: int = MAX_BYTES) -> Any:
    """The value of a JSON text.

    Raises `InvalidInput` with `line` and `column` (from 1, in characters) and, where known, JSON `pointer`
    for malformed JSON, NaN and infinities (1e999 too), lone surrogates, duplicate keys, nesting over 32,
    integers over 1,000 digits, invalid UTF-8, a byte order mark, and more than `max_bytes` bytes.
    """
    text = _decoded(data, max_bytes)
    if _is_deep(text) or _LONG_NUMBER.search(text) or _has_lone_surrogate(text):
        refuse_text(text)
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        reason = error.msg.lower() if text.strip() else "it is empty"
        raise InvalidInput(f"malformed JSON: {reason}", line=error.lineno, column=error.colno) from None
    except _RefusedByHookError as refused:
        refuse_text(text)
        # Reached only if malformed text hides the place from the exact check: refused all the same.
        raise InvalidInput(str(refused)) from None


def dumps(value: Any) -> bytes:
    """Compact UTF-8 JSON of a value made of dict, list, tuple, str, int, float, bool and None.

    Raises `InvalidInput` with the JSON pointer of the first other value: NaN and infinities,
    keys that are not strings, lone surrogates, nesting over 32, integers over 1,000 digits, any other type.
    """
    offence = find_in_value(value)
    if offence is not None:
        reason, path = offence
        pointer = pointer_of(path[::-1])
        raise InvalidInput(f"{reason} (at {pointer})" if pointer else reason, pointer=pointer)
    return _ENCODER.encode(value).encode()


def _decoded(data: bytes | str, max_bytes: int) -> str:
    if isinstance(data, str):
        try:
            encoded = data.encode()
        except UnicodeEncodeError as error:
            refuse("the text holds a lone surrogate, which is not a character", data, error.start)
    else:
        encoded = data
    if len(encoded) > max_bytes:
        raise InvalidInput(f"too large: {len(encoded):,} bytes, at most {max_bytes:,} are accepted")
    if encoded.startswith(_BOM):
        raise InvalidInput("the text begins with a byte order mark; save it without", line=1, column=1)
    try:
        return encoded.decode()
    except UnicodeDecodeError as error:
        before = encoded[: error.start].decode()
        refuse(f"not UTF-8: byte 0x{encoded[error.start]:02x} is invalid here", before, len(before))


def _is_deep(text: str) -> bool:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    brackets = _NO_BRACKETS.sub("", _STRINGS.sub("", text))
    return max(accumulate(map(_BRACKETS.__getitem__, brackets)), default=0) > MAX_DEPTH


def _has_lone_surrogate(text: str) -> bool:
    return _SURROGATE.search(text) is not None and _SURROGATE.search(_NOT_LONE.sub("", text)) is not None


class _RefusedByHookError(Exception):
    """The scanner found something that JSON or we do not allow; the message is the reason."""


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        [(key, _)] = Counter(key for key, _ in pairs).most_common(1)
        raise _RefusedByHookError(duplicate_key(key))
    return result


def _finite(literal: str) -> float:
    number = float(literal)
    if number in (float("inf"), float("-inf")):
        raise _RefusedByHookError(number_offence(literal))
    return number


def _no_constant(name: str) -> NoReturn:
    raise _RefusedByHookError(number_offence(name))


_DECODER = json.JSONDecoder(object_pairs_hook=_unique_keys, parse_float=_finite, parse_constant=_no_constant)
_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":"))
