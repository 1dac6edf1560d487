"""A plan as it is drawn: nodes, lines and columns in pixels, the same before, while and after it is executed. Pure.

Made once per version of a workflow. What changes while it is executed is looked up by a node's key: a step's name, or
for equal steps drawn as one the first one's name and their number ("resize_1-500", which is no step's name).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile
from threading import Lock
from typing import Generic, TypeVar

from engine.workflows.layout import Layout, Line, group_alike, lay_out
from engine.workflows.views import StepDefinitionView, StepView
from web.text_widths import lines_of

#: What is not drawn any more: nobody could read it, and every browser would have to carry it.
MOST_NODES, MOST_LINES = 2_500, 10_000
#: Up to so many nodes, each is a card with its state in words; above, a line with its name.
MOST_CARDS = 40
#: Around everything, so that no outline is cut off.
MARGIN = 10
#: Versions whose drawings are kept, those looked at last.
KEPT = 64

Steps = Sequence[StepView] | Sequence[StepDefinitionView]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Of a node and what is written on it, in pixels."""

    font: float
    glyph: int
    text_left: int  # from the node's left edge
    line: int  # from one base line to the next
    lines: int  # of a label at most
    words: int  # lines below the label
    around: int  # above and below what is written
    gap: int  # between nodes of a column
    widths: tuple[int, ...]  # of nodes: the first in which every label has room, else the last


CARD = Sizes(
    font=13,
    glyph=16,
    text_left=38,
    line=16,
    lines=2,
    words=1,
    around=12,
    gap=16,
    widths=(176, 200, 232),
)
LINE = Sizes(
    font=12,
    glyph=14,
    text_left=29,
    line=16,
    lines=1,
    words=0,
    around=6,
    gap=6,
    widths=(104, 120, 136, 152, 168, 184, 208),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnNode:
    key: str
    steps: tuple[str, ...]  # names
    label: str  # in full: the step's name, or what the names have in common
    lines: tuple[str, ...]  # of the label, as it is written
    task_name: str
    queue: str
    level: int  # from 1
    x: int  # of the upper left corner
    y: int
    base: int  # first base line of what is written, from `y`


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnLines:
    """The lines that reach one node."""

    key: str  # of the node
    sources: tuple[str, ...]  # keys of the nodes where they start
    path: str  # SVG path data: one subpath per source, in this order


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
    def step_count(self) -> int:
        return sum(self.counts)

    @property
    def is_cards(self) -> bool:
        return self.sizes is CARD


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Equal steps that are drawn as one node."""

    key: str
    steps: tuple[str, ...]


def drawing_of(workflow_id: str, version: str, steps: Steps) -> Drawing | None:
    """The drawing of a plan whose steps come in the order of the definition; None when it is too large to be drawn."""
    return _drawings.get((workflow_id, version), lambda: _drawing(steps))


def stacks_of(workflow_id: str, version: str, steps: Steps) -> tuple[Stack, ...]:
    """The nodes of the drawing that stand for several steps, without laying it out."""
    return _stacks.get((workflow_id, version), lambda: _grouped(steps))


Made = TypeVar("Made")


class _Kept(Generic[Made]):
    """What was made for the keys that were asked for last."""

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


def _graph(steps: Steps) -> tuple[list[list[int]], list[int], list[str]]:
    """Dependencies as positions, levels and kinds."""
    position = {step["name"]: index for index, step in enumerate(steps)}
    return (
        [[position[name] for name in step["depends_on"]] for step in steps],
        [step["level"] for step in steps],
        [step["task_name"] for step in steps],
    )


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
    labels = [
        _label(own, steps[node.steps[0]]["task_name"]) for own, node in zip(names, layout.nodes, strict=True)
    ]
    width, texts = _written(labels, sizes)
    most_lines = max(map(len, texts), default=1) + sizes.words
    place = _Places(layout, sizes, width=width, height=sizes.around * 2 + sizes.line * most_lines)
    nodes = tuple(
        DrawnNode(
            key=_key(own),
            steps=own,
            label=label,
            lines=text,
            task_name=steps[node.steps[0]]["task_name"],
            queue=steps[node.steps[0]]["queue"],
            level=node.column + 1,
            x=place.columns[node.column],
            y=place.top(node.row),
            # What is written stands in the middle of the node; a line's base is about four pixels above its end.
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
    """What is written on a node: the name of its step, or what the names of its steps begin with, and their number."""
    if len(names) == 1:
        return names[0]
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(min(names), max(names), strict=False))
    common = "".join(pair[0] for pair in pairs).rstrip("0123456789").rstrip("_")
    return f"{common if len(common) > 1 else task_name} \N{MULTIPLICATION SIGN}{len(names)}"


class _Places:
    """Columns and rows of a layout as pixels."""

    def __init__(self, layout: Layout, sizes: Sizes, *, width: int, height: int) -> None:
        self._layout, self._sizes = layout, sizes
        self.width, self.height = width, height
        self.columns = self._left_edges()

    def top(self, row: float) -> int:
        return MARGIN + round(row * (self.height + self._sizes.gap))

    def path(self, line: Line) -> str:
        """From the right edge of a node to the left edge of another, level through the columns between."""
        start, end = self._layout.nodes[line.start], self._layout.nodes[line.end]
        x, y = self.columns[start.column] + self.width, self._middle(start.row)
        pieces = [f"M{x} {y}"]
        # A line that is led around nothing goes to its end in one sweep.
        passed = range(start.column + 1, end.column) if line.rows else ()
        for column, row in zip((*passed, end.column), (*line.rows, end.row), strict=True):
            left, height = self.columns[column], self._middle(row)
            if height != y:
                half = (x + left) // 2
                pieces.append(f"C{half} {y} {half} {height} {left} {height}")
            x, y = left if column == end.column else left + self.width, height
            if pieces[-1].startswith("H"):
                pieces.pop()
            if not pieces[-1].endswith(f" {x} {y}"):
                pieces.append(f"H{x}")
        return "".join(pieces)

    def _middle(self, row: float) -> int:
        return self.top(row) + self.height // 2

    def _left_edges(self) -> list[int]:
        """Columns stand further apart where many lines pass between them."""
        passing = [0] * self._layout.columns
        for line in self._layout.lines:
            first = self._layout.nodes[line.start].column
            for column in range(first, first + len(line.rows) + 1):
                passing[column] += 1
        edges = [MARGIN]
        for count in passing[:-1]:
            edges.append(edges[-1] + self.width + 48 + min(96, count))
        return edges[: self._layout.columns]
