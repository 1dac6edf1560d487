"""A side of `make bench ARGS=paired` measures this checkout. The figures are for the bench to judge."""

from __future__ import annotations

from pathlib import Path

from tests.bench.checkouts import THIS
from tests.bench.paired import started_side


def test_workloads_are_measured_when_a_side_is_asked(tmp_path: Path) -> None:
    with started_side(THIS, tmp_path / "side") as side:
        chain, idle = side.measure("W1"), side.measure("W5")

    assert [*chain, *idle] == ["chain of 50", "first step starts", "3 steps end"]
    assert all(milliseconds > 0 for milliseconds in (*chain.values(), *idle.values()))
