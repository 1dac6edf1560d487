"""The page of one execution: its progress, what it waits for, what failed. `watch.py` keeps it current."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from celeriac.engine.errors import ExecutionNotFound
from celeriac.web.execution import log
from celeriac.web.execution.board import Board
from celeriac.web.execution.pieces import page_context
from celeriac.web.execution.queue_polling import with_positions
from celeriac.web.execution.timeline.view import timeline_context
from celeriac.web.execution.watch import read_board
from celeriac.web.request import engine_of
from celeriac.web.ui.rendering import render


def look_at_round(request: Request) -> Response:
    """`GET …/round?seen=`: polled by an ended page to find out whether the execution was retried.

    The page has no stream any more; htmx reloads it if the response requests it.
    """
    found = engine_of(request).executions.rows([request.path_params["execution_id"]])
    if not found:
        raise ExecutionNotFound(execution_id=request.path_params["execution_id"])
    changed = request.query_params.get("seen") != str(found[0]["round"])
    return Response(status_code=204, headers={"HX-Refresh": "true"} if changed else {})


def show(request: Request) -> Response:
    board = board_of(request)
    return render(request, "execution/page.html", context_of(request, board))


def board_of(request: Request) -> Board:
    """The execution of the address; `?level=N` shows every step of a crowded level."""
    level = request.query_params.get("level", "")
    board = read_board(
        engine_of(request).executions,
        request.path_params["execution_id"],
        expanded=int(level) if level.isascii() and level.isdigit() and len(level) < 5 else 0,
    )
    return with_positions(engine_of(request).executions, board)


def context_of(request: Request, board: Board) -> dict[str, object]:
    """The variables of the page. The plan is drawn; `?view=` selects another one of `VIEWS`."""
    view = "steps" if board.expanded else request.query_params.get("view", "")
    own = VIEWS[view](request, board) if view in VIEWS else {}
    return page_context(board) | {"view": view if view in VIEWS else "levels"} | own


def _nothing(_request: Request, _board: Board) -> dict[str, object]:
    return {}


#: The variables of the views with their own address, besides the board.
VIEWS: dict[str, Callable[[Request, Board], dict[str, object]]] = {
    "timeline": timeline_context,
    "steps": _nothing,
    "log": log.context,
}
