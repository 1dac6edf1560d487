"""The pages of one step, and of one item of it: what it does in a sentence, what it was called with, what came out."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engine.workflows.states import StepStatus
from engine.workflows.views import StepDetail
from web.attempts import attempts_of
from web.board import Board
from web.cells import cell_of, look_of
from web.forms import is_count
from web.language import _
from web.live.hub import read_board
from web.live.partials import page_context
from web.rendering import render
from web.sentences import kind_sentence, listing, step_sentence
from web.state import engine_of
from web.step_page import PAGE_SIZE, ItemTable, ways_of


def show(request: Request) -> Response:
    """`?status=` and `?offset=` choose among the items of a mapped step."""
    engine, execution_id = engine_of(request), request.path_params["execution_id"]
    board = read_board(engine, execution_id)
    step = engine.get_step(execution_id, request.path_params["step_name"])
    context = {
        **_context(board, step),
        "cell": board.cells[step["name"]],
        "sentence": step_sentence(step, board.open_dependencies(step)),
        "items": _items(request) if "map_over" in step else None,
        "ways": ways_of(step, board.view),
    }
    return render(request, "steps/page.html", context)


def show_item(request: Request) -> Response:
    engine, execution_id = engine_of(request), request.path_params["execution_id"]
    board = read_board(engine, execution_id)
    step = engine.get_step(execution_id, request.path_params["step_name"], item=request.path_params["item"])
    context = {
        **_context(board, step),
        "cell": cell_of(step, 0, None, board.cancelling),
        "sentence": step_sentence(step, []),
        "active": not StepStatus(step["status"]).ended,
    }
    return render(request, "steps/item.html", context)


def _context(board: Board, step: StepDetail) -> dict[str, Any]:
    """`own_url` is the address of what is shown, below "/executions" and below "/api/v1/executions"."""
    item = "" if step["item"] is None else f"/items/{step['item']}"
    return {
        **page_context(board),
        "step": step,
        "own_url": f"/executions/{board.view['execution_id']}/steps/{step['name']}{item}",
        "look": look_of(step),
        "dependents": listing(step["dependents"], most=6),
        "attempts": attempts_of(step),
        "kind_sentence": kind_sentence,
    }


def _items(request: Request) -> ItemTable:
    execution_id, name = request.path_params["execution_id"], request.path_params["step_name"]
    status, offset = request.query_params.get("status", ""), request.query_params.get("offset", "") or "0"
    if (status and status not in tuple(StepStatus)) or not is_count(offset):
        raise HTTPException(404, _("There are no such items: no such status, or no such place among them."))
    page = engine_of(request).get_items(
        execution_id, name, status=status or None, offset=int(offset), limit=PAGE_SIZE
    )
    return ItemTable(page=page, status=status, url=f"/executions/{execution_id}/steps/{name}")
