"""The bench of followers measures this checkout and its peer. The figures are for the bench to judge."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.bench.followers import Extent, measure_followers


def test_followers_of_both_servers_get_every_event_when_they_are_measured(tmp_path: Path) -> None:
    extent = Extent(followers=20, spread=5, seconds=2, turns=1)
    with ThreadPoolExecutor(1) as thread:  # the tests of a browser leave an event loop in this one
        figures = thread.submit(measure_followers, tmp_path, extent).result()

    assert [figure.title for figure in figures if figure.bar] == [
        "p99 / sse-starlette's, spread over 5 executions",
        "p99 / sse-starlette's, all on one execution",
        "memory of the web process, growth within a turn",
    ]
    assert all(figure.value > 0 for figure in figures if figure.unit == "ms")
