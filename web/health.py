"""For supervisors and load balancers: does the process answer, would a launch be accepted (workers aside)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from web.answers import JsonAnswer
from web.state import engine_of


def alive(request: Request) -> Response:
    return JsonAnswer({"status": "ok"})


def ready(request: Request) -> Response:
    """200 when the store answers and the definitions are published; the store's error, 503, otherwise."""
    workflows = engine_of(request).list_workflows()
    return JsonAnswer({"status": "ready", "workflows": len(workflows)})
