"""A plan as drawn: nodes, lines and columns in pixels, the same before, during and after an execution. Pure.

Made once per version of a workflow. Changing parts are looked up by a node's key: a step's name, or for equal steps
drawn as one the first one's name and their number ("resize_1-500", which cannot be a step's name).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise, takewhile
from math import log
from threading import Lock
from typing import Generic, TypeVar

from celeriac.engine.workflows.definition.views import StepDefinitionView
from celeriac.engine.workflows.progress.views import StepView
from celeriac.web.plan.geometry import CARD, LINE, MARGIN, Geometry, Sizes
from celeriac.web.plan.layout import group_alike, lay_out
from celeriac.web.plan.text_metrics import cut, lines_of, text_width

#: Larger plans are not drawn: they would be unreadable, and too heavy for browsers.
MOST_NODES, MOST_LINES = 2_500, 10_000
#: Up to so many nodes, each is a card with its state in words; above, a line with its name.
MOST_CARDS = 40
#: With more levels there is an overview of them; its size in pixels.
MOST_LEVELS_SEEN = 8
LOWEST, HIGHEST = 8, 38
#: The label of a line, in pixels.
NOTE_FONT, NOTE_WIDTH = 11, 130
#: Number of versions with cached drawings, the last used ones.
KEPT = 64

Steps = Sequence[StepView] | Sequence[StepDefinitionView]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnNode:
    key: str
    steps: tuple[str, ...]  # names
    label: str  # in full: the step's name, or the common part of the names
    lines: tuple[str, ...]  # of the label, as drawn
    map_over: str | None  # of a mapped step: one node for all its items
    condition: str  # name of the condition of a branch that chooses it; "" for every other step
    task_name: str
    queue: str
    level: int  # from 1
    x: int  # of the upper left corner
    y: int
    base: int  # baseline of the first line of text, from `y`


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnLines:
    """The lines to one node."""

    key: str  # of the node
    sources: tuple[str, ...]  # keys of the nodes where they start
    path: str  # SVG path data: one subpath per source, in this order


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnColumn:
    """A level, with the space up to the next one."""

    x: int
    width: int
    nodes: tuple[DrawnNode, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    sizes: Sizes
    width: int
    height: int
    node_width: int
    node_height: int
    nodes: tuple[DrawnNode, ...]
    lines: tuple[DrawnLines, ...]
    columns: tuple[int, ...]  # left edges, by level
    counts: tuple[int, ...]  # of steps, by level

    @property
    def by_column(self) -> list[DrawnColumn]:
        """Everything drawn, cut into vertical strips without gaps."""
        edges = (0, *self.columns[1:], self.width)
        nodes = {level: tuple(own) for level, own in groupby(self.nodes, lambda node: node.level)}
        return [
            DrawnColumn(x=left, width=right - left, nodes=nodes[level])
            for level, (left, right) in enumerate(pairwise(edges), 1)
        ]

    @property
    def is_long(self) -> bool:
        """Whether there are so many levels that an overview helps."""
        return len(self.columns) > MOST_LEVELS_SEEN

    @property
    def strip(self) -> tuple[int, ...]:
        """The height of each level in the overview, from `LOWEST` to `HIGHEST` pixels, by the logarithm of its size."""
        most = log(max(self.counts) + 1)
        return tuple(round(LOWEST + (HIGHEST - LOWEST) * log(count) / most) for count in self.counts)

    @property
    def step_count(self) -> int:
        return sum(self.counts)

    @property
    def is_cards(self) -> bool:
        return self.sizes is CARD


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Equal steps drawn as one node."""

    key: str
    steps: tuple[str, ...]


def drawing_of(workflow_id: str, version: str, steps: Steps) -> Drawing | None:
    """The drawing of a plan whose steps are in the order of the definition; None if it is too large to be drawn."""
    return _drawings.get((workflow_id, version), lambda: _drawing(steps))


def stacks_of(workflow_id: str, version: str, steps: Steps) -> tuple[Stack, ...]:
    """The nodes of the drawing that show several steps, without a layout."""
    return _stacks.get((workflow_id, version), lambda: _grouped(steps))


Made = TypeVar("Made")


