"""The rows of ordered points, so that lines are short and long ones straight. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from engine.workflows.crossings import Neighbours, Order

#: Rows between two points of a column: node and node, node and bend, bend and bend.
NODES_APART, BEND_APART, BENDS_APART = 1.0, 0.7, 0.3
#: How much more a line between two bends pulls than one of a node: long lines are to be straight.
STRAIGHT = 8.0
SWEEPS = 8


def place_rows(order: Order, before: Neighbours, after: Neighbours, *, nodes: int) -> list[float]:
    """For each point its row, from 0 on. Points below `nodes` are nodes, the others bends of long lines."""
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
    top = min(rows, default=0.0)
    return [row - top for row in rows]


def nearest_rising(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The never falling numbers with the least sum of weighted squared distances to `values`.

    Pool adjacent violators: wherever a number would fall, it shares the mean with those before it.
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
    """How far below the first point of the column each must be at least."""
    offsets = [0.0] if column else []
    for upper, lower in pairwise(column):
        bends = (upper >= nodes) + (lower >= nodes)
        offsets.append(offsets[-1] + (NODES_APART, BEND_APART, BENDS_APART)[bends])
    return offsets


def _wishes(
    column: Sequence[int], rows: Sequence[float], sides: Sequence[Neighbours], nodes: int
) -> tuple[list[float], list[float]]:
    """Where each point would be if it were alone, and how much it matters."""
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
