"""Definitions in the store: once per version, immutable, so that running executions keep theirs."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from threading import Lock

from engine.errors import WorkflowNotFound
from engine.store.connection import Connection
from engine.store.keys import Keys
from engine.workflows.definition import StepDefinition, WorkflowDefinition


def plan_row(step: StepDefinition) -> str:
    """What the scripts know of a step: `queue|timeout ms|dependencies|dependents`."""
    dependencies = ",".join(map(str, step.dependencies))
    dependents = ",".join(map(str, step.dependents))
    return f"{step.queue}|{step.timeout * 1000}|{dependencies}|{dependents}"


class Definitions:
    """Publishes and reads definitions; versions are cached for ever, since they never change."""

    def __init__(self, client: Connection, keys: Keys) -> None:
        self._client, self._keys = client, keys
        self._cache: dict[tuple[str, str], WorkflowDefinition] = {}
        self._lock = Lock()

    def publish(self, definitions: Iterable[WorkflowDefinition], source: str = "code") -> None:
        """Writes these definitions and makes each the current version of its workflow. Repeating it changes nothing."""
        pipeline = self._client.pipeline()
        for definition in definitions:
            self._write(pipeline, definition)
            pipeline.hset(self._keys.workflows(), definition.workflow_id, f"{source} {definition.version}")
        pipeline.execute()

    def publish_version(self, definition: WorkflowDefinition) -> None:
        """Writes a version for its executions to use, without making it the workflow's current one."""
        if (definition.workflow_id, definition.version) not in self._cache:
            pipeline = self._client.pipeline()
            self._write(pipeline, definition)
            pipeline.hsetnx(self._keys.workflows(), definition.workflow_id, f"code {definition.version}")
            pipeline.execute()
            self._remember(definition)

    def _write(self, pipeline: Connection, definition: WorkflowDefinition) -> None:
        keys, wf, version = self._keys, definition.workflow_id, definition.version
        pipeline.set(keys.definition(wf, version), definition.to_json())
        rows = {str(step.index): plan_row(step) for step in definition.steps}
        pipeline.hset(keys.plan(wf, version), mapping=rows)
        pipeline.sadd(keys.queues(), *{step.queue for step in definition.steps})

    def _remember(self, definition: WorkflowDefinition) -> None:
        with self._lock:
            self._cache[definition.workflow_id, definition.version] = definition

    def get(self, workflow_id: str, version: str) -> WorkflowDefinition:
        """One version. Raises `WorkflowNotFound` when the store does not hold it."""
        known = self._cache.get((workflow_id, version))
        if known is None:
            text = self._client.get(self._keys.definition(workflow_id, version))
            if text is None:
                raise WorkflowNotFound(workflow_id=f"{workflow_id} version {version}", known="-")
            known = WorkflowDefinition.from_json(text.decode())
            self._remember(known)
        return known

    def current(self, workflow_id: str) -> tuple[WorkflowDefinition, str]:
        """The current version of a workflow and its source, `code` or `api`. Raises `WorkflowNotFound` with near misses."""
        entry = self._client.hget(self._keys.workflows(), workflow_id)
        if entry is None:
            raise unknown_workflow(workflow_id, self.names())
        source, version = entry.decode().split(" ")
        return self.get(workflow_id, version), source

    def names(self) -> list[str]:
        """The ids of all workflows, sorted."""
        return sorted(name.decode() for name in self._client.hkeys(self._keys.workflows()))

    def all_current(self) -> list[tuple[WorkflowDefinition, str]]:
        """The current version of every workflow with its source, sorted by id."""
        entries = self._client.hgetall(self._keys.workflows())
        listed = []
        for name in sorted(entries):
            source, version = entries[name].decode().split(" ")
            listed.append((self.get(name.decode(), version), source))
        return listed

    def queues(self) -> list[str]:
        """The names of all queues that definitions have ever used, sorted."""
        return sorted(name.decode() for name in self._client.smembers(self._keys.queues()))


def unknown_workflow(workflow_id: str, names: list[str]) -> WorkflowNotFound:
    """The error for a workflow that does not exist, with what was probably meant."""
    near = difflib.get_close_matches(workflow_id, names, n=3) or names[:20]
    return WorkflowNotFound(workflow_id=workflow_id[:80], known=", ".join(near) or "none yet")
