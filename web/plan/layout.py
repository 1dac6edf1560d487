"""The layout of a plan: a column per level, and rows that keep lines short, straight and apart.

Pure and deterministic: the same plan always looks the same. Independent of pixels, names and states; a row is the
height of one node with its gap.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from celeriac.engine.workflows.definition.planning import Dependencies, invert
from celeriac.web.plan.crossings import Order, reduce_crossings
from celeriac.web.plan.straightening import assign_rows

#: So many steps of one kind with the same dependencies and dependents are drawn as one node.
ALIKE = 8
#: Maximum number of bends of long lines in all columns. Lines beyond that are drawn straight, behind the nodes: such
#: a plan is unreadable in any case, and must not take minutes.
MOST_BENDS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One step, or several equal ones."""

    steps: tuple[int, ...]  # positions in the plan, ascending
    column: int  # from 0: the level less one
    row: float  # of its middle, from 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """From a node to one of its dependents."""

    start: int  # position in `Layout.nodes`
    end: int
    rows: tuple[float, ...]  # rows in the columns between, from left to right; empty for a direct line


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Two nodes of a column are at least one row apart."""

    nodes: tuple[Node, ...]  # by their first step
    lines: tuple[Line, ...]  # by the node at their end, then at their start
    columns: int
    rows: float  # of whatever is lowest


@dataclass(slots=True)
class _Graph:
    """Nodes first, then the bends of long lines; all lines lead from one column to the next."""

    order: Order
    before: list[list[int]]
    after: list[list[int]]
    bends: dict[tuple[int, int], list[int]]  # of each long line, from left to right


def lay_out(dependencies: Dependencies, levels: Sequence[int], kinds: Sequence[Hashable]) -> Layout:
    """The layout of a plan without cycles.

    `dependencies[i]` are the positions of the dependencies of step i, `levels[i]` its level from 1 (higher than theirs),
    `kinds[i]` what equal steps must have in common to be drawn as one.
    """
    groups = group_alike(dependencies, levels, kinds)
    node_of = {step: node for node, steps in enumerate(groups) for step in steps}
    columns = [levels[steps[0]] - 1 for steps in groups]
    lines = sorted(
        {(node_of[needed], node) for node, steps in enumerate(groups) for needed in dependencies[steps[0]]},
        key=lambda line: (line[1], line[0]),
    )
    graph = _graph(columns, lines)
    order = reduce_crossings(graph.order, graph.before, graph.after)
    rows = assign_rows(order, graph.before, graph.after, nodes=len(groups))
    return Layout(
        nodes=tuple(
            Node(steps=steps, column=columns[node], row=rows[node]) for node, steps in enumerate(groups)
        ),
        lines=tuple(
            Line(start=start, end=end, rows=tuple(rows[bend] for bend in graph.bends.get((start, end), ())))
            for start, end in lines
        ),
        columns=max(columns, default=-1) + 1,
        rows=max(rows, default=0.0),
    )


def group_alike(
    dependencies: Dependencies, levels: Sequence[int], kinds: Sequence[Hashable]
) -> list[tuple[int, ...]]:
    """The steps of each node, by their first step: at least `ALIKE` equal siblings together, any other step alone."""
    dependents = invert(dependencies)
    alike: dict[Hashable, list[int]] = {}
    for step, needed in enumerate(dependencies):
        shape = (levels[step], kinds[step], frozenset(needed), frozenset(dependents[step]))
        alike.setdefault(shape, []).append(step)
    groups = [
        group
        for steps in alike.values()
        for group in ([tuple(steps)] if len(steps) >= ALIKE else [(step,) for step in steps])
    ]
    return sorted(groups)


def _graph(columns: Sequence[int], lines: Sequence[tuple[int, int]]) -> _Graph:
    order: Order = [[] for _ in range(max(columns, default=-1) + 1)]
    for node, column in enumerate(columns):
        order[column].append(node)
    long = [line for line in lines if columns[line[1]] - columns[line[0]] > 1]
    bends, bend_columns = _bends(columns, long)
    for bend, column in enumerate(bend_columns, len(columns)):
        order[column].append(bend)
    size = len(columns) + len(bend_columns)
    before: list[set[int]] = [set() for _ in range(size)]
    for line in lines:
        # Lines that are too long to pass between the nodes do not affect the order.
        if line not in bends and columns[line[1]] - columns[line[0]] > 1:
            continue
        path = [line[0], *bends.get(line, ()), line[1]]
        for left, right in pairwise(path):
            before[right].add(left)
    neighbours = [sorted(points) for points in before]
    return _Graph(order, neighbours, invert(neighbours), bends)


def _bends(
    columns: Sequence[int], long: Sequence[tuple[int, int]]
) -> tuple[dict[tuple[int, int], list[int]], list[int]]:
    """The bends of the long lines, and the column of each bend; bends are numbered after the nodes.

    Lines from one node, or to one node, share their bends where they have the same way: a step with a hundred
    earlier dependencies gets one thick line, not a hundred. Each line joins the larger bundle.
    """
    leaving: dict[int, int] = {}
    reaching: dict[int, int] = {}
    for start, end in long:
        leaving[start] = leaving.get(start, 0) + 1
        reaching[end] = reaching.get(end, 0) + 1
    shared: dict[tuple[str, int, int], int] = {}
    bends: dict[tuple[int, int], list[int]] = {}
    bend_columns: list[int] = []
    room = MOST_BENDS
    for start, end in sorted(long, key=lambda line: (columns[line[1]] - columns[line[0]], line)):
        bundle = ("from", start) if leaving[start] >= reaching[end] else ("to", end)
        room -= columns[end] - columns[start] - 1
        if room < 0:
            break  # all others are at least as long
        own: list[int] = []
        for column in range(columns[start] + 1, columns[end]):
            place = (*bundle, column)
            if place not in shared:
                shared[place] = len(columns) + len(bend_columns)
                bend_columns.append(column)
            own.append(shared[place])
        bends[start, end] = own
    return bends, bend_columns
