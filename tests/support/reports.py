"""What a step says, kept for a test to look at: stands in for the reports of a real attempt."""

from __future__ import annotations

import logging


class KeptReports:
    """Keeps output; `cancelled` is what `is_cancelled` answers."""

    def __init__(self) -> None:
        self.logger = logging.getLogger("tests.kept_reports")
        self.told: list[tuple[float, str | None]] = []
        self.cancelled = False
        self.lines: list[tuple[int, str]] = []
        self.prints: list[tuple[str, str]] = []

    def line(self, created: float, level: int, text: str) -> None:
        self.lines.append((level, text))

    def printed(self, stream: str, data: str) -> None:
        self.prints.append((stream, data))

    def progress(self, fraction: float, message: str | None) -> None:
        self.told.append((fraction, message))

    def is_cancelled(self) -> bool:
        return self.cancelled
