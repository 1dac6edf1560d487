"""The whole URL table. Parameters are matched by `web/parameters.py` before a handler sees them."""

from __future__ import annotations

from starlette.routing import BaseRoute

from web import assets, health
from web.routing import resource


def all_routes() -> list[BaseRoute]:
    """One line per address with all its methods; fixed addresses before those with a parameter there."""
    return [*_overview(), *_workflows(), *_executions(), *_upkeep(), *_api(), *_service()]


def _overview() -> list[BaseRoute]:
    """/ and /stream (its live summaries, and those of the list of executions), /theme, /help."""
    return []


def _workflows() -> list[BaseRoute]:
    """/workflows, a workflow, its launch."""
    return []


def _executions() -> list[BaseRoute]:
    """/executions, an execution, its stream, steps and actions."""
    return []


def _upkeep() -> list[BaseRoute]:
    """/cleanup."""
    return []


def _api() -> list[BaseRoute]:
    """/api/v1."""
    return []


def _service() -> list[BaseRoute]:
    return [
        resource("/assets/{name:asset_name}", GET=assets.serve),
        resource("/healthz", GET=health.alive),
        resource("/readyz", GET=health.ready),
    ]
