"""The log of an execution, with the lines of all its steps: as a view of its page, as an update, and as a file."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import ExecutionNotFound
from celeriac.engine.executions import LogPage
from celeriac.web.execution.board import Board
from celeriac.web.execution.log_lines import SHOWN, LogFilters, LogLine, in_time, severities, text_lines
from celeriac.web.request import engine_of
from celeriac.web.ui.rendering import render

#: Lines read at a time for the file.
CHUNK = 1_000


def context(request: Request, board: Board) -> dict[str, object]:
    """The variables of `execution/_log.html`."""
    filters = LogFilters.read(request.query_params)
    page = _read(request, filters)
    return {
        "filters": filters,
        "lines": [LogLine(entry.view) for entry in in_time(page.entries)],
        "oldest": page.entries[0].place if page.has_older else "",
        "newest": page.newest,
        "follows": not board.ended and not filters.before,
        "most": SHOWN,
        "severities": severities(),
    }


def lines_after(request: Request) -> Response:
    """`GET …/log?after=`: newer lines as rows; the header `Log-Place` has the next position."""
    page = _read(
        request, LogFilters.read(request.query_params), after=request.query_params.get("after", "0-0")
    )
    return render(
        request,
        "execution/_log_lines.html",
        {
            "lines": [LogLine(entry.view) for entry in in_time(page.entries)],
            "execution_id": request.path_params["execution_id"],
        },
        headers={"Log-Place": page.newest},
    )


def _read(request: Request, filters: LogFilters, after: str = "0-0") -> LogPage:
    return engine_of(request).executions.log(
        request.path_params["execution_id"],
        step_name=filters.step or None,
        severity=filters.severity or severities()[0],
        text=filters.text,
        after=after,
        before=filters.before,
        limit=SHOWN,
    )


def download(request: Request) -> Response:
    """`GET …/log.txt`: every kept line, oldest first, as a file."""
    engine, execution_id = engine_of(request), request.path_params["execution_id"]
    if not engine.executions.rows([execution_id]):
        raise ExecutionNotFound(execution_id=execution_id)
    return StreamingResponse(
        _text(engine, execution_id),
        media_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{execution_id}.log.txt"'},
    )


def _text(engine: WorkflowEngine, execution_id: str) -> Iterator[bytes]:
    place = "0-0"
    while entries := engine.executions.output(execution_id, after=place, limit=CHUNK):
        yield "".join(text_lines(entries)).encode("utf-8", "replace")
        place = entries[-1].place
