"""The pieces of an open execution page that are replaced as HTML, rendered with the templates of the page."""

from __future__ import annotations

import re
import time

from celeriac.web.execution.board import Board
from celeriac.web.execution.failure import failure_summary
from celeriac.web.ui.rendering import render_partial

#: Element id -> template. The outermost element of the template has that id.
PIECES = {
    "execution-head": "execution/_head.html",
    "execution-answer": "execution/_answer.html",
    "execution-facts": "execution/_facts.html",
    "execution-now": "execution/_now.html",
    "execution-events": "execution/_events.html",
    "execution-result": "execution/_result.html",
}
_LISTED = "execution/_listed.html"  # below the bar of a crowded level

_TICKING = re.compile(r'(<time data-(?:since|until)="\d+"[^>]*>)[^<]*')


def render_pieces(board: Board) -> dict[str, str]:
    """Element id -> HTML of every piece."""
    context = page_context(board)
    pieces = {element: render_partial(template, context) for element, template in PIECES.items()}
    for column in board.levels:
        if column.crowded:
            pieces[f"level-{column.level}-listed"] = render_partial(_LISTED, {**context, "column": column})
    return pieces


def page_context(board: Board) -> dict[str, object]:
    """The variables of the templates of `execution/`: `board`, `execution` (its view), `answer` (the failure) and `now` in ms."""
    return {
        "board": board,
        "execution": board.view,
        "answer": failure_summary(board),
        "now": time.time_ns() // 1_000_000,
    }


def without_clocks(html: str) -> str:
    """The HTML without ticking times: a counter is no reason to send a piece again."""
    return _TICKING.sub(r"\1", html)
