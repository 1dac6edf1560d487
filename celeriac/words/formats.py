"""Formats of numbers and times: durations, thousands; times in UTC (`web/ui/time_zones.py` has the others). Pure."""

from __future__ import annotations

import datetime as dt

MINUTE, HOUR, DAY = 60, 3600, 86400


def duration(seconds: float | None) -> str:
    """Seconds as text: "0.01 s", "12.2 s", "1 m 42 s", "2 h 05 m", "3 d 04 h"; None is ""."""
    if seconds is None:
        return ""
    seconds = max(0.0, seconds)
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < MINUTE - 0.05:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < HOUR:
        return f"{whole // MINUTE} m {whole % MINUTE:02d} s"
    if whole < DAY:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE:02d} m"
    return f"{whole // DAY} d {whole % DAY // HOUR:02d} h"


def parse_time(text: str) -> dt.datetime:
    """RFC 3339 text as an aware datetime in UTC. Raises ValueError."""
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("the time has no offset")
    return moment.astimezone(dt.UTC)


def milliseconds(time: str) -> int:
    """Milliseconds since 1970 of an RFC 3339 time."""
    return round(dt.datetime.fromisoformat(time).timestamp() * 1000)


def date_and_time(text: str | None) -> str:
    """Date and time of day in UTC, "2026-11-22 10:00:00", from RFC 3339 text."""
    return parse_time(text).strftime("%Y-%m-%d %H:%M:%S") if text else ""


def number(value: float | None) -> str:
    """With a comma between thousands: "12,345"."""
    return "" if value is None else f"{value:,}"
