"""How often a page is told something."""

from __future__ import annotations

from celeriac.web.execution.pace import Pace


def batches_within(seconds: float, cost: float = 0.0) -> int:
    """How many batches go out when there is always something new."""
    pace, now, count = Pace(0.0), 0.0, 0
    while now < seconds:
        count += 1
        now += cost
        now += pace.pause_after_batch(now, cost)
    return count


def test_second_change_goes_out_at_once_when_it_follows_the_first() -> None:
    pace = Pace(0.0)

    assert pace.pause_after_batch(0.0, 0.0) == 0


def test_no_more_than_twenty_go_out_when_changes_never_end() -> None:
    assert batches_within(1.0) <= 20
    assert 160 <= batches_within(10.0) <= 164 + 1


def test_reading_takes_a_third_of_the_time_when_it_is_expensive() -> None:
    assert batches_within(9.0, cost=0.25) == 12


def test_burst_is_there_again_when_it_was_quiet() -> None:
    pace = Pace(0.0)
    for _ in range(10):
        pace.pause_after_batch(0.0, 0.0)

    assert pace.pause_after_batch(60.0, 0.0) == 0
