"""`/help`: the words and signs, the keys, and the interfaces: command line, API, your own workflows."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import HTMLResponse

from celeriac.web.help import samples
from celeriac.web.ui import rendering


def page(request: Request) -> HTMLResponse:
    now = time.time_ns() // 1_000_000
    context = {
        "origin": str(request.base_url).rstrip("/"),
        "looks": samples.LOOKS,
        "board": samples.lines(now),
        "timeline": samples.timeline(now, ended=True),
        "connection_states": samples.connection_states(),
    }
    return rendering.render(request, "help/page.html", context)
