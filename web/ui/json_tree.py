"""A JSON value as a tree of limited size for display: outer parts first, large and deep ones closed. Pure.

Numbers are shown as stored; nothing here computes with them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from gettext import ngettext
from heapq import heappop, heappush
from itertools import count, islice
from typing import Any

from markupsafe import escape

from celeriac.engine.workflows.json.quoting import shorten

#: Limits of one tree: entries, and characters of values as HTML. The page of a step has four trees, in about 60 KB.
MOST_NODES, MOST_TEXT = 130, 8_000
#: Entries of one object or array.
MOST_ENTRIES = 60
_OPEN_ENTRIES = 12  # a larger part is closed
_OPEN_DEPTH = 1
_LINE = 72  # characters of an object or array that is shown on one line
_STRING, _WHOLE_STRING = 120, 3_000  # characters of a closed string, and of an open one
_KEY = 80


@dataclass(slots=True, kw_only=True)
class Node:
    """One entry. `text` is its value, or "" for an object or array with entries."""

    key: str
    text: str = ""
    whole: str = ""  # of a long string: all of it, up to the limit
    unseen: int = 0  # characters of the string that are not in `whole`
    size: int = 0
    is_object: bool = False
    opened: bool = False
    entries: list[Node] = field(default_factory=list)

    @property
    def count(self) -> str:
        """`12 entries`, `3 keys`."""
        if self.is_object:
            return ngettext("{n} key", "{n} keys", self.size).format(n=f"{self.size:,}")
        return ngettext("{n} entry", "{n} entries", self.size).format(n=f"{self.size:,}")

    @property
    def left_out(self) -> int:
        """The number of entries beyond the limit."""
        return self.size - len(self.entries)


def json_tree(value: Any) -> Node:
    """The tree of a value from `json.loads`. Entries near the root come first; `left_out` counts the missing ones."""
    room = _Room()
    root = room.node("", value, depth=0)
    serial = count()
    # The first of every part before the second of any, so that a long list does not leave the others empty.
    waiting = [(0, 0, next(serial), root, value)] if not root.text else []
    while waiting:
        depth, _index, _serial, node, part = heappop(waiting)
        for index, (key, each) in enumerate(islice(_entries(part), MOST_ENTRIES)):
            if room.nodes <= 0 or room.text <= 0:
                break
            child = room.node(key, each, depth=depth + 1)
            node.entries.append(child)
            if not child.text:
                heappush(waiting, (depth + 1, index, next(serial), child, each))
    return root


def _entries(value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict):
        return ((_key(key), each) for key, each in value.items())
    return ((str(index), each) for index, each in enumerate(value))


class _Room:
    """The remaining size of the tree."""

    def __init__(self) -> None:
        self.nodes, self.text = MOST_NODES, MOST_TEXT

    def node(self, key: str, value: Any, *, depth: int) -> Node:
        self.nodes -= 1
        made = (
            self._container(key, value, depth) if isinstance(value, dict | list) else self._scalar(key, value)
        )
        self.text -= sum(len(escape(text)) for text in (made.key, made.text, made.whole))
        return made

    def _container(self, key: str, value: dict[str, Any] | list[Any], depth: int) -> Node:
        line = _on_one_line(value) if depth else "" if value else _text(value)
        if line:
            return Node(key=key, text=line)
        return Node(
            key=key,
            size=len(value),
            is_object=isinstance(value, dict),
            opened=depth == 0 or (depth <= _OPEN_DEPTH and len(value) <= _OPEN_ENTRIES),
        )

    def _scalar(self, key: str, value: Any) -> Node:
        if not isinstance(value, str) or len(value) <= _STRING:
            return Node(key=key, text=_text(value))
        whole = value[: min(_WHOLE_STRING, max(_STRING, self.text // 2))]
        return Node(
            key=key,
            text=_text(value[:_STRING])[:-1] + "…",
            whole=_printable(whole),
            unseen=len(value) - len(whole),
            size=len(value),
        )


def _on_one_line(value: dict[str, Any] | list[Any]) -> str:
    """The text of a small value without parts of its own, "" for others."""
    parts = value.values() if isinstance(value, dict) else value
    if len(value) * 3 > _LINE or any(
        isinstance(part, dict | list) or (isinstance(part, str) and len(part) > _LINE) for part in parts
    ):
        return ""
    text = _text(value)
    return text if len(text) <= _LINE else ""


def _key(key: str) -> str:
    """Without quotation marks if that is unambiguous."""
    short = shorten(key, _KEY)
    plain = short.isprintable() and short.strip() == short and short and not set(short) & set("\"'\\{}[]:,")
    return short if plain else _text(short)


def _text(value: Any) -> str:
    return _printable(json.dumps(value, ensure_ascii=False))


def _printable(text: str) -> str:
    """A lone surrogate, which a page cannot contain, as its escape."""
    return text.encode(errors="backslashreplace").decode()
