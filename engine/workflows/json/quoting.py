"""Quotes values in messages: on one line, and shortened. Pure."""

from __future__ import annotations

_LIMIT = 40  # characters


def shorten(text: str, limit: int = _LIMIT) -> str:
    """The text, or its beginning with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def quoted(value: object) -> str:
    """A value as Python writes it, shortened; strings are shortened inside their quotation marks."""
    if isinstance(value, str):
        return repr(shorten(value))
    if isinstance(value, int) and not -(10**_LIMIT) < value < 10**_LIMIT:
        return f"a number of more than {_LIMIT} digits"  # repr refuses very long ones
    return shorten(repr(value))


def type_of(value: object) -> str:
    """A value's type in words: 'a set', 'an ndarray'."""
    name = shorten(type(value).__name__)
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
