"""Orders the points in each column of a layout so that few lines cross. Pure and deterministic.

A graph is given as `before` and `after`: for each point its neighbours in the column to the left and to the right. An
order is a list of columns, each a list of points from top to bottom.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence

Neighbours = Sequence[Sequence[int]]
Order = list[list[int]]

#: One-sided sweeps, which bring the parts of the graph together, then two-sided sweeps.
ONE_SIDED, TWO_SIDED = 6, 30
#: Limits for large graphs: points and lines visited by all two-sided sweeps together, and pairs of lines compared in
#: one round of exchanges.
SWEEP_WORK, EXCHANGE_WORK = 900_000, 600_000
ROUNDS = 4


def count_crossings(order: Order, after: Neighbours) -> int:
    """The number of crossings between neighbouring columns; lines that meet in a point do not cross."""
    place = _places(order, len(after))
    crossings = 0
    for column in order:
        ends: list[int] = []  # of the lines that start above, sorted
        for point in column:
            own = [place[other] for other in after[point]]
            crossings += sum([len(ends) - bisect_right(ends, end) for end in own])
            for end in own:
                insort(ends, end)
    return crossings


def reduce_crossings(order: Order, before: Neighbours, after: Neighbours) -> Order:
    """The best order found from the given one."""
    if not count_crossings(order, after):
        return order
    size = len(after) + sum(map(len, after))
    current = order
    for sweep in range(ONE_SIDED):
        current = _swept(current, before, after, rightwards=sweep % 2 == 0, both_sides=False)
    best = min(order, current, key=lambda found: count_crossings(found, after))
    fewest = count_crossings(best, after)
    for sweep in range(min(TWO_SIDED, SWEEP_WORK // size)):
        current = _swept(current, before, after, rightwards=sweep % 2 == 0, both_sides=True)
        found = count_crossings(current, after)
        if found < fewest:
            best, fewest = current, found
    return _exchanged(best, before, after)


def _swept(
    order: Order, before: Neighbours, after: Neighbours, *, rightwards: bool, both_sides: bool
) -> Order:
    """Sorts each column in turn by the mean position of its points' neighbours."""
    place = _places(order, len(after))
    swept = list(order)
    for at in range(len(order)) if rightwards else reversed(range(len(order))):
        means: dict[int, float] = {}
        for point in order[at]:
            near = [*before[point], *after[point]] if both_sides else (before if rightwards else after)[point]
            means[point] = sum([place[other] for other in near]) / len(near) if near else place[point]
        swept[at] = sorted(order[at], key=means.__getitem__)
        for row, point in enumerate(swept[at]):
            place[point] = row
    return swept


def _exchanged(order: Order, before: Neighbours, after: Neighbours) -> Order:
    """Moves each point in turn to the place in its column where its lines cross the fewest others."""
    reach = _reach(order, before, after)
    order = [list(column) for column in order]
    place = _places(order, len(after))
    for turn in range(ROUNDS if reach else 0):
        won = 0
        for column in order if turn % 2 == 0 else reversed(order):
            ends = {
                point: ([place[other] for other in before[point]], [place[other] for other in after[point]])
                for point in column
            }
            for point in list(column):
                at = column.index(point)
                below = column[at + 1 : at + 1 + reach]
                above = column[max(0, at - reach) : at][::-1]
                down, down_change = _best_move(ends[point], [ends[other] for other in below], 1)
                up, up_change = _best_move(ends[point], [ends[other] for other in above], -1)
                if min(down_change, up_change) < 0:
                    column.insert(at + down if down_change <= up_change else at - up, column.pop(at))
                    won -= min(down_change, up_change)
            for row, point in enumerate(column):
                place[point] = row
        if not won:
            break
    return order


Ends = tuple[list[int], list[int]]  # rows at which the lines of a point end, to the left and to the right


def _best_move(own: Ends, passed: Sequence[Ends], direction: int) -> tuple[int, int]:
    """How many of the points in its way a point should pass, and the resulting change in crossings.

    `direction` is 1 downwards and -1 upwards.
    """
    change = 0
    best = (0, 0)
    for count, others in enumerate(passed, 1):
        for own_side, other_side in zip(own, others, strict=True):
            for end in own_side:
                for other in other_side:
                    if end != other:
                        change += direction if end < other else -direction
        if change < best[1]:
            best = (count, change)
    return best


def _reach(order: Order, before: Neighbours, after: Neighbours) -> int:
    """How far a point may move for a round to stay within its limit, in rows; 0: not even to the next one."""
    per_row = 0.0  # pairs of lines compared when each point passes one other on each side
    for column in order:
        for side in (before, after):
            lines = sum([len(side[point]) for point in column])
            per_row += 2 * lines * lines / len(column)
    return int(EXCHANGE_WORK / max(per_row, 1))


def _places(order: Order, size: int) -> list[int]:
    """The row of each point."""
    place = [0] * size
    for column in order:
        for row, point in enumerate(column):
            place[point] = row
    return place
