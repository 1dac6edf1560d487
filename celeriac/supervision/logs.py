"""The log files of the children: rotated at each start, tailed for reports, mirrored on request."""

from __future__ import annotations

import os
from pathlib import Path

#: Log files of earlier starts that are kept, besides the current one.
KEPT = 3
#: Above this many bytes a log is set aside while its child goes on writing.
LARGEST = 32 * 1024 * 1024


def rotate(file: Path) -> None:
    """Make room for a new log: `web.log` becomes `web.log.1`, that `web.log.2`, and the oldest goes."""
    if not file.exists():
        return
    for number in range(KEPT, 0, -1):
        older = file if number == 1 else _numbered(file, number - 1)
        if older.exists():
            older.replace(_numbered(file, number))


def set_aside_when_large(file: Path, *, largest: int = LARGEST) -> None:
    """Move the text of a log that grew too large to `….log.1`; its writer appends, so nothing tears."""
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
    """The last lines of a log, each behind four spaces and a line break; says so when there are none."""
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
    """Reads what was added to a log since the last look."""

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
