"""The text of a log line as a terminal would show it: overwritten text, colours and other control characters are gone. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: Characters of a line that is drawn cell by cell; of a longer one only its last version is kept.
DRAWN: Final = 32_768
TAB: Final = 8  # columns

#: What needs any work: control characters but tab and line feed, and marks that reorder the text around them.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)(?:(?P<erase>[012]?)K|[0-?]*[ -/]*[@-~]?)"  # CSI: colours, movements
    r"|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC and other strings, to their end or that of the line
    r"|[\x90\x98\x9d-\x9f][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"  # the same with a C1 character
    r"|\x1b[#%()*+\-./][0-~]?|\x1b [FGLMN]"  # character sets
    r"|\x1b[0-~]?",  # the others; a lone ESC
)
_TOKEN = re.compile(f"{_ESCAPE.pattern}|.", re.DOTALL)
_JOINER = "\u200d"


def terminal_text(text: str) -> str:
    """What a terminal would show of each line: later text over earlier text, no escape sequences.

    Other control characters, and marks that override the direction of text, become U+FFFD. Tabs stay.
    """
    if not _UNSEEN.search(text):
        return text
    return "\n".join(_shown(line) for line in text.replace("\r\n", "\n").split("\n"))


def _shown(line: str) -> str:
    if len(line) > DRAWN:
        line = next((part for part in reversed(line.split("\r")) if part), "")
    elif "\r" in line or "\b" in line:
        return _drawn(line)
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", _ESCAPE.sub("", line))


def _drawn(line: str) -> str:
    row = _Row()
    for token in _TOKEN.finditer(line):
        if token["erase"] is not None:
            row.erase(token["erase"])
        elif token[0] == "\r":
            row.at = 0
        elif token[0] == "\b":
            row.at = max(0, row.at - 1)
        elif token[0] == "\t":
            row.move((row.at // TAB + 1) * TAB)
        elif not _ESCAPE.match(token[0]):
            row.put(_UNSEEN.sub("\N{REPLACEMENT CHARACTER}", token[0]))
    return "".join(row.cells)


class _Row:
    """One row of a terminal. A wide character has two cells, the second one empty; marks are in the cell of their base."""

    def __init__(self) -> None:
        self.cells: list[str] = []
        self.at = 0

    def move(self, column: int) -> None:
        self.cells += [" "] * (column - len(self.cells))
        self.at = column

    def put(self, char: str) -> None:
        base = self._base()
        if base is not None and _belongs_to(char, self.cells[base]):
            self.cells[base] += char
            return
        start, end = self.at, self.at + (2 if unicodedata.east_asian_width(char) in "WF" else 1)
        self.move(end)
        for column in range(start, end):
            self._free(column)
        self.cells[start:end] = [char, ""][: end - start]

    def erase(self, what: str) -> None:
        """Erases to the end of the row, with 1 to its start, with 2 all."""
        if what != "1":
            del self.cells[self.at :]
        if what in ("1", "2"):
            self.cells[: self.at + 1] = [" "] * min(self.at + 1, len(self.cells))
        self.move(self.at)

    def _base(self) -> int | None:
        """The cell before the cursor, the first one of a wide character."""
        if self.at == 0:
            return None
        return self.at - 2 if self.at > 1 and self.cells[self.at - 1] == "" else self.at - 1

    def _free(self, column: int) -> None:
        """Blanks a cell, and the other half of a wide character."""
        if self.cells[column] == "":
            self.cells[column - 1] = " "
        if self.cells[column + 1 : column + 2] == [""]:
            self.cells[column + 1] = " "
        self.cells[column] = " "


def _belongs_to(char: str, cell: str) -> bool:
    """Whether a character is part of the one before it: marks, joiners, what is joined, skin tones, the halves of a flag."""
    if unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf") or cell.endswith(_JOINER):
        return True
    if "\U0001f3fb" <= char <= "\U0001f3ff":
        return True
    return "\U0001f1e6" <= char <= "\U0001f1ff" and len(cell) == 1 and "\U0001f1e6" <= cell <= "\U0001f1ff"
