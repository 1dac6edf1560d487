"""Puts together the lines that a task prints in parts: `print("a", "b")` writes four times. Pure but for its lock."""

from __future__ import annotations

import threading
from collections.abc import Callable

from celeriac.engine.workflows.progress.output import MAX_LINE
from celeriac.engine.workflows.progress.terminal_text import terminal_text

MOST = 2 * MAX_LINE  # characters of an unfinished line


class PrintedLines:
    """The unfinished lines of one attempt, by stream. Empty lines are left out, as Celery does."""

    def __init__(self, add: Callable[[str], None]) -> None:
        self._add, self._unfinished = add, dict[str, str]()
        self._lock = threading.RLock()  # a handler of a signal may print, too

    def write(self, stream: str, data: str) -> None:
        with self._lock:
            *lines, rest = (self._unfinished.pop(stream, "") + data).split("\n")
            if len(rest) > MOST:
                rest = _overwritten(rest)
            if len(rest) > MOST:
                lines, rest = [*lines, rest], ""
            if rest:
                self._unfinished[stream] = rest
        self._finish(lines)

    def close(self) -> None:
        """Ends the lines that no newline has ended."""
        with self._lock:
            lines, self._unfinished = list(self._unfinished.values()), {}
        self._finish(lines)

    def _finish(self, lines: list[str]) -> None:
        for line in map(terminal_text, lines):
            if line:
                self._add(line)


def _overwritten(line: str) -> str:
    """The line without what its last return to the start has overwritten: a progress bar may go on for hours."""
    head, back, tail = line.rpartition("\r")
    return terminal_text(head) + back + tail
