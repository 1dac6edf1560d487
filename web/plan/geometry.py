"""Columns and rows of a layout as pixels, and the sizes of its elements. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from celeriac.web.plan.layout import Layout, Line

#: Margin, so that no outline is cut off.
MARGIN = 10
#: Minimum distance between two columns, and the maximum extra space for many lines.
GAP, WIDER = 48, 96


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The sizes of a node and its text, in pixels."""

    font: float
    glyph: int
    text_left: int  # from the node's left edge
    line: int  # from one baseline to the next
    lines: int  # of a label at most
    words: int  # lines below the label
    around: int  # above and below the text
    gap: int  # between nodes of a column
    widths: tuple[int, ...]  # of nodes: the first in which every label fits, else the last


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


class Geometry:
    """Columns and rows of a layout as pixels."""

    def __init__(
        self, layout: Layout, sizes: Sizes, notes: Sequence[float], *, width: int, height: int
    ) -> None:
        """`notes[n]` is the width of the text on the lines to node n."""
        self._layout, self._sizes, self._notes = layout, sizes, notes
        self.width, self.height = width, height
        self.columns = self._left_edges()

    def top(self, row: float) -> int:
        return MARGIN + round(row * (self.height + self._sizes.gap))

    def path(self, line: Line) -> str:
        """From the right edge of a node to the left edge of another, horizontal through the columns between."""
        start, end = self._layout.nodes[line.start], self._layout.nodes[line.end]
        x, y = self.columns[start.column] + self.width, self._middle(start.row)
        pieces = [f"M{x} {y}"]
        # A line without obstacles goes to its end in one curve.
        passed = range(start.column + 1, end.column) if line.rows else ()
        for column, row in zip((*passed, end.column), (*line.rows, end.row), strict=True):
            edge, height = self.columns[column], self._middle(row)
            left = edge - self._level_end(line.end) if column == end.column else edge
            if height != y:
                half = (x + left) // 2
                pieces.append(f"C{half} {y} {half} {height} {left} {height}")
            x, y = edge if column == end.column else edge + self.width, height
            if pieces[-1].startswith("H"):
                pieces.pop()
            if not pieces[-1].endswith(f" {x} {y}"):
                pieces.append(f"H{x}")
        return "".join(pieces)

    def _level_end(self, node: int) -> int:
        """The length of the horizontal part of lines before a node, which has their text."""
        return round(self._notes[node]) + 16 if self._notes[node] else 0

    def _middle(self, row: float) -> int:
        return self.top(row) + self.height // 2

    def _left_edges(self) -> list[int]:
        """Columns are further apart if many lines pass between them, or if a line has a text."""
        passing = [0] * self._layout.columns
        for line in self._layout.lines:
            first = self._layout.nodes[line.start].column
            for column in range(first, first + len(line.rows) + 1):
                passing[column] += 1
        gaps = [GAP + min(WIDER, count) for count in passing]
        for at, node in enumerate(self._layout.nodes):
            if node.column:
                gaps[node.column - 1] = max(gaps[node.column - 1], GAP + self._level_end(at))
        edges = [MARGIN]
        for gap in gaps[:-1]:
            edges.append(edges[-1] + self.width + gap)
        return edges[: self._layout.columns]
