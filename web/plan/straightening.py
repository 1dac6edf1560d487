"""Assigns rows to ordered points, so that lines are short and long ones straight. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf

from celeriac.web.plan.crossings import Neighbours, Order

#: Rows between two points of a column: node and node, node and bend, bend and bend.
NODES_APART, BEND_APART, BENDS_APART = 1.0, 0.7, 0.3
#: How much more a line between two bends pulls than a line of a node, so that long lines are straight.
STRAIGHT = 8.0
SWEEPS = 8


def assign_rows(order: Order, before: Neighbours, after: Neighbours, *, nodes: int) -> list[float]:
    """The row of each point, from 0. Points below `nodes` are nodes, the others bends of long lines."""
    rows = [0.0] * len(after)
    offsets: list[list[float]] = []
    for column in order:
        offsets.append(_offsets(column, nodes))
        middle = offsets[-1][-1] / 2 if column else 0.0
        for point, offset in zip(column, offsets[-1], strict=True):
            rows[point] = offset - middle
    for sweep in range(SWEEPS):
        rightwards = sweep % 2 == 0
        last = sweep >= SWEEPS - 2
        for at in range(len(order)) if rightwards else reversed(range(len(order))):
            near = (before, after) if last else (before,) if rightwards else (after,)
            wanted, weights = _wishes(order[at], rows, near, nodes)
            placed = nearest_rising(
                [wish - offset for wish, offset in zip(wanted, offsets[at], strict=True)], weights
            )
            for point, row, offset in zip(order[at], placed, offsets[at], strict=True):
                rows[point] = row + offset
    _straighten(order, before, after, rows, nodes)
    top = min(rows, default=0.0)
    return [row - top for row in rows]


def _straighten(order: Order, before: Neighbours, after: Neighbours, rows: list[float], nodes: int) -> None:
    """Moves the bends of each long line to one row, where the columns have room."""
    room = _room(order, rows, nodes)
    for first in range(nodes, len(rows)):
        if any(point >= nodes for point in before[first]):
            continue  # inside of a line
        bends = [first]
        while onwards := [point for point in after[bends[-1]] if point >= nodes]:
            bends.append(onwards[0])
        highest = max(room[bend][0] for bend in bends)
        lowest = min(room[bend][1] for bend in bends)
        if highest <= lowest:
            row = min(max(sum(rows[bend] for bend in bends) / len(bends), highest), lowest)
            for bend in bends:
                rows[bend] = row


def _room(order: Order, rows: Sequence[float], nodes: int) -> dict[int, tuple[float, float]]:
    """The highest and lowest row of each bend that keep its distance to its neighbours in the column."""
    room: dict[int, tuple[float, float]] = {}
    for column in order:
        for above, point, below in zip([None, *column], column, [*column[1:], None], strict=False):
            if point >= nodes:
                room[point] = (_limit(point, above, -1, rows, nodes), _limit(point, below, 1, rows, nodes))
    return room


def _limit(point: int, other: int | None, side: int, rows: Sequence[float], nodes: int) -> float:
    """How far a bend may move towards its neighbour, which is above (side -1), below (side 1) or missing."""
    if other is None:
        return side * inf
    if other < nodes:
        return rows[other] - side * BEND_APART
    # Both may move: each stays in its half of the space between them.
    return (rows[point] + rows[other]) / 2 - side * BENDS_APART / 2


def nearest_rising(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The non-decreasing numbers with the least sum of weighted squared distances to `values`.

    Pool adjacent violators: a number that would decrease shares the mean of those before it.
    """
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for value, weight in zip(values, weights, strict=True):
        mean, total, count = value, weight, 1
        while pools and pools[-1][0] > mean:
            above, above_total, above_count = pools.pop()
            mean = (mean * total + above * above_total) / (total + above_total)
            total += above_total
            count += above_count
        pools.append((mean, total, count))
    return [mean for mean, _, count in pools for _ in range(count)]


def _offsets(column: Sequence[int], nodes: int) -> list[float]:
    """The minimum distance of each point below the first point of the column."""
    offsets = [0.0] if column else []
    for upper, lower in pairwise(column):
        bends = (upper >= nodes) + (lower >= nodes)
        offsets.append(offsets[-1] + (NODES_APART, BEND_APART, BENDS_APART)[bends])
    return offsets


def _wishes(
    column: Sequence[int], rows: Sequence[float], sides: Sequence[Neighbours], nodes: int
) -> tuple[list[float], list[float]]:
    """The ideal position of each point, and its weight."""
    wanted: list[float] = []
    weights: list[float] = []
    for point in column:
        total = weight = 0.0
        for side in sides:
            for other in side[point]:
                pull = STRAIGHT if point >= nodes and other >= nodes else 1.0
                total += rows[other] * pull
                weight += pull
        wanted.append(total / weight if weight else rows[point])
        weights.append(weight or 0.1)
    return wanted, weights
