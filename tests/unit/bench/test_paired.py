"""Comparing two checkouts in turns: order, ratios and bars. The sides are stand-ins."""

from __future__ import annotations

import pytest

from tests.bench.paired import Paired, Side, arguments, compare


class StandIn(Side):
    """Gives these values one after the other, each for the title "time", and notes its name when it is asked."""

    def __init__(self, name: str, values: list[float], asked: list[str], title: str = "time") -> None:
        self.name, self.values, self.asked, self.title = name, values, asked, title

    def measure(self, part: str) -> dict[str, float]:
        self.asked.append(f"{self.name} {part}")
        return {self.title: self.values.pop(0)}


def test_the_ratio_is_the_median_of_the_turns_when_one_turn_was_disturbed() -> None:
    row = Paired("W1", "chain", now=[11.0, 90.0, 22.0], before=[10.0, 10.0, 20.0])

    assert row.ratio == pytest.approx(1.1)
    assert row.verdict(1.2) == "held"
    assert row.verdict(1.05) == "missed"
    assert row.verdict(None) == ""


def test_sides_take_turns_when_a_workload_is_compared_and_the_first_time_does_not_count() -> None:
    asked: list[str] = []
    now, before = StandIn("now", [9, 2, 4], asked), StandIn("before", [9, 1, 1], asked)

    (row,) = compare(now, before, ["W1"], repeats=2)

    assert asked == ["now W1", "before W1", "before W1", "now W1", "now W1", "before W1"]
    assert (row.now, row.before, row.ratio) == ([2, 4], [1, 1], 3)


def test_one_turn_is_enough_when_bytes_are_compared() -> None:
    asked: list[str] = []

    (row,) = compare(StandIn("now", [3], asked), StandIn("before", [3], asked), ["bytes"], repeats=5)

    assert (row.ratio, row.unit, len(asked)) == (1, "B", 2)


def test_nothing_is_compared_when_the_sides_measure_different_things() -> None:
    now, before = StandIn("now", [1], [], "chain of 50"), StandIn("before", [1], [], "chain of 60")

    with pytest.raises(RuntimeError, match="dom is not the same"):
        list(compare(now, before, ["dom"], repeats=1))


def test_the_parts_are_named_when_one_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(["--against", ".", "W9"])

    assert "choose from W1" in capsys.readouterr().err
