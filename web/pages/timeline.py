"""The timeline of an execution, as a view of its page."""

from __future__ import annotations

from starlette.requests import Request

from celeriac.web.board import Board
from celeriac.web.state import engine_of
from celeriac.web.timeline import TimelineView


def context(request: Request, board: Board) -> dict[str, object]:
    """What `execution/_timeline.html` sees. `?round=` and `?page=` count from 1."""
    timeline = engine_of(request).get_timeline(request.path_params["execution_id"])
    return {"timeline": TimelineView(board, timeline, _number(request, "round"), _number(request, "page"))}


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
