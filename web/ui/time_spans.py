"""Spans of time as people write them: 90m, 24h, 7d. Pure."""

from __future__ import annotations

import datetime as dt
import re

_SPAN = re.compile(r"(\d{1,5})([mhd])\Z")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def is_span(text: str) -> bool:
    return _SPAN.match(text) is not None


def span_start(text: str, now: dt.datetime) -> str:
    """The RFC 3339 time a span such as 30m, 24h or 7d before `now`; other text is passed to the engine."""
    span = _SPAN.match(text)
    if not span:
        return text
    start = now - dt.timedelta(**{_UNITS[span[2]]: int(span[1])})
    return start.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
