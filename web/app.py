"""The application: composes routes, middleware and error responses around one engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import CeleriacError
from celeriac.engine.settings import Settings
from celeriac.web.execution.hub import execution_hub
from celeriac.web.hosts import accepted_hosts
from celeriac.web.http.problems import InvalidRequest, UnexpectedErrors, answer
from celeriac.web.http.security import Security
from celeriac.web.routes import all_routes
from celeriac.web.streaming.live import live
from celeriac.web.ui import assets


def create_app(engine: WorkflowEngine, settings: Settings | None = None) -> Starlette:
    """The dashboard and the API over `engine`. Raises `InvalidSetting` for invalid host names."""
    settings = settings or Settings.from_environment()
    assets.load()
    app = Starlette(
        routes=all_routes(),
        middleware=[Middleware(Security, hosts=accepted_hosts(settings)), Middleware(UnexpectedErrors)],
        exception_handlers=dict.fromkeys((HTTPException, CeleriacError, InvalidRequest), answer),
        lifespan=_lifespan,
    )
    app.state.engine = engine
    app.state.settings = settings
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    """The lifespan of the application: the streams, and a reconciler, so that cancellations end without workers."""
    reconciler = await run_in_threadpool(app.state.engine.start_reconciler)
    try:
        async with aclosing(app.state.engine.feed()) as feed, live(app, feed), execution_hub(app, feed):
            yield
    finally:
        await run_in_threadpool(reconciler.stop)
