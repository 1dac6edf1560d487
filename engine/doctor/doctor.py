"""Collects facts about servers and workers and checks them, for `celeriac doctor` and for the start of every process."""

from __future__ import annotations

import importlib.metadata
import logging
from typing import TYPE_CHECKING

from celeriac.engine.doctor.findings import (
    Facts,
    Finding,
    StepFacts,
    WorkerFacts,
    check_everything,
    check_store,
)
from celeriac.engine.errors import ServerUnfit
from celeriac.engine.settings import Settings
from celeriac.engine.store.read.server_facts import store_facts

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine

logger = logging.getLogger(__name__)


def examine(engine: WorkflowEngine) -> list[Finding]:
    """Every finding, errors first. Takes about two seconds. Raises `StoreUnavailable`."""
    return findings_in(collect(engine), engine.settings)


def findings_in(facts: Facts, settings: Settings) -> list[Finding]:
    """Every finding, errors first."""
    return check_everything(facts, eviction_allowed=settings.allow_eviction)


def collect(engine: WorkflowEngine) -> Facts:
    """The current facts. Raises `StoreUnavailable`."""
    from celeriac.engine.runtime.broker_facts import broker_facts

    store = store_facts(engine.store.client, engine.store.keys, engine.settings.redis_url)
    readable = store.meta_type in ("none", "hash") and store.schema in (None, store.expected_schema)
    return Facts(
        store=store,
        broker=broker_facts(engine.app),
        workers=_workers(engine) if readable else (),
        steps=_steps(engine) if readable else (),
        unreadable=engine.store.unreadable.facts() if readable else None,
        version=importlib.metadata.version("celeriac"),
    )


def check_start(engine: WorkflowEngine) -> None:
    """Checks the application and the store's server before a process starts, and logs the findings.

    Raises `ServerUnfit` with every finding that would lose executions, `InvalidSetting` and `StoreUnavailable`.
    """
    if engine.settings.app:
        engine.app  # noqa: B018 -- raises if it cannot be used
    found = check_store(
        store_facts(engine.store.client, engine.store.keys, engine.settings.redis_url),
        eviction_allowed=engine.settings.allow_eviction,
    )
    refusing = [finding for finding in found if finding["refuse_start"]]
    for finding in found:
        if finding not in refusing:
            logger.warning("%s", sentence(finding))
    if refusing:
        raise ServerUnfit(findings=" ".join(sentence(finding) for finding in refusing))


def check_start_with(settings: Settings) -> None:
    """The same for a process that creates its engine later."""
    from celeriac.engine.engine import WorkflowEngine

    engine = WorkflowEngine(settings)
    try:
        check_start(engine)
    finally:
        engine.close()


def sentence(finding: Finding) -> str:
    """A finding in one line."""
    return f"{finding['what']} {finding['why']} {finding['remedy']}"


def _workers(engine: WorkflowEngine) -> tuple[WorkerFacts, ...]:
    return tuple(
        WorkerFacts(
            name=worker["name"],
            version=worker["info"].get("version", ""),
            broker=worker["info"].get("broker", ""),
            queues=frozenset(worker["info"].get("queues", ())),
            tasks=frozenset(worker["info"].get("tasks", ())),
        )
        for worker in engine.workers()
        if worker["alive"]
    )


def _steps(engine: WorkflowEngine) -> tuple[StepFacts, ...]:
    return tuple(
        StepFacts(
            workflow_id=workflow["workflow_id"],
            step=step["name"],
            queue=step["queue"],
            task=step["task_name"],
        )
        for workflow in engine.workflows.list()
        for step in workflow["steps"]
    )
