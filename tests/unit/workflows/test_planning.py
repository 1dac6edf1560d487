"""Levels and cycles of graphs given as indexes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from celeriac.engine.workflows.definition.planning import invert, plan

GRAPHS = st.integers(1, 12).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, size - 1), unique=True, max_size=4), min_size=size, max_size=size
    ).map(lambda rows: [[other for other in row if other != index] for index, row in enumerate(rows)])
)


def test_a_step_stands_one_level_above_its_highest_dependency_when_levels_differ() -> None:
    assert plan([[], [0], [1], [0, 2], []]).levels == (1, 2, 3, 4, 1)


def test_the_circle_begins_with_the_step_given_first_when_it_is_told() -> None:
    assert plan([[3], [0], [1], [2]]).cycles == ((0, 3, 2, 1),)


def test_each_circle_is_told_once_when_there_are_several() -> None:
    #    0 <-> 1, behind them 2, which also waits for 3 <-> 4, and 5 behind it all
    assert plan([[1], [0], [1, 3], [4], [3], [2]]).cycles == ((0, 1), (3, 4))


def test_a_chain_of_any_length_is_planned_when_it_is_given_backwards() -> None:
    size = 20_000
    backwards = [[index + 1] if index + 1 < size else [] for index in range(size)]

    assert plan(backwards).levels[0] == size
    assert plan([*backwards[:-1], [0]]).cycles == (tuple(range(size)),)


@given(GRAPHS)
def test_levels_rise_or_circles_are_real_when_a_graph_is_planned(graph: list[list[int]]) -> None:
    planned = plan(graph)

    for cycle in planned.cycles:
        assert all(cycle[(at + 1) % len(cycle)] in graph[index] for at, index in enumerate(cycle))
    if not planned.cycles:
        for index, dependencies in enumerate(graph):
            highest = max((planned.levels[other] for other in dependencies), default=0)
            assert planned.levels[index] == highest + 1


@given(GRAPHS)
def test_dependents_mirror_dependencies_when_inverted(graph: list[list[int]]) -> None:
    pairs = {(index, other) for index, row in enumerate(graph) for other in row}

    assert {(index, other) for other, row in enumerate(invert(graph)) for index in row} == pairs
