"""Versions of one workflow, and what the store says of them."""

from __future__ import annotations

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.workflows.definition.definition import define_workflow
from tests.support.workflows import chain

ONE, TWO = (define_workflow("shared", chain(length)) for length in (1, 2))


def versions(engine: WorkflowEngine) -> list[tuple[str, str, bool]]:
    """Of each version of `shared`, newest first: its digest, its source, whether it is current."""
    found = engine.store.definitions.versions("shared")
    return [(each.version, each.source, each.current) for each in found]
