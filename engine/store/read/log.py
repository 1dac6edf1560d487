"""The log lines of all steps of an execution, in the order of their arrival. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from celeriac.engine.store.output import CHUNK, Output, OutputLine
from celeriac.engine.workflows.progress.output import SEVERITIES, Line
from celeriac.engine.workflows.progress.units import index_of

_RISING = list(SEVERITIES)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFilter:
    """`step` is an index (None: any), `severity` the letter of the minimum, `text` is case-insensitive."""

    step: int | None = None
    severity: str = "D"
    text: str = ""

    def takes(self, said: OutputLine) -> bool:
        line = said.what
        return (
            isinstance(line, Line)
            and (self.step is None or index_of(said.unit) == self.step)
            and _RISING.index(line.severity) >= _RISING.index(self.severity)
            and self.text.casefold() in line.text.casefold()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePage:
    lines: list[OutputLine]  # oldest first
    has_older: bool
    newest: str  # the position that this page was read up to: later lines follow it


def read_lines(
    output: Output, execution_id: str, wanted: LineFilter, *, after: str, before: str, limit: int
) -> LinePage:
    """The newest `limit` matching lines between two positions; `before` is '' for the newest line."""
    found: list[OutputLine] = []
    newest = ""
    place = before
    while len(found) <= limit:
        chunk = output.before(execution_id, place, after=after, limit=CHUNK)
        if not chunk:
            break
        newest = newest or chunk[0].place
        found += [said for said in chunk if wanted.takes(said)]
        place = chunk[-1].place
    return LinePage(lines=found[:limit][::-1], has_older=len(found) > limit, newest=newest or after)
