"""One step or item, open beside its execution: its state in a sentence, its arguments, its result."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from celeriac.engine.workflows.progress.states import StepStatus
from celeriac.engine.workflows.progress.views import StepDetail, WaitingView
from celeriac.web.execution import page as execution_page
from celeriac.web.execution.board import Board
from celeriac.web.execution.pieces import page_context
from celeriac.web.execution.step_cell import cell_of, look_of
from celeriac.web.http.forms import is_count
from celeriac.web.request import engine_of
from celeriac.web.step.attempts import attempts_of
from celeriac.web.step.items import PAGE_SIZE, ItemTable, ways_of
from celeriac.web.ui.rendering import render
from celeriac.words.i18n import _
from celeriac.words.sentences import kind_sentence, listing, step_sentence
from celeriac.words.waiting import wait_words

#: The targets that htmx and `panel.js` send to get the step without its execution.
PARTS = ("div#step", "section#panel")


def show(request: Request) -> Response:
    """`?status=` and `?offset=` select items of a mapped step; the other parameters are those of the execution's page."""
    engine, execution_id = engine_of(request), request.path_params["execution_id"]
    board = execution_page.board_of(request)
    step = engine.steps.get(execution_id, request.path_params["step_name"], read=board.read)
    context = {
        "cell": board.step_cells[step["name"]],
        "sentence": step_sentence(step),
        "wait": wait_words(step["waiting"]),
        "waits_for": _waits_for(step["waiting"]),
        "items": _items(request, board) if "map_over" in step else None,
        "ways": ways_of(step, board.view),
    }
    return _opened(request, board, step, "step/_step.html", context)


def show_item(request: Request) -> Response:
    engine, execution_id = engine_of(request), request.path_params["execution_id"]
    board = execution_page.board_of(request)
    name, item = request.path_params["step_name"], request.path_params["item"]
    step = engine.steps.get(execution_id, name, item=item, read=board.read)
    context = {
        "cell": cell_of(step, (), None, board.cancelling),
        "sentence": step_sentence(step),
        "wait": wait_words(step["waiting"]),
        "active": not StepStatus(step["status"]).ended,
    }
    return _opened(request, board, step, "step/_item.html", context)


def _opened(
    request: Request, board: Board, step: StepDetail, template: str, context: dict[str, Any]
) -> Response:
    """The page of the execution with the step in its panel, or only the content of the panel.

    `own_url` is the address of the step below "/executions" and below "/api/v1/executions", `closed_url` that of the page
    without it.
    """
    execution_url, item = f"/executions/{board.view['execution_id']}", step["item"]
    view = request.query_params.get("view", "")
    own = {
        "opened": template,
        "step": step,
        "own_url": f"{execution_url}/steps/{step['name']}" + ("" if item is None else f"/items/{item}"),
        "closed_url": f"{execution_url}?view={view}" if view in execution_page.VIEWS else execution_url,
        "look": look_of(step),
        "dependents": listing(step["dependents"], most=6),
        "attempts": attempts_of(step),
        "kind_sentence": kind_sentence,
    }
    whole = request.headers.get("hx-target") not in PARTS
    return render(
        request,
        "execution/page.html" if whole else template,
        (execution_page.context_of(request, board) if whole else page_context(board)) | own | context,
        # A browser must not show a cached part when the user returns to the page.
        headers={"Vary": "HX-Target"},
    )


def _waits_for(waiting: WaitingView | None) -> str:
    """Names of the steps whose changes affect this page, too; "*" if every change of the execution may."""
    if waiting is None:
        return ""
    return "*" if "place" in waiting else " ".join(step["name"] for step in waiting.get("steps", []))


def _items(request: Request, board: Board) -> ItemTable:
    execution_id, name = request.path_params["execution_id"], request.path_params["step_name"]
    status, offset = request.query_params.get("status", ""), request.query_params.get("offset", "") or "0"
    if (status and status not in tuple(StepStatus)) or not is_count(offset):
        raise HTTPException(404, _("There are no such items: the status or the position is unknown."))
    page = engine_of(request).steps.items(
        execution_id,
        name,
        status=status or None,
        offset=int(offset),
        limit=PAGE_SIZE,
        read=board.read,
    )
    return ItemTable(page=page, status=status, url=f"/executions/{execution_id}/steps/{name}")
