"""Lines of a log, as rows and as text."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.engine.executions import OutputEntry
from celeriac.web.execution.log_lines import LogFilters, LogLine, in_time, text_lines


def entry(message: str, second: int = 0, **fields: Any) -> OutputEntry:
    view = {
        "time": f"2026-11-22T10:00:{second:02}.123Z",
        "event": "step_log",
        "step": "load",
        "level": 1,
        "attempt": 1,
        "message": message,
        "severity": "info",
        **fields,
    }
    return OutputEntry(place="1-0", written=1, view=view)  # type: ignore[arg-type]


def test_lines_come_by_time_when_their_workers_sent_them_in_batches() -> None:
    said = [entry("b", 2), entry("c", 3), entry("half", event="step_progress"), entry("a", 1)]

    assert [each.view["message"] for each in in_time(said)] == ["a", "b", "c"]


def test_line_of_text_says_when_how_severe_and_who_when_it_is_downloaded() -> None:
    said = [entry("two\nrows", item=17, attempt=2, severity="warning")]

    assert list(text_lines(said)) == [
        "2026-11-22T10:00:00.123Z warning load[17] (attempt 2): two\n    rows\n"
    ]


@pytest.mark.parametrize(
    ("severity", "glyph"),
    [("debug", ""), ("info", ""), ("warning", "warn"), ("error", "failure"), ("critical", "failure")],
)
def test_severity_has_a_shape_when_it_asks_for_attention(severity: str, glyph: str) -> None:
    assert LogLine(entry("x", severity=severity).view).glyph == glyph


def test_filters_survive_in_links_when_a_page_is_turned() -> None:
    filters = LogFilters.read({"step": "load", "text": " a&b ", "before": "7-0", "view": "log"})

    assert filters.narrowed
    assert filters.query() == "step=load&text=a%26b"
    assert filters.query(before="3-0") == "step=load&text=a%26b&before=3-0"
    assert not LogFilters.read({"before": "7-0"}).narrowed
