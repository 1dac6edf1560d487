"""Time zones: which can be chosen, and how a moment is written in one."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from pathlib import Path

import pytest

from celeriac.web.ui import paths, time_zones
from celeriac.web.ui.rendering import environment
from celeriac.web.ui.time_zones import UTC, LocalTime, Zone, in_zone, read

MARKUP = re.compile(r"<time datetime|\bUTC\b")


def written(moment: str, zone: str, shape: str = "date") -> str:
    with in_zone(Zone(zone)):
        return time_zones.local_time(moment).shaped(shape)


@pytest.mark.parametrize(
    ("zone", "moment", "text"),
    [
        ("UTC", "2026-11-22T01:00:00.123+02:00", "2026-11-21 23:00:00"),
        ("Europe/Paris", "2026-03-29T00:59:59.999Z", "2026-03-29 01:59:59"),  # the last second before the gap
        ("Europe/Paris", "2026-03-29T01:00:00.000Z", "2026-03-29 03:00:00"),
        ("Europe/Paris", "2026-10-25T00:30:00.000Z", "2026-10-25 02:30:00"),  # twice the same on the clock
        ("Europe/Paris", "2026-10-25T01:30:00.000Z", "2026-10-25 02:30:00"),
        ("Asia/Kolkata", "2026-12-31T18:30:00.000Z", "2027-01-01 00:00:00"),
        ("America/New_York", "2026-01-01T04:59:59.000Z", "2025-12-31 23:59:59"),
    ],
)
def test_a_moment_is_written_as_the_clocks_of_the_zone_show_it(zone: str, moment: str, text: str) -> None:
    assert written(moment, zone) == text


def test_the_full_text_tells_moments_apart_when_the_clock_shows_them_alike() -> None:
    with in_zone(Zone("Europe/Paris")):
        summer, winter = (time_zones.local_time(f"2026-10-25T0{hour}:30:00.000Z").full for hour in (0, 1))

    assert summer == "2026-10-25 02:30:00.000 +02:00 Europe/Paris"
    assert winter == "2026-10-25 02:30:00.000 +01:00 Europe/Paris"


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ("date", "2026-11-22 15:30:00"),
        ("clock", "15:30:00"),
        ("tenths", "15:30:00.1"),
        ("milliseconds", "15:30:00.123"),
    ],
)
def test_a_moment_is_written_as_a_place_has_room(shape: str, text: str) -> None:
    assert written("2026-11-22T10:00:00.123Z", "Asia/Kolkata", shape) == text


@pytest.mark.parametrize(
    ("zone", "label"),
    [
        ("UTC", "UTC"),
        ("Europe/Paris", "CET/CEST"),
        ("Australia/Sydney", "AEST/AEDT"),
        ("Asia/Tokyo", "JST"),
        ("Asia/Kathmandu", "+05:45"),
        ("America/Santiago", "-04:00/-03:00"),
    ],
)
def test_the_label_is_true_for_every_time_of_the_year(zone: str, label: str) -> None:
    assert Zone(zone).label == label


def test_the_short_name_is_that_of_the_moment_and_the_offset_when_it_has_none() -> None:
    def short(zone: str, year: int, month: int) -> str:
        return LocalTime.of(dt.datetime(year, month, 1, tzinfo=dt.UTC), Zone(zone)).short_zone

    assert [short("Europe/Paris", 2026, month) for month in (1, 7)] == ["CET", "CEST"]
    assert short("Europe/Istanbul", 2010, 1) == "+02:00"  # they have had +03 all year since 2016


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2026-11-22T11:00", "2026-11-22T10:00:00.000Z"),
        ("2026-03-29T02:30", "2026-03-29T01:30:00.000Z"),  # clocks go from two to three
        ("2026-10-25T02:30", "2026-10-25T00:30:00.000Z"),  # and here it is half past two twice
        ("2026-11-22T11:00+05:00", "2026-11-22T06:00:00.000Z"),
        ("", ""),
        ("soon", "soon"),
        ("0001-01-01T00:00", "0001-01-01T00:00"),
    ],
)
def test_what_is_typed_is_a_moment_of_the_zone(typed: str, moment: str) -> None:
    assert time_zones.from_field(typed, Zone("Europe/Paris")) == moment


def test_a_field_shows_what_was_typed_into_it() -> None:
    paris = Zone("Europe/Paris")

    assert (
        time_zones.for_field(time_zones.from_field("2026-07-22T11:00", paris), paris)
        == "2026-07-22T11:00:00.000"
    )
    assert time_zones.for_field("soon", paris) == time_zones.for_field("2026-07-22T11:00", paris) == ""
    assert time_zones.for_field("9999-12-31T23:59:59Z", paris) == ""


def test_the_browsers_own_zone_is_remembered_as_such() -> None:
    assert read("local:Asia/Tokyo") == Zone("Asia/Tokyo", is_local=True)
    assert read("Asia/Tokyo") == Zone("Asia/Tokyo")
    assert Zone("Asia/Tokyo", is_local=True).choice == "local:Asia/Tokyo"


@pytest.mark.parametrize(
    "choice",
    [
        *(
            "",
            "local:",
            "Mars/Olympus",
            "europe/paris",
            "../UTC",
            "/etc/passwd",
            "Europe",
            "Europe/",
            "localtime",
        ),
        *("UTC\0", "local:local:UTC", "Europe/Paris ", "x" * 100_000),
    ],
    ids=lambda choice: choice[:20],
)
def test_there_is_no_zone_when_the_name_is_wrong(choice: str) -> None:
    assert read(choice) is None


def test_zones_are_known_when_the_system_has_none() -> None:
    """As in slim containers; and by the older names that browsers still give."""
    code = "from celeriac.web.ui import time_zones as zones; "
    code += "assert {'Europe/Paris', 'Asia/Calcutta'} <= set(zones.names()); print(len(zones.names()))"
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONTZPATH": "", "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=True,
    )

    assert int(found.stdout) > 400


def test_partials_are_in_utc_when_nobody_asks_for_them_alone() -> None:
    template = environment().from_string(
        '{% from "components/times.html" import moment %}{{ moment("2026-11-22T10:00:00.000Z") }}'
    )

    assert time_zones.page_zone() == UTC
    assert ">2026-11-22 10:00:00<" in template.render()
    with in_zone(Zone("Asia/Tokyo")):
        assert ">2026-11-22 19:00:00<" in template.render()
    assert ">2026-11-22 10:00:00<" in template.render()


def test_times_are_written_by_one_component() -> None:
    allowed = {"components/times.html", "components/_zone.html", "preferences/zone.html", "help/_words.html"}
    guilty = {
        name: found
        for path in paths.TEMPLATES.rglob("*.html")
        if (name := path.relative_to(paths.TEMPLATES).as_posix()) not in allowed
        and (found := MARKUP.findall(path.read_text(encoding="utf-8")))
    }

    assert not guilty
