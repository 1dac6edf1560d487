"""How numbers and times are written."""

from __future__ import annotations

import pytest

from celeriac.words import formats


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (-0.5, "0.00 s"),
        (0, "0.00 s"),
        (0.012, "0.01 s"),
        (0.9999, "1.00 s"),
        (1, "1.0 s"),
        (12.24, "12.2 s"),
        (59.94, "59.9 s"),
        (59.96, "1 m 00 s"),
        (102, "1 m 42 s"),
        (3599.6, "1 h 00 m"),
        (7500, "2 h 05 m"),
        (86_399, "23 h 59 m"),
        (273_600, "3 d 04 h"),
    ],
)
def test_duration_is_short_when_it_is_long(seconds: float | None, text: str) -> None:
    assert formats.duration(seconds) == text


def test_times_are_shown_in_utc_when_they_have_another_offset() -> None:
    assert formats.date_and_time("2026-11-22T01:00:00.123+02:00") == "2026-11-21 23:00:00"
    assert formats.date_and_time(None) == ""


def test_time_is_refused_when_it_has_no_offset() -> None:
    with pytest.raises(ValueError, match="offset"):
        formats.parse_time("2026-11-22T10:00:00")


def test_thousands_are_separated_when_there_are_any() -> None:
    assert [formats.number(value) for value in (None, 0, 999, 12_345)] == ["", "0", "999", "12,345"]
