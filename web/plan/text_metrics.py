"""Estimates the width of text: SVG text does not wrap, and the server has no fonts. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

#: Relative to the font size; somewhat wider than common sans-serif fonts.
_NARROW, _USUAL, _WIDE, _FULL = 0.32, 0.57, 0.88, 1.05
_WIDTHS = {**dict.fromkeys("fijlrtI.,:;'|!()[] ", _NARROW), **dict.fromkeys("mwMWGOQ@%", _WIDE)}
_CAPITAL = 0.7


def text_width(text: str, size: float) -> float:
    """The width of one line in pixels at a font of `size` pixels."""
    return size * sum(map(_width, text))


def lines_of(name: str, size: float, width: float, most: int) -> tuple[str, ...]:
    """The name in up to `most` lines of `width` pixels, broken after underscores into parts of similar length.

    Text that does not fit ends with "…".
    """
    parts = re.findall(r"[^_]*_+|[^_]+", name)
    lines = _filled(parts, size, width, most)
    for narrower in range(int(width), 0, -4):
        shorter = _filled(parts, size, narrower, most)
        if len(shorter) > len(lines) or any(text_width(line, size) > narrower for line in shorter):
            break
        lines = shorter
    return tuple(cut(line, size, width) for line in lines)


def _filled(parts: Sequence[str], size: float, width: float, most: int) -> list[str]:
    """As much as possible in each line; the rest makes the last one too long."""
    lines = [""]
    for part in parts:
        if lines[-1] and text_width(lines[-1] + part, size) > width and len(lines) < most:
            lines.append("")
        lines[-1] += part
    return lines


def cut(text: str, size: float, width: float) -> str:
    """The text, or as much of its beginning as fits, followed by "…"."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text + "…"


def _width(character: str) -> float:
    if character in _WIDTHS:
        return _WIDTHS[character]
    if unicodedata.east_asian_width(character) in "WF":
        return _FULL
    return _CAPITAL if character.isupper() else _USUAL
