"""The engine and the settings of this process, from a request; the actor of the request and the session of its browser."""

from __future__ import annotations

import re
import secrets
from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from celeriac.engine.actor import Actor, Way
from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings

#: A random name in a cookie. It grants nothing: it only groups the tabs of one browser.
SESSION = "session"
_NAME = re.compile(r"[\w-]{22}", re.ASCII)


def engine_of(request: Request) -> WorkflowEngine:
    return cast(WorkflowEngine, request.app.state.engine)


def settings_of(request: Request) -> Settings:
    return cast(Settings, request.app.state.settings)


def actor_of(request: Request) -> Actor:
    """The actor of an operation requested by a page or program, without a name while there are no users."""
    return Actor(way=Way.API if request.scope["path"].startswith("/api/") else Way.PAGE)


def session_of(request: Request) -> str:
    """The name of the browser's session; '' for a client without the cookie."""
    name = request.cookies.get(SESSION, "")
    return name if _NAME.fullmatch(name) else ""


def give_session(request: Request, response: Response) -> None:
    """Sets the cookie of a browser that has none yet; it lasts until the browser is closed."""
    if not session_of(request):
        response.set_cookie(SESSION, secrets.token_urlsafe(16), httponly=True, samesite="lax")
