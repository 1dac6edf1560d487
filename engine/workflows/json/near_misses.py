"""Suggests similar names for unknown ones. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from celeriac.engine.workflows.json.quoting import quoted

#: The search compares with every name; beyond this many there is no suggestion.
_MAX_HINTS = 20
_MAX_COMPARED = 100  # characters of the unknown name


class NearMisses:
    """The known names, and suggestions for unknown ones, for the end of a sentence."""

    def __init__(self, names: Iterable[str]) -> None:
        self._ordered = list(names)
        self.names = frozenset(self._ordered)
        self._left = _MAX_HINTS

    def hint(self, unknown: str, otherwise: str) -> str:
        """`; did you mean …?` if a name is similar, otherwise `otherwise`, the remedy."""
        near: list[str] = []
        if self._left and len(unknown) <= _MAX_COMPARED:
            self._left -= 1
            near = get_close_matches(unknown, self._ordered, n=3, cutoff=0.6)
        if near:
            return f"; did you mean {' or '.join(quoted(name) for name in near)}?"
        return f"; {otherwise}"
