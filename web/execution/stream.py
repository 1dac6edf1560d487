"""`GET /executions/{execution_id}/stream`: patches and pieces for an open execution page.

Events: `patch` (JSON, see `board.difference`), unnamed (HTML pieces, the only ones with an id), `ping` (clock
of the server in ms), `done` ("ended" or "gone": do not reconnect).
"""

from __future__ import annotations

import contextlib

from starlette.requests import Request

from celeriac.web.execution.hub import hub_of
from celeriac.web.streaming.client import StreamClient
from celeriac.web.streaming.responses import resume_point


def open_source(request: Request) -> contextlib.AbstractAsyncContextManager[StreamClient]:
    """What the page of this request follows. Raises `ExecutionNotFound` and `StoreUnavailable` when it is entered."""
    return hub_of(request).join(request.path_params["execution_id"], resume_point(request))
