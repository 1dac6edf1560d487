"""`GET /executions/{execution_id}/stream`: patches and pieces for an open execution page.

Events: `patch` (JSON, see `board.difference`), unnamed (HTML pieces, the only ones with an id), `ping` (clock
of the server in ms), `done` ("ended" or "gone": do not reconnect).
"""

from __future__ import annotations

from contextlib import AsyncExitStack

from starlette.requests import Request

from celeriac.web.execution.hub import hub_of
from celeriac.web.streaming.live import live_of
from celeriac.web.streaming.responses import StreamResponse, resume_point


async def follow(request: Request) -> StreamResponse:
    after, live = resume_point(request), live_of(request)
    async with AsyncExitStack() as resources:
        resources.enter_context(live.limits.page(request))
        client = await resources.enter_async_context(
            hub_of(request).join(request.path_params["execution_id"], after)
        )
        return StreamResponse(client, resources.pop_all(), live.streams)
