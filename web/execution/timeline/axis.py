"""A readable time axis: round intervals, few ticks, short labels. Pure; times are ms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MOST_TICKS = 8
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


@dataclass(frozen=True, slots=True)
class Tick:
    percent: float
    label: str


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """From 0 to `span`."""

    span: int
    step: int

    @property
    def ticks(self) -> list[Tick]:
        """The start of each interval; not the end, whose label would be outside."""
        return [Tick(self.percent(at), tick_label(at)) for at in range(0, self.span, self.step)]

    def percent(self, at: float) -> float:
        """The position of a time along the axis; times outside get the nearer end."""
        return round(min(max(at / self.span, 0.0), 1.0) * 100, 2)


def time_axis(length: int) -> TimeAxis:
    """The axis for `length` ms: its last interval reaches `length` or beyond."""
    step = next(each for each in _steps() if length <= each * MOST_TICKS)
    return TimeAxis(span=max(1, -(-length // step)) * step, step=step)


def _steps() -> Iterator[int]:
    yield from (1, 2, 5, 10, 20, 50, 100, 200, 500)
    yield from (SECOND * n for n in (1, 2, 5, 10, 15, 30))
    yield from (MINUTE * n for n in (1, 2, 5, 10, 15, 30))
    yield from (HOUR * n for n in (1, 2, 3, 6, 12))
    step = DAY
    while True:
        yield step
        step *= 2


def tick_label(at: int) -> str:
    """ "0", "250 ms", "1.5 s", "20 s", "1 m 30 s", "2 h", "2 h 30 m", "3 d": no unit is zero except the first."""
    if at < SECOND:
        return f"{at} ms" if at else "0"
    if at < MINUTE:
        return f"{at / SECOND:g} s"
    for unit, name, below, below_name in ((DAY, "d", HOUR, "h"), (HOUR, "h", MINUTE, "m")):
        if at >= unit:
            return _two(at // unit, name, at % unit // below, below_name)
    return _two(at // MINUTE, "m", at % MINUTE // SECOND, "s")


def _two(large: int, name: str, small: int, small_name: str) -> str:
    return f"{large} {name} {small} {small_name}" if small else f"{large} {name}"
