"""The journeys of `make bench ARGS=hops` can be made in this checkout. How long they are is for the bench to say."""

from __future__ import annotations

from pathlib import Path

from tests.bench.checkouts import THIS
from tests.bench.hops import JOURNEYS, record


def test_every_journey_is_recorded_when_it_is_made(tmp_path: Path) -> None:
    hops = record(THIS, tmp_path / "journeys", turns=2)

    assert hops.keys() == JOURNEYS.keys()
    assert all(each.functions > each.files > 1 and each.changes for each in hops.values())
    assert hops["page"].templates > 1
    assert hops["launch"].scripts > 0
    assert hops["step's end"].scripts > 0
