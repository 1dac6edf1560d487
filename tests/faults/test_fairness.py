"""A fan-out of a thousand steps beside small executions: everybody gets a turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.fairness import BAR, measure_fairness


@pytest.mark.long
def test_small_executions_are_not_held_up_when_a_thousand_steps_are_ready_beside_them(tmp_path: Path) -> None:
    *_, ratio = measure_fairness(tmp_path, repeats=3)

    assert ratio.value < BAR
