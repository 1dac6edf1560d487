"""`/zone`: all time zones to choose from."""

from __future__ import annotations

import datetime as dt
from difflib import get_close_matches
from itertools import groupby
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import HTMLResponse

from celeriac.web.http.forms import own_path
from celeriac.web.ui import time_zones
from celeriac.web.ui.rendering import render

#: Maximum length of a refused name that is shown.
MOST_REPEATED = 60


def page(request: Request) -> HTMLResponse:
    """`?return_to=` is the page that the choice leads back to."""
    return show(request, request.query_params.get("return_to", "/"))


def show(request: Request, return_to: str, *, refused: str = "", status: int = 200) -> HTMLResponse:
    """`refused`: the unknown name."""
    context = {
        "areas": _areas(),
        "return_to": own_path(return_to),
        "refused": refused if len(refused) <= MOST_REPEATED else f"{refused[:MOST_REPEATED]}…",
        "alike": get_close_matches(refused[:MOST_REPEATED], time_zones.names()[1:], n=3) if refused else [],
    }
    return render(request, "preferences/zone.html", context, status)


def _areas() -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Each region with its zones: name, place, current offset."""
    now = dt.datetime.now(dt.UTC)
    return [
        (area, [(name, name.partition("/")[2].replace("_", " "), _offset(name, now)) for name in names])
        for area, names in groupby(time_zones.names()[1:], key=lambda name: name.partition("/")[0])
    ]


def _offset(name: str, now: dt.datetime) -> str:
    return now.astimezone(ZoneInfo(name)).isoformat()[-6:]
