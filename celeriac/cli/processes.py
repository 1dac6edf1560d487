"""`up`, `web`, `worker`: the processes of Celeriac, in the foreground."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from celeriac.cli.connection import open_engine, settings_with_store
from celeriac.cli.streams import go_on_without_readers
from celeriac.engine.errors import MissingExtra
from celeriac.engine.settings import Settings


def up(
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Also print the logs of all processes.")
    ] = False,
) -> int:
    """Start everything: a store unless CELERIAC_REDIS_URL is set, a worker, and the web dashboard."""
    from celeriac.supervisor import run_up

    go_on_without_readers()
    _require_web("`celeriac up`")
    return run_up(Settings.from_environment(), verbose=verbose)


def web() -> None:
    """Start the web dashboard alone."""
    go_on_without_readers()
    _require_web("The dashboard")
    settings = settings_with_store()
    from celeriac.engine.doctor.doctor import check_start_with
    from celeriac.web.server import serve

    check_start_with(settings)
    serve(settings)


def worker(context: typer.Context) -> None:
    """Start one Celery worker alone. Options not listed here are Celery's: -c 8, -Q default, -P threads …"""
    go_on_without_readers()
    # Celery warns about root at every start; in a container that is normal.
    warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")
    engine = open_engine()
    from celeriac.engine.doctor.doctor import check_start

    engine.load_workflows()
    check_start(engine)
    queues = {step.queue for workflow in engine.registered.values() for step in workflow.steps}
    queues |= {step["queue"] for workflow in engine.workflows.list() for step in workflow["steps"]}
    engine.run_worker(worker_options(engine.settings, queues, context.args))


def _require_web(what: str) -> None:
    """Raises `MissingExtra` before anything starts if the packages of the dashboard are not installed."""
    if any(importlib.util.find_spec(package) is None for package in ("starlette", "uvicorn", "jinja2")):
        raise MissingExtra(what=what, extra="web")


def worker_options(settings: Settings, queues: Iterable[str], given: Sequence[str]) -> list[str]:
    """Options for Celery's worker: ours first, so that those of the command line override them."""
    return [
        *("-P", "prefork", "-c", str(settings.concurrency), "-l", settings.log_level),
        *("-Q", ",".join(sorted({"default", *queues}))),
        *("-n", "worker@%h", "--without-mingle", "--without-gossip"),
        *given,
    ]
