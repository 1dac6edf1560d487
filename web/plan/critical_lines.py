"""The critical path of an ended execution in the drawing: nodes, and the lines between them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from celeriac.engine.workflows.progress.critical_path import critical_path
from celeriac.engine.workflows.progress.views import StepView
from celeriac.web.plan.drawing import Drawing
from celeriac.words.formats import milliseconds


def critical_keys(steps: Sequence[StepView], drawing: Drawing) -> tuple[str, ...]:
    """Keys of the nodes on the critical path, first to last; none if nothing ran beside it."""
    index = {step["name"]: number for number, step in enumerate(steps)}
    path = critical_path(
        [[index[name] for name in step["depends_on"]] for step in steps],
        [_moment(step["start_time"]) for step in steps],
        [_moment(step["end_time"]) for step in steps],
    )
    keys = {name: node.key for node in drawing.nodes for name in node.steps}
    found = tuple(keys[steps[number]["name"]] for number in path)
    return found if any(step["start_time"] and keys[step["name"]] not in found for step in steps) else ()


def path_data(keys: Sequence[str], drawing: Drawing) -> str:
    """SVG path data of the lines from each of these nodes to the next; `paths.js` composes the same."""
    lines = {each.key: each for each in drawing.lines}
    pieces = []
    for source, key in pairwise(keys):
        if key in lines and source in lines[key].sources:
            own = lines[key].path.split("M")[1:]
            pieces.append(f"M{own[lines[key].sources.index(source)]}")
    return "".join(pieces)


def _moment(time: str | None) -> int | None:
    return milliseconds(time) if time else None
