"""The web process: one uvicorn server around one engine, its settings and its log in one place."""

from __future__ import annotations

import logging
import resource
import socket
from typing import Any

import uvicorn

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from celeriac.web.app import create_app
from celeriac.web.hosts import is_open, refuse_open_listening
from celeriac.web.streaming.live import Live

log = logging.getLogger("celeriac.web")

SHUTDOWN_SECONDS = 3  # the time of open requests to finish; streams end by themselves
KEEP_ALIVE_SECONDS = 15
OTHER_FILES = 500  # connections of requests, to the store and to the broker, and log files


class WebServer(uvicorn.Server):
    """Ends the streams when it is stopped: uvicorn waits for all responses, and these have no end of their own."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        live: Live = self.config.app.state.live  # type: ignore[union-attr]
        live.streams.close()
        await super().shutdown(sockets)


def serve(settings: Settings) -> None:
    """Serves until SIGINT or SIGTERM.

    Raises `InvalidSetting` for an address that other machines could reach, and the errors of publishing the workflows
    (`InvalidWorkflow`, `StoreUnavailable`, `StoreIncompatible`): the server does not start without workflows.
    """
    refuse_open_listening(settings)
    engine = WorkflowEngine(settings)
    try:
        engine.load_workflows()
        engine.publish_workflows()
        allow_open_files(settings.page_streams + settings.program_streams)
        server = WebServer(server_config(engine, settings))
        if is_open(settings):
            log.warning(
                "Listening on %s without a login: everyone who reaches it may do anything", settings.host
            )
        server.run()
    finally:
        engine.close()


def allow_open_files(streams: int) -> None:
    """Raises this process's limit of open files for so many streams, as far as the system lets it; logs where it does not.

    Many systems begin with 1,024. Beyond the limit no connection is accepted, that of a health check neither.
    """
    needed = streams + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < needed:
        log.warning(
            "This process may open %d files (ulimit -Hn), and its streams may need %d: lower CELERIAC_PAGE_STREAMS "
            "or CELERIAC_PROGRAM_STREAMS, or raise the limit",
            allowed,
            needed,
        )


def server_config(engine: WorkflowEngine, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(engine, settings),
        host=settings.host.strip("[]"),
        port=settings.port,
        lifespan="on",
        # The client's address and scheme are never taken from headers that a client can send.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=logging_config(settings.log_level),
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        ws="none",
    )


def logging_config(level: str) -> dict[str, Any]:
    """For `logging.config.dictConfig`: everything on stderr, one format, one level."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": level.upper(), "handlers": ["stderr"]},
        # The command line already prints what uvicorn's own start and stop lines contain.
        "loggers": {"uvicorn.error": {"level": "WARNING"}},
    }
