"""JSON for people: values that fit on a line stay on one, the rest is indented. Pure."""

from __future__ import annotations

import json
from typing import Any

_INDENT = "  "


def readable_json(value: Any, width: int = 100, *, opened: int = 0) -> str:
    """The JSON text of a value, in its own script (no \\u escapes), in lines of up to `width` characters where possible.

    The outer `opened` levels are always spread over lines, because people edit them.
    """
    return _text(value, "", width, opened)


def _text(value: Any, indent: str, width: int, opened: int) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    fits = opened <= 0 and len(indent) + len(flat) <= width
    if fits or not isinstance(value, dict | list) or not value:
        return flat
    inner = indent + _INDENT
    if isinstance(value, dict):
        opening, closing = "{}"
        parts = [
            f"{json.dumps(key, ensure_ascii=False)}: {_text(each, inner, width, opened - 1)}"
            for key, each in value.items()
        ]
    else:
        opening, closing = "[]"
        parts = [_text(each, inner, width, opened - 1) for each in value]
    lines = f",\n{inner}".join(parts)
    return f"{opening}\n{inner}{lines}\n{indent}{closing}"
