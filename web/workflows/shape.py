"""The small drawing of a workflow: a dot per step in a column per level, a line per dependency. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from celeriac.engine.workflows.definition.views import WorkflowSummary, WorkflowView

COLUMN, ROW, RADIUS, TOP = 22, 10, 3, 4
#: Larger ones are unreadable at that size; the counts below the drawing show the size.
MOST_LEVELS, MOST_IN_A_LEVEL = 12, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    width: int
    height: int
    path: str  # SVG path data of all lines, then of all dots: one element, however many steps there are


#: The shapes of versions, the latest used last. Those of one that was published again are the same.
_kept: OrderedDict[tuple[str, str], Shape | None] = OrderedDict()
_MOST_KEPT = 1_000
_lock = Lock()


def shape_kept(workflow: WorkflowSummary, read: Callable[[str], WorkflowView]) -> Shape | None:
    """The shape of a workflow that is listed; `read` gives its steps, which is done once per version."""
    if workflow["level_count"] > MOST_LEVELS:
        return None
    key = workflow["workflow_id"], workflow["version"]
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    view = read(workflow["workflow_id"])
    shape = shape_of(view)
    with _lock:
        # Perhaps published since it was listed: then it is kept as what it is now.
        _kept[view["workflow_id"], view["version"]] = shape
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return shape


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
    half = f"a{RADIUS} {RADIUS} 0 1 0"
    dots = [f"M{x - RADIUS} {y:g}{half} {RADIUS * 2} 0{half}-{RADIUS * 2} 0" for x, y in centres.values()]
    width = 12 + (len(levels) - 1) * COLUMN
    return Shape(width=width, height=height, path="".join([*lines, *dots]))
