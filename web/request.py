"""What a request can reach: the engine and the settings of this process, kept on the application; and who asks."""

from __future__ import annotations

from typing import cast

from starlette.requests import Request

from celeriac.engine.actor import Actor, Way
from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings


def engine_of(request: Request) -> WorkflowEngine:
    return cast(WorkflowEngine, request.app.state.engine)


def settings_of(request: Request) -> Settings:
    return cast(Settings, request.app.state.settings)


def actor_of(request: Request) -> Actor:
    """Who asks for an operation with this request: a page or a program, nameless as long as there are no users."""
    return Actor(way=Way.API if request.scope["path"].startswith("/api/") else Way.PAGE)
