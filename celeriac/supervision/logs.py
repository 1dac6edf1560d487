"""The log files of the children: rotated at each start, tailed for reports, mirrored on request."""

from __future__ import annotations

import os
from pathlib import Path

#: Number of log files of earlier starts that are kept, besides the current one.
KEPT = 3
#: A log of more bytes is rotated while its child continues to write.
LARGEST = 32 * 1024 * 1024


def rotate(file: Path) -> None:
    """Rotates a log: `web.log` becomes `web.log.1`, that `web.log.2`, and the oldest is removed."""
    if not file.exists():
        return
    for number in range(KEPT, 0, -1):
        older = file if number == 1 else _numbered(file, number - 1)
        if older.exists():
            older.replace(_numbered(file, number))


def set_aside_when_large(file: Path, *, largest: int = LARGEST) -> None:
    """Moves the text of a large log to `….log.1`; its writer appends, so no line is broken."""
    if not file.exists() or file.stat().st_size <= largest:
        return
    for number in range(KEPT, 1, -1):
        if _numbered(file, number - 1).exists():
            _numbered(file, number - 1).replace(_numbered(file, number))
    with file.open("rb") as source, _numbered(file, 1).open("wb") as target:
        while chunk := source.read(1 << 20):
            target.write(chunk)
    os.truncate(file, 0)


def tail(file: Path, *, lines: int = 12) -> str:
    """The last lines of a log, each after a line break and four spaces; a note if there are none."""
    try:
        with file.open("rb") as source:
            size = source.seek(0, os.SEEK_END)
            source.seek(max(0, size - 16_384))
            text = source.read().decode(errors="replace")
    except OSError:
        text = ""
    shown = [line for line in text.splitlines() if line.strip()][-lines:] or ["(nothing was written)"]
    return "".join(f"\n    {line}" for line in shown)


class Mirror:
    """Reads the additions to a log since the last call."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = file.stat().st_size if file.exists() else 0

    def new_lines(self) -> list[str]:
        """The complete lines added since the last call."""
        try:
            with self._file.open("rb") as source:
                size = source.seek(0, os.SEEK_END)
                if size < self._read:
                    self._read = 0
                source.seek(self._read)
                text = source.read()
        except OSError:
            return []
        complete = text[: text.rfind(b"\n") + 1]
        self._read += len(complete)
        return complete.decode(errors="replace").splitlines()


def _numbered(file: Path, number: int) -> Path:
    return file.with_name(f"{file.name}.{number}")
