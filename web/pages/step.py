"""The page of one step: what it does in a sentence, what it was called with, what came out, attempt by attempt."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from web.live.hub import read_board
from web.live.partials import page_context
from web.rendering import render
from web.sentences import kind_sentence, listing, step_sentence
from web.state import engine_of


def show(request: Request) -> Response:
    engine, execution_id = engine_of(request), request.path_params["execution_id"]
    board = read_board(engine, execution_id)
    step = engine.get_step(execution_id, request.path_params["step_name"])
    context = {
        **page_context(board),
        "step": step,
        "cell": board.cells[step["name"]],
        "sentence": step_sentence(step, board.open_dependencies(step)),
        "dependents": listing(step["dependents"], most=6),
        "kind_sentence": kind_sentence,
    }
    return render(request, "steps/page.html", context)
