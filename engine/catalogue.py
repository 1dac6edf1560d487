"""`WorkflowCatalogue`: workflows that arrive at run time as JSON, and the versions of every workflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import (
    Conflict,
    InputProblem,
    InvalidDefinition,
    NoWorkerAlive,
    VersionNotFound,
    WorkflowNotFound,
    WorkflowOfCode,
)
from celeriac.engine.store.definitions import Published, unknown_workflow
from celeriac.engine.workflows.announced import Announced, unannounced
from celeriac.engine.workflows.definition import WorkflowDefinition
from celeriac.engine.workflows.definition_bodies import read_definition, written_definition
from celeriac.engine.workflows.events import rfc3339
from celeriac.engine.workflows.views import VersionDetail, VersionView, WorkflowView

MAX_KNOWN = 5  # versions that an error names


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """What has become of a definition: `outcome` is created, changed or unchanged."""

    workflow: WorkflowView
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedDefinition:
    """What would become of a definition; it can be put when there are neither problems nor a refusal."""

    definition: WorkflowDefinition | None  # what it describes, None when that cannot be made out
    problems: list[InputProblem]  # what is wrong in it
    refusal: Conflict | None  # why it could not be put even without problems

    @property
    def workflow(self) -> WorkflowView | None:
        return None if self.definition is None else self.definition.view("api")


class WorkflowCatalogue:
    """What came through here belongs to the API: code does not overwrite it, as the API does not overwrite code's."""

    def __init__(self, engine: WorkflowEngine) -> None:
        self.engine = engine

    def check_definition(self, workflow_id: str, body: Any) -> CheckedDefinition:
        """Everything that is wrong with a definition, without publishing it. `body` is a JSON value."""
        read, announced = read_definition(workflow_id, body), self.announced()
        problems = list(read.problems)
        refusal: Conflict | None = None
        if announced is None:
            refusal = NoWorkerAlive()
        else:
            told = {problem.pointer for problem in problems}
            found = unannounced(read.steps, announced)
            problems += [problem for problem in found if problem.pointer not in told]
        if self._is_of_code(workflow_id):
            refusal = WorkflowOfCode(workflow_id=workflow_id)
        return CheckedDefinition(definition=read.definition, problems=problems, refusal=refusal)

    def put_definition(self, workflow_id: str, body: Any) -> Put:
        """Makes a definition the current version of its workflow; it can be launched from every process at once.

        Raises `WorkflowOfCode`, `NoWorkerAlive` when nobody can say which tasks there are, and `InvalidDefinition`
        with every problem.
        """
        checked = self.check_definition(workflow_id, body)
        if checked.refusal is not None:
            raise checked.refusal
        if checked.definition is None or checked.problems:
            raise InvalidDefinition(workflow_id=workflow_id, problems=checked.problems)
        answer = self.engine.store.definitions.publish_definition(checked.definition, "api")
        if answer == "taken":
            raise WorkflowOfCode(workflow_id=workflow_id)
        return Put(workflow=checked.definition.view("api"), outcome=answer)

    def delete_workflow(self, workflow_id: str) -> None:
        """Takes a workflow of the API out of what can be launched; its executions and versions stay.

        Raises `WorkflowNotFound` and `WorkflowOfCode`.
        """
        definitions = self.engine.store.definitions
        answer = definitions.withdraw_definition(workflow_id)
        if answer == "unknown":
            raise unknown_workflow(workflow_id, definitions.names())
        if answer == "taken":
            raise WorkflowOfCode(workflow_id=workflow_id)

    def list_versions(self, workflow_id: str) -> list[VersionView]:
        """Every version of a workflow, the newest first; of one that was deleted, none is current. Raises `WorkflowNotFound`."""
        return [_view(each) for each in self.engine.store.definitions.versions(workflow_id)]

    def get_version(self, workflow_id: str, version: str) -> VersionDetail:
        """One version with its definition as JSON. Raises `WorkflowNotFound`, `VersionNotFound`."""
        versions = self.list_versions(workflow_id)
        found = next((each for each in versions if each["version"] == version), None)
        if found is None:
            known = ", ".join(each["version"] for each in versions[:MAX_KNOWN])
            raise VersionNotFound(workflow_id=workflow_id, version=version[:80], known=known)
        definition = written_definition(self.engine.store.definitions.get(workflow_id, version))
        return VersionDetail(workflow_id=workflow_id, definition=definition, **found)

    def announced(self) -> Announced | None:
        """What the live workers can do, and definitions may name; None when there are none."""
        infos = [worker["info"] for worker in self.engine.get_workers() if worker["alive"]]
        if not infos:
            return None
        tasks = {name for info in infos for name in info.get("tasks", ())}
        queues = {name for info in infos for name in info.get("queues", ())}
        return Announced(tasks=sorted(tasks), queues=sorted(queues))

    def _is_of_code(self, workflow_id: str) -> bool:
        try:
            return self.engine.store.definitions.current(workflow_id)[1] == "code"
        except WorkflowNotFound:
            return False


def _view(published: Published) -> VersionView:
    return VersionView(
        version=published.version,
        published=rfc3339(published.time),
        source=published.source,
        current=published.current,
    )
