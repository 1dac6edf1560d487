"""`WorkflowCatalogue`: workflows that are added at run time as JSON, and the versions of every workflow."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from celeriac.engine.actor import CODE, Actor, OperationRecord
from celeriac.engine.errors import (
    Conflict,
    InputProblem,
    InvalidDefinition,
    NoWorkerAlive,
    VersionNotFound,
    WorkflowNotFound,
    WorkflowOfCode,
)
from celeriac.engine.operations.context import OperationContext
from celeriac.engine.operations.define import put_definition, withdraw_definition
from celeriac.engine.store.definitions import Published
from celeriac.engine.workflows.definition.announced import Announced, unannounced
from celeriac.engine.workflows.definition.bodies import read_definition, written_definition
from celeriac.engine.workflows.definition.definition import WorkflowDefinition, with_task_values
from celeriac.engine.workflows.definition.steps import WorkflowStep
from celeriac.engine.workflows.definition.unsaid_values import (
    NOTHING,
    TaskValues,
    filled,
    values_from,
)
from celeriac.engine.workflows.definition.views import (
    VersionDetail,
    VersionView,
    WorkflowSummary,
    WorkflowView,
)
from celeriac.engine.workflows.progress.events import rfc3339

MAX_KNOWN = 5  # versions listed in an error message


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """The result of publishing a definition: `outcome` is created, changed or unchanged."""

    workflow: WorkflowView
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedDefinition:
    """The result of checking a definition; it can be published if there are neither problems nor a refusal."""

    definition: WorkflowDefinition | None  # the parsed definition, None if it cannot be parsed
    problems: list[InputProblem]  # the errors in it
    refusal: Conflict | None  # why it cannot be published even without problems

    @property
    def workflow(self) -> WorkflowView | None:
        return None if self.definition is None else self.definition.view("api")


class WorkflowCatalogue:
    """Definitions published here belong to the API: code does not overwrite them, and the API does not overwrite code's."""

    def __init__(self, context: OperationContext) -> None:
        self._context, self._store = context, context.store

    def summaries(
        self, workflow_ids: Sequence[str] | None = None, *, most: int | None = None
    ) -> builtins.list[WorkflowSummary]:
        """What lists show of published workflows, by id: of these or of all, of the first `most`. Steps are not read."""
        return self._store.definitions.summaries(workflow_ids, most=most)

    def list(self) -> builtins.list[WorkflowView]:
        """Every published workflow with all its steps, by id. For lists that show no steps, `summaries` costs far less."""
        return [definition.view(source) for definition, source in self._store.definitions.all_current()]

    def ids(self) -> builtins.list[str]:
        """The ids of all published workflows, sorted."""
        return self._store.definitions.names()

    def get(self, workflow_id: str) -> WorkflowView:
        """One published workflow. Raises `WorkflowNotFound` with similar names."""
        definition, source = self._store.definitions.current(workflow_id)
        return definition.view(source)

    def check(self, workflow_id: str, body: Any) -> CheckedDefinition:
        """All problems of a definition, without publishing it. `body` is a JSON value."""
        read, announced = read_definition(workflow_id, body), self.announced()
        problems = list(read.problems)
        said_of = self._said_of(read.steps)
        refusal: Conflict | None = None
        if announced is None:
            refusal = NoWorkerAlive()
        else:
            told = {problem.pointer for problem in problems}
            found = unannounced(
                [filled(step, said_of(step.task_name)).step for step in read.steps], announced
            )
            problems += [problem for problem in found if problem.pointer not in told]
        if self._is_of_code(workflow_id):
            refusal = WorkflowOfCode(workflow_id=workflow_id)
        definition = read.definition and with_task_values(read.definition, said_of)
        return CheckedDefinition(definition=definition, problems=problems, refusal=refusal)

    def put(self, workflow_id: str, body: Any, *, actor: Actor = CODE) -> Put:
        """Makes a definition the current version of its workflow, which every process can then launch.

        Raises `WorkflowOfCode`, `NoWorkerAlive` if there is no worker to check the tasks against, and
        `InvalidDefinition` with every problem.
        """
        checked = self.check(workflow_id, body)
        if checked.refusal is not None:
            raise checked.refusal
        if checked.definition is None or checked.problems:
            raise InvalidDefinition(workflow_id=workflow_id, problems=checked.problems)
        record = put_definition(self._context, actor, checked.definition)
        return Put(workflow=checked.definition.view("api"), outcome=record.outcome)

    def delete(self, workflow_id: str, *, actor: Actor = CODE) -> OperationRecord:
        """Removes a workflow of the API from the workflows that can be launched; its executions and versions stay.

        Raises `WorkflowNotFound` and `WorkflowOfCode`.
        """
        return withdraw_definition(self._context, actor, workflow_id)

    def versions(self, workflow_id: str) -> builtins.list[VersionView]:
        """Every version of a workflow, newest first. A deleted workflow has no current one. Raises `WorkflowNotFound`."""
        return [_view(each) for each in self._store.definitions.versions(workflow_id)]

    def version(self, workflow_id: str, version: str) -> VersionDetail:
        """One version with its definition as JSON. Raises `WorkflowNotFound`, `VersionNotFound`."""
        versions = self.versions(workflow_id)
        found = next((each for each in versions if each["version"] == version), None)
        if found is None:
            known = ", ".join(each["version"] for each in versions[:MAX_KNOWN])
            raise VersionNotFound(workflow_id=workflow_id, version=version[:80], known=known)
        definition = written_definition(self._store.definitions.get(workflow_id, version))
        return VersionDetail(workflow_id=workflow_id, definition=definition, **found)

    def announced(self) -> Announced | None:
        """The tasks and queues of the live workers, which definitions may use; None if no worker is alive."""
        infos = [worker["info"] for worker in self._store.workers.all() if worker["alive"]]
        if not infos:
            return None
        tasks = {name for info in infos for name in info.get("tasks", ())}
        queues = {name for info in infos for name in info.get("queues", ())}
        return Announced(tasks=sorted(tasks), queues=sorted(queues))

    def _said_of(self, steps: Sequence[WorkflowStep]) -> Callable[[Any], TaskValues]:
        """What workers have announced of the tasks of these steps."""
        names = sorted({step.task_name for step in steps if isinstance(step.task_name, str)})
        facts = self._store.tasks.of(names)
        return lambda name: values_from(facts[name]) if isinstance(name, str) and name in facts else NOTHING

    def _is_of_code(self, workflow_id: str) -> bool:
        try:
            return self._store.definitions.current(workflow_id)[1] == "code"
        except WorkflowNotFound:
            return False


def _view(published: Published) -> VersionView:
    return VersionView(
        version=published.version,
        published=rfc3339(published.time),
        source=published.source,
        current=published.current,
    )
