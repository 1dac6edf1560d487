"""The chain of steps that determined when an execution ended."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from celeriac.engine.workflows.progress.critical_path import critical_path


def test_path_goes_through_the_slower_branch_when_a_join_waits_for_two() -> None:
    #      0 ─┬─ 1 (ends at 3) ─┬─ 3
    #         └─ 2 (ends at 9) ─┘
    path = critical_path([[], [0], [0], [1, 2]], [0, 1, 1, 9], [1, 3, 9, 10])

    assert path == [0, 2, 3]


def test_path_ends_where_the_execution_ended_when_a_branch_outlasts_the_last_level() -> None:
    assert critical_path([[], [], [0]], [0, 0, 1], [1, 30, 2]) == [1]


def test_path_leads_through_a_skipped_step_when_it_was_decided_last() -> None:
    assert critical_path([[], [0], [], [1, 2]], [0, None, 0, 5], [5, 5, 2, 8]) == [0, 1, 3]


def test_path_ends_with_the_failure_when_what_comes_after_it_is_skipped() -> None:
    assert critical_path([[], [0], [1]], [0, 2, None], [2, 7, 7]) == [0, 1]


def test_first_in_the_definition_wins_when_two_end_at_the_same_moment() -> None:
    assert critical_path([[], [], [0, 1]], [0, 0, 4], [4, 4, 5]) == [0, 2]


def test_path_is_empty_when_nothing_has_run() -> None:
    assert critical_path([], [], []) == []
    assert critical_path([[], [0]], [None, None], [3, 3]) == []
    assert critical_path([[]], [4], [None]) == []


@st.composite
def executed(draw: st.DrawFn) -> tuple[list[list[int]], list[int | None], list[int | None]]:
    """A graph that ran to its end: a step starts after what it waits for, runs or is passed over, and ends."""
    dependencies: list[list[int]] = []
    started: list[int | None] = []
    ended: list[int] = []
    for index in range(draw(st.integers(1, 12))):
        needed = sorted(draw(st.sets(st.sampled_from(range(index)), max_size=4))) if index else []
        ready = max((ended[before] for before in needed), default=0)
        runs, waits, takes = draw(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 5)))
        dependencies.append(needed)
        started.append(ready + waits if runs else None)
        ended.append(ready + waits + takes if runs else ready)
    return dependencies, started, list(ended)


@given(executed())
def test_path_is_a_chain_from_a_root_to_the_last_end_when_everything_has_ended(
    execution: tuple[list[list[int]], list[int | None], list[int | None]],
) -> None:
    dependencies, started, ended = execution
    path = critical_path(dependencies, started, ended)

    ran = [index for index, at in enumerate(started) if at is not None]
    if not ran:
        assert path == []
        return
    assert dependencies[path[0]] == []
    assert ended[path[-1]] == max(ended[index] or 0 for index in ran)
    for before, after in pairwise(path):
        assert before in dependencies[after]
        assert all((ended[other] or 0) <= (ended[before] or 0) for other in dependencies[after])
