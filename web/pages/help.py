"""`/help`: what the words and the glyphs mean, and the ways in: command line, API, own workflows."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse

from web import rendering


def page(request: Request) -> HTMLResponse:
    origin = str(request.base_url).rstrip("/")
    return rendering.render(request, "help/page.html", {"origin": origin})
