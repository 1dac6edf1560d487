"""Axes that people can read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celeriac.web.execution.timeline.axis import MOST_TICKS, tick_label, time_axis

DAY = 86_400_000


@pytest.mark.parametrize(
    ("length", "labels"),
    [
        (0, ["0"]),
        (7, ["0", "1 ms", "2 ms", "3 ms", "4 ms", "5 ms", "6 ms"]),
        (1_300, ["0", "200 ms", "400 ms", "600 ms", "800 ms", "1 s", "1.2 s"]),
        (102_000, ["0", "15 s", "30 s", "45 s", "1 m", "1 m 15 s", "1 m 30 s"]),
        (5 * 3_600_000, ["0", "1 h", "2 h", "3 h", "4 h"]),
        (20 * DAY, ["0", "4 d", "8 d", "12 d", "16 d"]),
    ],
)
def test_ticks_are_round_when_an_execution_took_so_long(length: int, labels: list[str]) -> None:
    assert [tick.label for tick in time_axis(length).ticks] == labels


def test_label_names_two_units_when_the_smaller_one_is_not_zero() -> None:
    assert [tick_label(at) for at in (5_400_000, 7_200_000, 90_000, DAY + 12 * 3_600_000)] == [
        "1 h 30 m",
        "2 h",
        "1 m 30 s",
        "1 d 12 h",
    ]


@given(st.integers(0, 10**13))
def test_axis_holds_all_and_wastes_less_than_a_step_when_it_is_made(length: int) -> None:
    axis = time_axis(length)

    assert max(1, length) <= axis.span < length + axis.step + 1
    assert 1 <= len(axis.ticks) <= MOST_TICKS
    assert axis.ticks[0].percent == 0
    assert axis.ticks[-1].percent < 100


def test_moment_is_put_at_the_nearer_end_when_it_is_outside() -> None:
    axis = time_axis(1_000)

    assert [axis.percent(at) for at in (-5, 250, 99_999)] == [0, 25, 100]
