"""The output of a running step besides its events: log lines and progress. Pure.

One entry is `code ms unit attempt tail`, separated by spaces; `ms` is since the epoch by the worker's clock. Codes: `l` a
line (tail: a letter for its severity, then the text), `p` progress (tail: the fraction, then the message).
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from celeriac.engine.errors import InvalidInput
from celeriac.engine.workflows.definition.definition import StepDefinition
from celeriac.engine.workflows.progress.events import rfc3339
from celeriac.engine.workflows.progress.units import index_of, item_of
from celeriac.engine.workflows.progress.views import LogLineView, StepOutputView, StepProgressView

MAX_LINES: Final = 10_000  # kept of one execution
MAX_LINE: Final = 4_096  # bytes of one line
MAX_MESSAGE: Final = 200  # characters of a progress message
SHOWN_LINES: Final = 1_000  # of one step

#: Names of the letters, from the least severe on.
SEVERITIES: Final = {"D": "debug", "I": "info", "W": "warning", "E": "error", "C": "critical"}


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a step's log, possibly with several lines of text."""

    ms: int
    attempt: int
    severity: str  # the letter
    text: str

    def view(self) -> LogLineView:
        return {
            "time": rfc3339(self.ms),
            "level": SEVERITIES[self.severity],
            "attempt": self.attempt,
            "message": self.text,
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a step, as its task reported it at `ms`."""

    ms: int
    attempt: int
    fraction: float  # 0 to 1
    message: str  # '' for none

    def view(self) -> StepProgressView:
        return {"fraction": self.fraction, "message": self.message or None}


def checked_progress(ms: int, attempt: int, fraction: object, message: object) -> Progress:
    """The progress that a task reported. Raises `ValueError` for invalid values; longer messages are cut."""
    is_number = isinstance(fraction, int | float) and not isinstance(fraction, bool)
    if not is_number or not math.isfinite(fraction) or not 0 <= fraction <= 1:  # type: ignore[arg-type, operator]
        raise ValueError(f"progress({fraction!r:.40}): a number from 0 to 1 is expected")
    if message is not None and not isinstance(message, str):
        raise ValueError(f"progress(message={message!r:.40}): a string is expected")
    one_line = printable(" ".join((message or "").split()))
    if len(one_line) > MAX_MESSAGE:
        one_line = one_line[: MAX_MESSAGE - 1] + "…"
    return Progress(ms, attempt, round(float(fraction), 4), one_line)  # type: ignore[arg-type]


def severity_of(level: int) -> str:
    """The letter for a level of the logging module; levels in between count as the one below."""
    for floor, letter in (
        (logging.CRITICAL, "C"),
        (logging.ERROR, "E"),
        (logging.WARNING, "W"),
        (logging.INFO, "I"),
    ):
        if level >= floor:
            return letter
    return "D"


def cut(text: str) -> str:
    """The text, cut to `MAX_LINE` bytes, with the number of cut bytes."""
    encoded = text.encode(errors="backslashreplace")
    if len(encoded) <= MAX_LINE:
        return encoded.decode()
    kept = encoded[: MAX_LINE - 60].decode(errors="ignore")
    return f"{kept}… ({len(encoded) - len(kept.encode()):,} more bytes)"


def printable(text: str) -> str:
    """The text without characters that cannot be encoded: lone surrogates."""
    return text.encode(errors="backslashreplace").decode()


def encode_line(unit: str, line: Line) -> str:
    return f"l {line.ms} {unit} {line.attempt} {line.severity} {line.text}"


def encode_progress(unit: str, progress: Progress) -> str:
    return f"p {progress.ms} {unit} {progress.attempt} {progress.fraction:g} {progress.message}"


def parse_entry(text: str) -> tuple[str, Line | Progress]:
    """The unit and its output."""
    code, ms, unit, attempt, head, tail = text.split(" ", 5)
    if code == "l":
        return unit, Line(int(ms), int(attempt), head, tail)
    return unit, Progress(int(ms), int(attempt), float(head), tail)


_PLACE = re.compile(r"(\d{1,20})-(\d{1,20})", re.ASCII)


def checked_cursor(text: str, parameter: str) -> str:
    """A position in the output, as the store writes them. Raises `InvalidInput` naming the parameter."""
    found = _PLACE.fullmatch(text)
    if found is None or any(int(part) >= 2**64 for part in found.groups()):
        raise InvalidInput(
            f"{parameter} {text[:40]!r} is not a position in a log; start without it", pointer=f"/{parameter}"
        )
    return text


def output_view(unit: str, said: Line | Progress, steps: Sequence[StepDefinition]) -> StepOutputView:
    """The JSON object of an entry; `steps` are those of the execution's definition."""
    step, item = steps[index_of(unit)], item_of(unit)
    view: StepOutputView = {
        "time": rfc3339(said.ms),
        "event": "step_log" if isinstance(said, Line) else "step_progress",
        "step": step.name,
        "level": step.level,
        "attempt": said.attempt,
        "message": said.text if isinstance(said, Line) else said.message or None,
    }
    if item is not None:
        view["item"] = item
    if isinstance(said, Line):
        view["severity"] = SEVERITIES[said.severity]
    else:
        view["fraction"] = said.fraction
    return view
