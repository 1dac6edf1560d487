"""The small drawing of a workflow: a dot per step in a column per level, a line per dependency. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from celeriac.engine.workflows.definition.views import WorkflowView

COLUMN, ROW, RADIUS, TOP = 22, 10, 3, 4
#: Larger ones are unreadable at that size; the counts below the drawing show the size.
MOST_LEVELS, MOST_IN_A_LEVEL = 12, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    width: int
    height: int
    path: str  # SVG path data of all lines
    dots: list[tuple[int, float]]  # centres


def shape_of(workflow: WorkflowView) -> Shape | None:
    """None for a workflow that is too large to be drawn."""
    levels = workflow["levels"]
    tallest = max(map(len, levels))
    if len(levels) > MOST_LEVELS or tallest > MOST_IN_A_LEVEL:
        return None
    height = TOP * 2 + (tallest - 1) * ROW
    centres = {
        name: (6 + column * COLUMN, height / 2 + (row - (len(level) - 1) / 2) * ROW)
        for column, level in enumerate(levels)
        for row, name in enumerate(level)
    }
    lines = [
        f"M{centres[before][0] + RADIUS} {centres[before][1]:g}L{x - RADIUS} {y:g}"
        for step in workflow["steps"]
        for before in step["depends_on"]
        for x, y in (centres[step["name"]],)
    ]
    width = 12 + (len(levels) - 1) * COLUMN
    return Shape(width=width, height=height, path="".join(lines), dots=list(centres.values()))
