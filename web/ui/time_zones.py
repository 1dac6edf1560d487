"""Time zones: the known ones, the choice of a browser, and the format of times.

Pages are rendered in the chosen zone. Fragments rendered once for all browsers are in UTC, and `static/js/zones.js`
converts them to the zone of the page: both must give the same text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from starlette.requests import Request

from celeriac.words.formats import parse_time

COOKIE = "zone"
#: Prefix of the browser's own zone: the choice follows the browser into another zone.
LOCAL = "local:"
#: Prefixes of the names. The rest of the database are old names of these, which browsers do not report.
AREAS = (
    "Africa America Antarctica Arctic Asia Atlantic Australia Europe Indian Pacific Etc".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone by its IANA name. `is_local`: chosen as the browser's own."""

    name: str
    is_local: bool = False

    @property
    def choice(self) -> str:
        """As in forms and the cookie."""
        return f"{LOCAL}{self.name}" if self.is_local else self.name

    @property
    def short_names(self) -> dict[str, str]:
        """Offset -> short name, of this year's winter and summer: `{"+01:00": "CET", "+02:00": "CEST"}`."""
        return _short_names(self.name, dt.datetime.now(dt.UTC).year)

    @property
    def label(self) -> str:
        """The text beside a column of times: `UTC`, `CET/CEST`, `+05:45`."""
        return "/".join(self.short_names.values())

    @property
    def short_name_now(self) -> str:
        return LocalTime.of(dt.datetime.now(dt.UTC), self).short_zone


UTC = Zone("UTC")
_shown: ContextVar[Zone] = ContextVar("zone that is rendered in", default=UTC)


@cache
def names() -> tuple[str, ...]:
    """All zones that can be chosen, by name; the first is UTC."""
    return ("UTC", *sorted(name for name in available_timezones() if name.partition("/")[0] in AREAS))


def read(choice: str) -> Zone | None:
    """The zone of a choice; None for an unknown one."""
    name = choice.removeprefix(LOCAL)
    return Zone(name, is_local=choice.startswith(LOCAL)) if name in _known() else None


def chosen(request: Request) -> Zone:
    """The zone of a request; UTC if none was chosen, or an unknown one."""
    choice = request.cookies.get(COOKIE)
    return (choice and read(choice)) or UTC


@cache
def _known() -> frozenset[str]:
    return frozenset(names())


def page_zone() -> Zone:
    """The current zone for rendering."""
    return _shown.get()


@contextmanager
def in_zone(zone: Zone) -> Iterator[None]:
    """Renders times within the block in this zone; outside of a block they are in UTC."""
    before = _shown.set(zone)
    try:
        yield
    finally:
        _shown.reset(before)


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A time in a zone."""

    text: str  # "2026-11-22 11:00:00.123+01:00"
    zone: Zone

    @classmethod
    def of(cls, moment: dt.datetime, zone: Zone) -> LocalTime:
        return cls(moment.astimezone(ZoneInfo(zone.name)).isoformat(sep=" ", timespec="milliseconds"), zone)

    @property
    def offset(self) -> str:
        return self.text[23:]

    @property
    def full(self) -> str:
        return f"{self.text[:23]} {self.offset} {self.zone.name}"

    @property
    def short_zone(self) -> str:
        """`UTC`, `CET`; the offset if this year has no name for it."""
        return self.zone.short_names.get(self.offset, self.offset)

    def shaped(self, shape: str) -> str:
        """The part of the text that a place has room for; `shape` is one of `SHAPES`."""
        return self.text[SHAPES[shape]]


#: Parts of `LocalTime.text`.
SHAPES = {
    "date": slice(0, 19),  # with the time of day
    "clock": slice(11, 19),
    "tenths": slice(11, 21),
    "milliseconds": slice(11, 23),
}


def local_time(text: str) -> LocalTime:
    """An RFC 3339 time in the current zone for rendering."""
    return LocalTime.of(parse_time(text), _shown.get())


def from_field(text: str, zone: Zone) -> str:
    """The text of a date and time field, as RFC 3339 in UTC; other text is returned unchanged.

    Of two times that a clock shows alike, it is the first; a time that a clock leaves out is an hour later.
    """
    try:
        typed = dt.datetime.fromisoformat(text)
        moment = typed.replace(tzinfo=typed.tzinfo or ZoneInfo(zone.name)).astimezone(dt.UTC)
    except (
        ValueError,
        OverflowError,
    ):  # the first and the last day have no hour before or after
        return text
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def for_field(text: str, zone: Zone) -> str:
    """An RFC 3339 time in the format of a date and time field; "" for other text."""
    try:
        return LocalTime.of(parse_time(text), zone).text[:23].replace(" ", "T")
    except (ValueError, OverflowError):
        return ""


@cache
def _short_names(name: str, year: int) -> dict[str, str]:
    found = {}
    for month in (1, 7):
        moment = dt.datetime(year, month, 1, tzinfo=ZoneInfo(name))
        offset, short = moment.isoformat()[19:], moment.tzname() or ""
        found[offset] = short if short.isalpha() else offset
    return dict(sorted(found.items(), key=lambda each: int(each[0].replace(":", ""))))
