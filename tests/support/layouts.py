"""What is looked at in a layout, by its own means: counting again from what is drawn, not from how it was found."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from operator import itemgetter

from celeriac.engine.workflows.definition.planning import plan
from celeriac.engine.workflows.definition.steps import WorkflowStep
from celeriac.web.plan.layout import Layout, lay_out


def laid_out(steps: Sequence[WorkflowStep]) -> Layout:
    """The layout of these steps; their tasks are their kinds."""
    position = {step.name: index for index, step in enumerate(steps)}
    dependencies = [[position[name] for name in step.depends_on] for step in steps]
    return lay_out(dependencies, plan(dependencies).levels, [step.task_name for step in steps])


def crossings(layout: Layout) -> int:
    """Pairs of drawn pieces of lines that cross between two columns; pieces that meet at an end do not."""
    by_gap: dict[int, set[tuple[float, float]]] = {}
    for line in layout.lines:
        start, end = layout.nodes[line.start], layout.nodes[line.end]
        rows = (start.row, *line.rows, end.row)
        if len(rows) == end.column - start.column + 1:
            for gap, piece in enumerate(pairwise(rows), start.column):
                by_gap.setdefault(gap, set()).add(piece)
    return sum(_inversions(pieces) for pieces in by_gap.values())


def _inversions(pieces: Iterable[tuple[float, float]]) -> int:
    ends: list[float] = []  # of the pieces that start above, sorted
    found = 0
    for _, together in groupby(sorted(pieces), key=itemgetter(0)):
        own = [right for _, right in together]
        found += sum(len(ends) - bisect_right(ends, right) for right in own)
        for right in own:
            insort(ends, right)
    return found
