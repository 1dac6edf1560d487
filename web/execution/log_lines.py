"""The log of an execution on pages and in files: filters from the URL, and lines. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from celeriac.engine.executions import OutputEntry
from celeriac.engine.workflows.progress.output import SEVERITIES
from celeriac.engine.workflows.progress.views import StepOutputView

#: Lines of one page.
SHOWN = 1_000

_GLYPHS = {"warning": "warn", "error": "failure", "critical": "failure"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilters:
    """As in the query of the page. `severity` is the minimum; `before` a position, '' for the newest lines."""

    step: str = ""
    severity: str = ""
    text: str = ""
    before: str = ""

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> LogFilters:
        return cls(
            step=parameters.get("step", ""),
            severity=parameters.get("severity", ""),
            text=parameters.get("text", "").strip(),
            before=parameters.get("before", ""),
        )

    @property
    def narrowed(self) -> bool:
        return bool(self.step or self.severity or self.text)

    def query(self, **changes: str) -> str:
        """These filters with changes, as a query string without empty values."""
        values = {"step": self.step, "severity": self.severity, "text": self.text, **changes}
        return urlencode({name: value for name, value in values.items() if value})


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line as a row of the page. `glyph` marks important severities by their shape, '' for the others."""

    view: StepOutputView

    @property
    def source(self) -> str:
        """The step, with the number of the item: `resize[17]`."""
        return f"{self.view['step']}[{self.view['item']}]" if "item" in self.view else self.view["step"]

    @property
    def glyph(self) -> str:
        return _GLYPHS.get(self.view["severity"], "")


def in_time(entries: Iterable[OutputEntry]) -> list[OutputEntry]:
    """The lines sorted by the clocks of their workers, because each step's output arrives in batches."""
    lines = [entry for entry in entries if entry.view["event"] == "step_log"]
    return sorted(lines, key=lambda entry: entry.view["time"])


def severities() -> list[str]:
    """In ascending order."""
    return list(SEVERITIES.values())


def text_lines(entries: Iterable[OutputEntry]) -> Iterator[str]:
    """One row of text per line, further rows of a line indented: "2026-11-22T10:00:00.123Z warning load: slow"."""
    for entry in in_time(entries):
        view = entry.view
        source = LogLine(view).source + (f" (attempt {view['attempt']})" if view["attempt"] > 1 else "")
        message = (view["message"] or "").replace("\n", "\n    ")
        yield f"{view['time']} {view['severity']} {source}: {message}\n"
