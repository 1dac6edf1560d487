"""Definitions in the store: one per version, so that executions keep theirs, and the current version of each workflow."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Lock

from celeriac.engine.errors import WorkflowNotFound
from celeriac.engine.store.connection import Connection
from celeriac.engine.store.keys import Keys
from celeriac.engine.store.plans import plan_of
from celeriac.engine.store.scripts import Scripts
from celeriac.engine.workflows.definition.definition import WorkflowDefinition
from celeriac.engine.workflows.definition.step_definition import json_text
from celeriac.engine.workflows.definition.views import WorkflowSummary

#: Prefix of the entry of a deleted workflow; its last version follows.
DELETED = b"deleted "


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A version of a workflow: `time` (ms) is when it last became current, `source` who published it then."""

    version: str
    time: int
    source: str
    current: bool


class Definitions:
    """Publishes and reads definitions. The behaviour of a version never changes, so versions are cached for ever."""

    def __init__(self, client: Connection, keys: Keys, scripts: Scripts) -> None:
        self._client, self._keys, self._call = client, keys, scripts.call
        #: Each with the digest of its text: description and example may change within a version.
        self._cache: dict[tuple[str, str], tuple[str, WorkflowDefinition]] = {}
        self._launchable: set[tuple[str, str]] = set()
        self._lock = Lock()

    def publish(self, definitions: Iterable[WorkflowDefinition]) -> list[str]:
        """Makes each definition of code the current version of its workflow; repeating it changes nothing.

        Returns the ids that belong to the API, whose definitions stay.
        """
        answers = [(each.workflow_id, self.publish_definition(each, "code")) for each in definitions]
        return [workflow_id for workflow_id, answer in answers if answer == "taken"]

    def publish_definition(self, definition: WorkflowDefinition, source: str, *, current: bool = True) -> str:
        """Publishes a version to every process; `source` is `code` or `api`.

        Returns `created`, `changed`, `unchanged`, or `taken` if the workflow belongs to the other source. With
        `current=False` it becomes the current version only of a workflow that has none.
        """
        workflow_id, version = definition.workflow_id, definition.version
        if self._owner(workflow_id) not in (None, source):
            return "taken"
        text = definition.to_json()
        pipeline = self._client.pipeline()
        self._write(pipeline, definition, only_if_new=not current)
        pipeline.execute()
        summary = json_text(definition.summary(source))
        arguments = (workflow_id, source, version, _digest(text.encode()), int(current), summary)
        answer: bytes = self._call("publish_definition", *arguments)
        return answer.decode()

    def publish_version(self, local: WorkflowDefinition) -> WorkflowDefinition:
        """The version that a launch executes of a workflow registered in this process; publishes it if necessary.

        It is this process's version, even if another one is current, unless the workflow belongs to the API.
        """
        if (local.workflow_id, local.version) not in self._launchable:
            if self.publish_definition(local, "code", current=False) == "taken":
                return self.current(local.workflow_id)[0]
            with self._lock:
                # Permanent: a workflow of code never becomes one of the API.
                self._launchable.add((local.workflow_id, local.version))
        return local

    def withdraw_definition(self, workflow_id: str) -> str:
        """Removes a workflow of the API from the workflows that can be launched: `withdrawn`, `taken` (by code) or `unknown`."""
        answer: bytes = self._call("withdraw_definition", workflow_id)
        return answer.decode()

    def _owner(self, workflow_id: str) -> str | None:
        entry = self._client.hget(self._keys.workflows(), workflow_id)
        return None if entry is None or entry.startswith(DELETED) else entry.decode().split(" ")[0]

    def _write(self, pipeline: Connection, definition: WorkflowDefinition, *, only_if_new: bool) -> None:
        keys, wf, version = self._keys, definition.workflow_id, definition.version
        pipeline.set(keys.definition(wf, version), definition.to_json(), nx=only_if_new)
        pipeline.hset(keys.plan(wf, version), mapping=plan_of(definition))
        pipeline.sadd(keys.queues(), *{step.queue for step in definition.steps})

    def get(self, workflow_id: str, version: str, digest: str = "") -> WorkflowDefinition:
        """One version, with `digest` of its current text. Raises `WorkflowNotFound` if the store does not have it."""
        known = self._cache.get((workflow_id, version))
        if known is None or digest not in ("", known[0]):
            text = self._client.get(self._keys.definition(workflow_id, version))
            if text is None:
                raise WorkflowNotFound(workflow_id=f"{workflow_id} version {version}", known="-")
            known = _digest(text), WorkflowDefinition.from_json(text.decode())
            with self._lock:
                self._cache[workflow_id, version] = known
        return known[1]

    def current(self, workflow_id: str) -> tuple[WorkflowDefinition, str]:
        """The current version of a workflow and its source, `code` or `api`. Raises `WorkflowNotFound` with similar names."""
        entry = self._client.hget(self._keys.workflows(), workflow_id)
        if entry is None or entry.startswith(DELETED):
            raise unknown_workflow(workflow_id, self.names())
        return self._entry(workflow_id, entry)

    def names(self) -> list[str]:
        """The ids of all workflows that can be launched, sorted."""
        return [name for name, entry in self._entries() if not entry.startswith(DELETED)]

    def names_ever(self) -> list[str]:
        """The same with deleted ones, which may still have executions."""
        return [name for name, _ in self._entries()]

    def all_current(self) -> list[tuple[WorkflowDefinition, str]]:
        """The current version of every workflow with its source, sorted by id."""
        return [self._entry(name, entry) for name, entry in self._entries() if not entry.startswith(DELETED)]

    def summaries(
        self, names: Sequence[str] | None = None, *, most: int | None = None
    ) -> list[WorkflowSummary]:
        """What lists show of the current versions, sorted by id: of these workflows or of all, of the first `most`.

        Workflows that cannot be launched are left out. No definition is read, except of workflows that a release without
        summaries has published: theirs are written here.
        """
        if names is None:
            names = sorted(name.decode() for name in self._client.hkeys(self._keys.workflows()))
        found: list[WorkflowSummary] = []
        chunk = most or len(names)
        while names and (most is None or len(found) < most):
            found += self._summaries(names[:chunk])
            names = names[chunk:]
        return found[:most]

    def _summaries(self, names: Sequence[str]) -> list[WorkflowSummary]:
        pipeline = self._client.pipeline()
        pipeline.hmget(self._keys.workflows(), names)
        pipeline.hmget(self._keys.summaries(), names)
        texts, missing = [], {}
        for name, entry, kept in zip(names, *pipeline.execute(), strict=True):
            if entry is None or entry.startswith(DELETED):
                continue
            head = entry + b" "
            # One of another entry is that of an earlier version: an older process has published this one.
            if kept is None or not kept.startswith(head + b"{"):
                definition, source = self._entry(name, entry)
                missing[name] = kept = head + json_text(definition.summary(source)).encode()
            texts.append(kept.removeprefix(head))
        if missing:
            # May overwrite what was published in between; the next list then writes that once more.
            self._client.hset(self._keys.summaries(), mapping=missing)
        found: list[WorkflowSummary] = json.loads(b"[" + b",".join(texts) + b"]")
        return found

    def versions(self, workflow_id: str) -> list[Published]:
        """Every version, newest first. Raises `WorkflowNotFound` for a workflow that never existed."""
        pipeline = self._client.pipeline(transaction=False)
        pipeline.hget(self._keys.workflows(), workflow_id)
        pipeline.hgetall(self._keys.versions(workflow_id))
        entry, versions = pipeline.execute()
        if entry is None:
            raise unknown_workflow(workflow_id, self.names())
        owner, current, *_ = entry.decode().split(" ")
        found = []
        for version, published in versions.items():
            time, source = published.decode().split(" ")
            is_current = owner != "deleted" and version.decode() == current
            found.append(
                Published(version=version.decode(), time=int(time), source=source, current=is_current)
            )
        return sorted(found, key=lambda each: (each.current, each.time), reverse=True)

    def _entries(self) -> list[tuple[str, bytes]]:
        entries: dict[bytes, bytes] = self._client.hgetall(self._keys.workflows())
        return sorted((name.decode(), entry) for name, entry in entries.items())

    def _entry(self, workflow_id: str, entry: bytes) -> tuple[WorkflowDefinition, str]:
        # Entries written before digests were introduced have none.
        source, version, *digest = entry.decode().split(" ")
        return self.get(workflow_id, version, *digest), source

    def queues(self) -> list[str]:
        """The names of all queues that definitions have ever used, sorted."""
        return sorted(name.decode() for name in self._client.smembers(self._keys.queues()))


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:8]


def unknown_workflow(workflow_id: str, names: list[str]) -> WorkflowNotFound:
    """The error for a workflow that does not exist, with similar names."""
    near = difflib.get_close_matches(workflow_id, names, n=3) or names[:20]
    return WorkflowNotFound(workflow_id=workflow_id[:80], known=", ".join(near) or "none yet")
