"""Parses a Python traceback for display: own frames, library frames, errors. Pure, and never fails.

The parts of any text, joined, are that text again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from celeriac.words.i18n import _

_HEADERS = ("Traceback (most recent call last):", "Exception Group Traceback (most recent call last):")
_CHAINS = (
    "The above exception was the direct cause of the following exception:",
    "During handling of the above exception, another exception occurred:",
)
_CUT = "…"  # the first line of a traceback whose beginning was cut off
_FRAME = re.compile(r'  File "(?P<path>.+)", line (?P<line>\d{1,9})(?:, in (?P<function>.*))?')
_REPEATED = re.compile(r"  \[Previous line repeated (\d{1,9}) more times?\]")
#: Before every line of a group of exceptions, deeper for nested groups.
_MARGIN = re.compile(r"((?:  )+[|+] ?)(.*)", re.DOTALL)
_RULE = re.compile(r"(?:\+-)?\+-{4,}.*")

_INSTALLED = re.compile(r"/(?:site|dist)-packages/([^/]+)(/examples/)?")
_STANDARD = re.compile(
    r"/lib(?:64)?/python3\.\d+t?/|/python3\d+\.zip/|/python\d*(?:[.-]\d+)*/lib/", re.IGNORECASE
)
_ENGINE = "/celeriac/engine/runtime/"


@dataclass(frozen=True, slots=True, kw_only=True)
class TracebackFrame:
    """One call. `owner` is "" for own code, else the name of the library."""

    path: str
    line: int
    code: str  # its first line, "" if Python did not know it
    owner: str

    @property
    def place(self) -> str:
        """`examples/tasks.py:118`: the end of the path is the useful part."""
        return f"{'/'.join(self.path.replace(chr(92), '/').split('/')[-2:])}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Lines with the same look. `kind` is own, library, error or text."""

    kind: str
    text: str  # with its line breaks
    calls: int = 0  # of a library
    owners: tuple[str, ...] = ()

    @property
    def head(self) -> str:
        """The first line, with its line break; for an error the line that names it."""
        return self.text[: self.text.find("\n") + 1] or self.text

    @property
    def rest(self) -> str:
        return self.text[len(self.head) :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traceback:
    """`own` is the innermost call in own code before the last error, None if there is none."""

    parts: tuple[Part, ...]
    own: TracebackFrame | None

    @property
    def has_calls(self) -> bool:
        return any(part.calls for part in self.parts)


@lru_cache(maxsize=64)
def read_traceback(text: str) -> Traceback:
    """The parts of a traceback; other texts are one error."""
    reader = _Reader(text)
    reader.read()
    return Traceback(parts=tuple(_merged(reader.pieces)), own=_own(reader.sections))


def owner_of(path: str) -> str:
    """The owner of a file: "" for own code, else a package, "celeriac", or Python's library."""
    path = path.replace("\\", "/")
    if path.startswith("<"):
        return _("Python") if path.startswith("<frozen ") else _("generated code")
    if installed := _INSTALLED.search(path):
        package = installed[1].removesuffix(".py")
        return "" if package == "celeriac" and installed[2] else package
    if _ENGINE in path:
        return "celeriac"
    return _("Python") if _STANDARD.search(path) else ""


@dataclass(slots=True)
class _Piece:
    kind: str
    lines: list[str]
    calls: int = 0
    owner: str = ""


@dataclass(slots=True)
class _Section:
    """The lines below one header: `depth` is that of its margin."""

    depth: int
    frames: list[TracebackFrame] = field(default_factory=list)


class _Reader:
    """Parses line by line. `state` is the expected kind: start (anything), frames (of a section), error (the rest of one)."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        # The rest of a cut line follows the marker of the cut.
        self._cut = 2 if self._lines[0] == _CUT else 0
        self._grouped = bool(self._cut) or _HEADERS[1] in text
        self._state = "start"
        self.pieces: list[_Piece] = []
        self.sections = [_Section(0)]

    def read(self) -> None:
        for index, line in enumerate(self._lines):
            found = _MARGIN.fullmatch(line) if self._grouped else None
            margin, rest = (found[1], found[2]) if found else ("", line)
            raw = line if index == len(self._lines) - 1 else f"{line}\n"
            self._take(raw, rest, len(margin), bool(found) and _RULE.fullmatch(line.strip()) is not None)

    def _take(self, raw: str, line: str, depth: int, is_rule: bool) -> None:
        if line in _HEADERS or line in _CHAINS or is_rule or len(self.pieces) < self._cut:
            self._state = "frames" if line in _HEADERS else "start"
            self.sections += [_Section(depth)]
            self.pieces.append(_Piece("text", [raw]))
        elif self._state != "error" and (found := _FRAME.fullmatch(line)):
            self._begin_frame(found, raw)
        elif self._state == "frames" and line.startswith("  ") and self.pieces[-1].calls:
            self._go_on(raw, line)
        elif self._state == "start" and (not line.strip() or (self._cut and line.startswith("  "))):
            self.pieces.append(_Piece("text", [raw]))
        else:
            self._state = "error"
            self._add("error", raw)

    def _begin_frame(self, found: re.Match[str], raw: str) -> None:
        self._state = "frames"
        owner = owner_of(found["path"])
        self.pieces.append(_Piece("library" if owner else "own", [raw], 1, owner))
        frame = TracebackFrame(path=found["path"], line=int(found["line"]), code="", owner=owner)
        self.sections[-1].frames.append(frame)

    def _go_on(self, raw: str, line: str) -> None:
        """The lines below the first one of a frame: its code, marks below the code, and the number of repetitions."""
        piece, frames = self.pieces[-1], self.sections[-1].frames
        piece.lines.append(raw)
        if repeated := _REPEATED.fullmatch(line):
            piece.calls += int(repeated[1])
        elif not frames[-1].code:
            last = frames[-1]
            frames[-1] = TracebackFrame(path=last.path, line=last.line, code=line.strip(), owner=last.owner)

    def _add(self, kind: str, raw: str) -> None:
        if self.pieces and self.pieces[-1].kind == kind:
            self.pieces[-1].lines.append(raw)
        else:
            self.pieces.append(_Piece(kind, [raw]))


def _merged(pieces: list[_Piece]) -> Iterator[Part]:
    """Joins neighbours of one kind; errors stay separate."""
    gathered: list[_Piece] = []
    for piece in [*pieces, _Piece("", [])]:
        if gathered and (piece.kind != gathered[0].kind or piece.kind == "error"):
            yield Part(
                kind=gathered[0].kind,
                text="".join(line for each in gathered for line in each.lines),
                calls=sum(each.calls for each in gathered),
                owners=tuple(dict.fromkeys(each.owner for each in gathered if each.owner)),
            )
            gathered = []
        gathered.append(piece)


def _own(sections: list[_Section]) -> TracebackFrame | None:
    """Causes come before their effects, and the exceptions of a group, with a wider margin, after it."""
    found = [(section.depth, frame) for section in sections for frame in section.frames if not frame.owner]
    least = min((depth for depth, _frame in found), default=0)
    return next((frame for depth, frame in reversed(found) if depth == least), None)