class _Kept(Generic[Made]):
    """A cache of the last used keys."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[str, str], Made] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, str], make: Callable[[], Made]) -> Made:
        # Made under the lock: two readers of a large new plan wait for one layout instead of making two.
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
                if len(self._made) > KEPT:
                    self._made.popitem(last=False)
            self._made.move_to_end(key)
            return self._made[key]


_drawings: _Kept[Drawing | None] = _Kept()
_stacks: _Kept[tuple[Stack, ...]] = _Kept()


def _graph(steps: Steps) -> tuple[list[list[int]], list[int], list[tuple[str, str, str | None]]]:
    """Dependencies as positions, levels and kinds."""
    position = {step["name"]: index for index, step in enumerate(steps)}
    conditions = _conditions(steps)
    return (
        [[position[name] for name in step["depends_on"]] for step in steps],
        [step["level"] for step in steps],
        # A mapped step has its own kind, because it already has counts.
        [
            (
                step["task_name"],
                conditions.get(step["name"], ""),
                step["name"] if step.get("map_over") else None,
            )
            for step in steps
        ],
    )


def _conditions(steps: Steps) -> dict[str, str]:
    """The name of the condition for each step that a branch may choose."""
    found: dict[str, str] = {}
    for step in steps:
        for way in step.get("conditions") or ():
            others = found.get(way["task"])
            found[way["task"]] = f"{others} / {way['name']}" if others else way["name"]
    return found


def _grouped(steps: Steps) -> tuple[Stack, ...]:
    groups = group_alike(*_graph(steps))
    names = [tuple(steps[index]["name"] for index in group) for group in groups if len(group) > 1]
    return tuple(Stack(key=_key(own), steps=own) for own in names)


def _key(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]}-{len(names)}"


def _drawing(steps: Steps) -> Drawing | None:
    graph = _graph(steps)
    groups = group_alike(*graph)
    if len(groups) > MOST_NODES or sum(len(graph[0][group[0]]) for group in groups) > MOST_LINES:
        return None
    layout = lay_out(*graph)
    sizes = CARD if len(groups) <= MOST_CARDS else LINE
    names = [tuple(steps[index]["name"] for index in node.steps) for node in layout.nodes]
    conditions = {name: cut(found, NOTE_FONT, NOTE_WIDTH) for name, found in _conditions(steps).items()}
    labels = [
        _label(own, steps[node.steps[0]]["task_name"]) for own, node in zip(names, layout.nodes, strict=True)
    ]
    width, texts = _written(labels, sizes)
    most_lines = max(map(len, texts), default=1) + sizes.words
    notes = [text_width(conditions.get(own[0], ""), NOTE_FONT) for own in names]
    place = Geometry(layout, sizes, notes, width=width, height=sizes.around * 2 + sizes.line * most_lines)
    nodes = tuple(
        DrawnNode(
            key=_key(own),
            steps=own,
            label=label,
            map_over=steps[node.steps[0]].get("map_over"),
            condition=conditions.get(own[0], ""),
            lines=text,
            task_name=steps[node.steps[0]]["task_name"],
            queue=steps[node.steps[0]]["queue"],
            level=node.column + 1,
            x=place.columns[node.column],
            y=place.top(node.row),
            # The text is centred in the node; its baseline is about four pixels above its lower edge.
            base=sizes.around + sizes.line * (most_lines - len(text) - sizes.words + 2) // 2 - 4,
        )
        for node, own, label, text in zip(layout.nodes, names, labels, texts, strict=True)
    )
    return Drawing(
        sizes=sizes,
        width=(place.columns[-1] if place.columns else 0) + place.width + MARGIN,
        height=place.top(layout.rows) + place.height + MARGIN,
        node_width=place.width,
        node_height=place.height,
        nodes=nodes,
        lines=tuple(
            DrawnLines(
                key=nodes[end].key,
                sources=tuple(nodes[line.start].key for line in reaching),
                path="".join(map(place.path, reaching)),
            )
            for end, reaching in (
                (end, list(lines)) for end, lines in groupby(layout.lines, lambda line: line.end)
            )
        ),
        columns=tuple(place.columns),
        counts=tuple(graph[1].count(level) for level in range(1, layout.columns + 1)),
    )


def _written(labels: Sequence[str], sizes: Sizes) -> tuple[int, list[tuple[str, ...]]]:
    """The width of all nodes, and the lines of each label in it."""
    for width in sizes.widths:
        texts = [lines_of(label, sizes.font, width - sizes.text_left - 8, sizes.lines) for label in labels]
        if not any(text[-1].endswith("…") for text in texts):
            break
    return width, texts


def _label(names: Sequence[str], task_name: str) -> str:
    """The label of a node: the name of its step, or the common prefix of its steps' names, and their number."""
    if len(names) == 1:
        return names[0]
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(min(names), max(names), strict=False))
    common = "".join(pair[0] for pair in pairs).rstrip("0123456789").rstrip("_")
    return f"{common if len(common) > 1 else task_name} \N{MULTIPLICATION SIGN}{len(names)}"
