"""The part `history` of `make bench`, with small stores: the figures are for the bench to judge."""

from __future__ import annotations

import pytest

from tests.bench import history_size
from tests.bench.history_size import measure_history


def test_every_question_is_asked_of_both_stores_when_a_history_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history_size, "SMALL", 40)
    monkeypatch.setattr(history_size, "REPEATS", 2)

    found = measure_history(60)

    assert found.executions == 60
    assert found.bytes_each > 0
    assert {"first page of 50", "page, by label and status", "overview", "clean-up preview"} <= set(
        found.milliseconds
    )
    assert all(small > 0 and large > 0 for small, large in found.milliseconds.values())
    bars = {figure.bar for figure in found.figures}
    assert bars == {history_size.BYTES_BAR, history_size.GROWTH_BAR}
