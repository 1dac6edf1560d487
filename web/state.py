"""What a request can reach: the engine and the settings of this process, kept on the application."""

from __future__ import annotations

from typing import cast

from starlette.requests import Request

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings


def engine_of(request: Request) -> WorkflowEngine:
    return cast(WorkflowEngine, request.app.state.engine)


def settings_of(request: Request) -> Settings:
    return cast(Settings, request.app.state.settings)
