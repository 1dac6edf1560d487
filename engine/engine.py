"""The front door: `WorkflowEngine` and `WorkflowManager`. Composes runtime and store; everything outside enters here."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.errors import (
    ExecutionActive,
    ExecutionEnded,
    ExecutionNotFound,
    ExecutionPinned,
    IdempotencyConflict,
    InvalidInput,
    InvalidSetting,
    WorkflowNotFound,
)
from engine.settings import Settings
from engine.store.feed import EventFeed
from engine.store.history import Filter, Position
from engine.store.store import Store
from engine.store.workers import WorkerView
from engine.workflows.definition import WorkflowDefinition, define_workflow
from engine.workflows.events import epoch_ms, event_view, rfc3339
from engine.workflows.states import ACTIVE_STATUSES, ENDED_STATUSES, WorkflowStatus
from engine.workflows.steps import WorkflowStep
from engine.workflows.strict_json import dumps
from engine.workflows.views import (
    CleanupPreview,
    EventView,
    ExecutionSummary,
    ExecutionView,
    HistoryPage,
    StepDetail,
    WorkflowView,
)

if TYPE_CHECKING:
    from celery import Celery

    from engine.runtime.dispatch import Dispatcher
    from engine.runtime.reconcile import Reconciler
    from engine.runtime.stopping import Stopper

MAX_LABELS, MAX_LABEL, MAX_NOTE, MAX_LIMIT = 20, 100, 1_000, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What a launch has led to. `replayed`: the idempotency key was known and nothing new was launched."""

    execution_id: str
    replayed: bool


class WorkflowEngine:
    """Registers workflows, launches, reads and cancels executions. Opens no connection before it needs one."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._given_settings = settings
        #: Workflows registered in this process, by id.
        self.workflows: dict[str, WorkflowDefinition] = {}

    @cached_property
    def settings(self) -> Settings:
        """As given, else from the environment."""
        settings = self._given_settings or Settings.from_environment()
        if not settings.redis_url:
            raise InvalidSetting(
                variable="CELERIAC_REDIS_URL",
                value="",
                reason="no store is known: set it, or start `celeriac up`",
            )
        return settings

    @cached_property
    def store(self) -> Store:
        return Store(self.settings)

    @cached_property
    def app(self) -> Celery:
        """The Celery application; imported on first use, since reading needs none."""
        from engine.runtime.app import create_app

        return create_app(self.settings)

    @cached_property
    def _dispatcher(self) -> Dispatcher:
        from engine.runtime.dispatch import Dispatcher

        return Dispatcher(self.app, self.store, self.settings)

    @cached_property
    def _stopper(self) -> Stopper:
        from engine.runtime.stopping import Stopper

        return Stopper(self.app, self.settings)

    # -- workflows

    def register_workflow(
        self,
        workflow_id: str,
        steps: Iterable[WorkflowStep],
        *,
        description: str = "",
        input_schema: dict[str, Any] | None = None,
        example_input: dict[str, Any] | None = None,
    ) -> None:
        """Checks a workflow and registers it in this process. Raises `InvalidWorkflow` with every problem found."""
        definition = define_workflow(workflow_id, steps, description, input_schema, example_input)
        self.workflows[workflow_id] = definition

    def load_workflows(self) -> None:
        """Imports the modules of `CELERIAC_WORKFLOWS`, which define tasks and register workflows.

        A module registers on `workflow_engine` while it is imported, or offers `register(engine)`, which is called here.
        Raises `InvalidSetting` naming the module that cannot be imported.
        """
        for name in self.settings.workflows:
            try:
                module = importlib.import_module(name)
            except ImportError as error:
                reason = f"module {name!r} cannot be imported: {error}"
                raise InvalidSetting(variable="CELERIAC_WORKFLOWS", value=name, reason=reason) from error
            register = getattr(module, "register", None)
            if callable(register):
                register(self)
        self.workflows = {**workflow_engine.workflows, **self.workflows}

    def publish_workflows(self) -> None:
        """Checks the store's schema and makes the registered workflows known to every process."""
        self.store.check_schema()
        if self.workflows:
            self.store.definitions.publish(self.workflows.values())

    def list_workflows(self) -> list[WorkflowView]:
        """Every published workflow, by id."""
        return [definition.view(source) for definition, source in self.store.definitions.all_current()]

    def get_workflow(self, workflow_id: str) -> WorkflowView:
        """One published workflow. Raises `WorkflowNotFound` with near misses."""
        definition, source = self.store.definitions.current(workflow_id)
        return definition.view(source)

    # -- launch and cancel

    def execute_workflow(self, workflow_id: str, input_data: dict[str, Any]) -> str:
        """Launches a workflow and answers the execution's id at once."""
        return self.launch(workflow_id, input_data).execution_id

    def launch(
        self,
        workflow_id: str,
        input_data: dict[str, Any],
        *,
        labels: dict[str, str] | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
    ) -> Launch:
        """Launches a workflow.

        The same `idempotency_key` with the same launch answers the same execution for 24 hours; with another launch
        it raises `IdempotencyConflict`. Raises `WorkflowNotFound` and `InvalidInput`.
        """
        definition = self._definition(workflow_id)
        input_json = self._checked_input(input_data)
        labels, note = checked_labels(labels or {}), checked_note(note or "")
        launch_hash = _digest(dumps([workflow_id, input_data, labels, note]))
        try:
            created = self.store.transitions.create_execution(
                definition,
                input_json,
                labels=labels,
                note=note,
                key_hash=_digest(idempotency_key.encode()) if idempotency_key else "",
                launch_hash=launch_hash,
            )
        except IdempotencyConflict:
            raise IdempotencyConflict(key=idempotency_key) from None
        self._dispatcher.publish(created.messages)
        return Launch(execution_id=created.execution_id, replayed=created.replayed)

    def _definition(self, workflow_id: str) -> WorkflowDefinition:
        local = self.workflows.get(workflow_id)
        if local is None:
            return self.store.definitions.current(workflow_id)[0]
        self.store.definitions.publish_version(local)
        return local

    def _checked_input(self, input_data: object) -> bytes:
        if not isinstance(input_data, dict):
            raise InvalidInput(
                f"the input must be a JSON object, not {_json_type(input_data)}; write for example {{}}",
                pointer="/input",
            )
        encoded = dumps(input_data)
        if len(encoded) > self.settings.max_input:
            raise InvalidInput(
                f"the input is {len(encoded):,} bytes of JSON, more than the {self.settings.max_input:,} allowed;"
                " put large data in a file and pass its name",
                pointer="/input",
            )
        return encoded

    def cancel_workflow(self, execution_id: str) -> None:
        """Requests the cancellation: nothing starts any more, what runs is stopped. Raises `ExecutionNotFound`, `ExecutionEnded`.

        The status turns `cancelled` when nothing of the execution runs any more. Repeating the request is harmless.
        """
        stops, messages = self.store.transitions.cancel_execution(execution_id)
        self._stopper.stop(stops)
        self._dispatcher.publish(messages)

    # -- read

    def get_workflow_status(self, execution_id: str) -> ExecutionView:
        """The execution with its progress, levels and steps. Raises `ExecutionNotFound`."""
        return self.store.records.view(execution_id)

    def get_step(self, execution_id: str, step_name: str) -> StepDetail:
        """A step with its inputs, result and attempts. Raises `ExecutionNotFound`, `StepNotFound`."""
        return self.store.steps.view(execution_id, step_name)

    def get_events(self, execution_id: str, *, after: int = 0, limit: int = 1000) -> list[EventView]:
        """Up to `limit` events with a sequence number above `after`, in order. Raises `ExecutionNotFound`."""
        record, events = self.store.records.events(execution_id, after, limit)
        return [event_view(event, record.launched, record.definition.steps) for event in events]

    def get_executions(self, execution_ids: Sequence[str]) -> list[ExecutionSummary]:
        """The rows of these executions, in this order, without those that are gone."""
        return self.store.records.summaries(execution_ids)

    def get_execution_history(
        self,
        *,
        workflow_id: str | None = None,
        status: str | None = None,
        q: str | None = None,
        since: str | None = None,
        until: str | None = None,
        label: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> HistoryPage:
        """A page of executions, newest first.

        `q` is the beginning of an id, `since` and `until` are RFC 3339 times of the launch, `label` is `key=value`,
        `limit` 1 to 200, `cursor` the `next` of the page before. Raises `InvalidInput` naming the filter.
        """
        if not 1 <= limit <= MAX_LIMIT:
            raise InvalidInput(f"limit must be from 1 to {MAX_LIMIT}, not {limit}", pointer="/limit")
        wanted = Filter(
            workflow_id=workflow_id,
            status=None if status is None else _status(status),
            prefix=q or "",
            since=_time(since, "since"),
            until=_time(until, "until"),
            label=_label(label),
        )
        after = Position.decode(cursor) if cursor else None
        ids, following = self.store.history.page(wanted, limit=limit, after=after)
        total, capped = self.store.history.count(wanted)
        return {
            "executions": self.store.records.summaries(ids),
            "next": following.encode() if following else None,
            "total": total,
            "total_capped": capped,
        }

    def count_executions(self, *, workflow_id: str | None = None, since: str | None = None) -> dict[str, int]:
        """How many executions there are per status and in `all`; `since` (RFC 3339, of the launch) leaves older ones out."""
        if since is None:
            return self.store.history.counts(workflow_id)
        by_status = self.store.history.counts_since(_time(since, "since") or 0)
        return {"all": sum(by_status.values()), **by_status}

    def get_workers(self) -> list[WorkerView]:
        """Every worker that has not left in good order, with what it says of itself."""
        return self.store.workers.all()

    def current_time(self) -> str:
        """The store's clock, RFC 3339. Raises `StoreUnavailable`: the cheapest proof that the store answers."""
        return rfc3339(self.store.now())

    def feed(self) -> EventFeed:
        """A new subscription to the store's events, for one event loop."""
        return EventFeed(self.settings.redis_url, self.settings.namespace)

    # -- keep and remove

    def pin_execution(self, execution_id: str, pinned: bool = True) -> None:
        """Pins an execution, so that cleanup and delete leave it alone, or takes the pin away."""
        self.store.transitions.pin_execution(execution_id, pinned)

    def delete_execution(self, execution_id: str) -> None:
        """Removes an ended execution. Raises `ExecutionNotFound`, `ExecutionActive`, `ExecutionPinned`."""
        (answer,) = self.store.transitions.delete_executions([execution_id])
        if answer == "unknown":
            raise ExecutionNotFound(execution_id=execution_id)
        if answer == "active":
            raise ExecutionActive(execution_id=execution_id, status="active")
        if answer == "pinned":
            raise ExecutionPinned(execution_id=execution_id)

    # -- processes

    def close(self) -> None:
        """Closes the connections to store and broker; the next use opens new ones."""
        if "store" in vars(self):
            self.store.close()
        if "app" in vars(self):
            self.app.close()

    def start_reconciler(self) -> Reconciler:
        """Starts a reconciler thread in this process; `stop()` ends it."""
        from engine.runtime.ending import Ending
        from engine.runtime.reconcile import Reconciler

        ending = Ending(self.store, self.settings, self._dispatcher.publish)
        reconciler = Reconciler(self.store, self.settings, self._dispatcher, self._stopper, ending)
        reconciler.start()
        return reconciler

    def run_worker(self, arguments: Sequence[str]) -> None:
        """Loads and publishes the workflows, then runs a Celery worker with these command-line options until it stops."""
        from engine.runtime import builtin_tasks as builtin_tasks
        from engine.runtime.worker import StepWorker

        app = self.app
        self.load_workflows()
        self.publish_workflows()
        StepWorker(app, self.settings).run(arguments)


class WorkflowManager:
    """What an operator does with many executions at once."""

    def __init__(self, engine: WorkflowEngine) -> None:
        self.engine = engine

    def list_workflows(self) -> list[str]:
        """The ids of all published workflows, sorted."""
        return self.engine.store.definitions.names()

    def get_workflow_info(self, workflow_id: str) -> WorkflowView:
        """One workflow. Raises `WorkflowNotFound`."""
        return self.engine.get_workflow(workflow_id)

    def active_executions(self) -> list[str]:
        """The ids of all executions that have not ended."""
        history = self.engine.store.history
        ids: list[str] = []
        for status in ACTIVE_STATUSES:
            after: Position | None = None
            while True:
                page, after = history.page(Filter(status=status.value), limit=1000, after=after)
                ids += page
                if after is None:
                    break
        return ids

    def cancel_all_executions(self) -> int:
        """Requests the cancellation of every active execution; answers how many."""
        return self.cancel_executions(self.active_executions())

    def cancel_executions(self, execution_ids: Iterable[str]) -> int:
        """Requests the cancellation of these; those that have ended or are gone are passed over. Answers how many."""
        cancelled = 0
        for execution_id in execution_ids:
            with suppress(ExecutionEnded, ExecutionNotFound):
                self.engine.cancel_workflow(execution_id)
                cancelled += 1
        return cancelled

    def preview_cleanup(
        self, max_age_hours: float = 24, *, statuses: Iterable[str] | None = None, before: str | None = None
    ) -> CleanupPreview:
        """What `cleanup_completed_executions` with the same arguments would remove, exactly."""
        moment = self._before(max_age_hours, before)
        removable = self.engine.store.cleanup.preview(self.list_workflows(), _ended(statuses), moment)
        return {
            "count": sum(removable.by_status.values()),
            "by_status": removable.by_status,
            "by_workflow": removable.by_workflow,
            "oldest": None if removable.oldest is None else rfc3339(removable.oldest),
            "before": rfc3339(moment),
        }

    def cleanup_completed_executions(
        self, max_age_hours: float = 24, *, statuses: Iterable[str] | None = None, before: str | None = None
    ) -> int:
        """Removes every ended, unpinned execution whose end is older than that; answers how many.

        `before`, the RFC 3339 time of a preview, takes the place of the age, so that the set can only have shrunk.
        """
        moment = self._before(max_age_hours, before)
        return sum(self.engine.store.cleanup.remove(self.list_workflows(), _ended(statuses), moment))

    def _before(self, max_age_hours: float, before: str | None) -> int:
        if isinstance(max_age_hours, bool) or not 0 <= max_age_hours <= 876_000:
            raise InvalidInput(
                f"max_age_hours must be a number from 0 to 876000, not {max_age_hours!r}",
                pointer="/max_age_hours",
            )
        now = self.engine.store.now()
        given = _time(before, "before")
        return min(now, given) if given is not None else now - round(max_age_hours * 3_600_000)


def checked_labels(labels: object) -> dict[str, str]:
    """Labels as given. Raises `InvalidInput` for anything but up to 20 short strings by short names."""
    if not isinstance(labels, dict):
        raise InvalidInput("labels must be an object of strings", pointer="/labels")
    if len(labels) > MAX_LABELS:
        raise InvalidInput(f"{len(labels)} labels are more than the {MAX_LABELS} allowed", pointer="/labels")
    for key, value in labels.items():
        if not isinstance(key, str) or not 1 <= len(key) <= MAX_LABEL or "=" in key or not key.isprintable():
            raise InvalidInput(
                f"label name {str(key)[:40]!r} must be 1 to {MAX_LABEL} printable characters without '='",
                pointer="/labels",
            )
        if not isinstance(value, str) or len(value) > MAX_LABEL or not value.isprintable():
            raise InvalidInput(
                f"label {key!r} must be a string of up to {MAX_LABEL} printable characters",
                pointer=f"/labels/{key}",
            )
    return labels


def checked_note(note: object) -> str:
    """The note as given. Raises `InvalidInput` when it is no string or too long."""
    if not isinstance(note, str) or len(note) > MAX_NOTE:
        raise InvalidInput(f"the note must be a string of up to {MAX_NOTE} characters", pointer="/note")
    return note


def _status(status: str) -> str:
    try:
        return WorkflowStatus(status).value
    except ValueError:
        known = ", ".join(WorkflowStatus)
        raise InvalidInput(
            f"status {status[:40]!r} is unknown; known are {known}", pointer="/status"
        ) from None


def _ended(statuses: Iterable[str] | None) -> list[WorkflowStatus]:
    wanted = (
        list(ENDED_STATUSES) if statuses is None else [WorkflowStatus(_status(status)) for status in statuses]
    )
    for status in wanted:
        if not status.ended:
            raise InvalidInput(
                f"status {status.value!r} is active; cleanup removes only what has ended", pointer="/statuses"
            )
    return wanted


def _time(text: str | None, name: str) -> int | None:
    if text is None:
        return None
    try:
        return epoch_ms(text)
    except ValueError:
        raise InvalidInput(
            f"{name} {text[:40]!r} is not an RFC 3339 time; write for example 2026-11-22T10:00:00Z",
            pointer=f"/{name}",
        ) from None


def _label(label: str | None) -> tuple[str, str] | None:
    if label is None:
        return None
    key, equals, value = label.partition("=")
    if not equals:
        raise InvalidInput(f"label {label[:40]!r} must be written key=value", pointer="/label")
    return key, value


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def _json_type(value: object) -> str:
    names = {
        list: "an array",
        str: "a string",
        bool: "a boolean",
        int: "a number",
        float: "a number",
        type(None): "null",
    }
    return names.get(type(value), type(value).__name__)


#: The engine and the manager of this process.
workflow_engine = WorkflowEngine()
workflow_manager = WorkflowManager(workflow_engine)

__all__ = [
    "Launch",
    "WorkflowEngine",
    "WorkflowManager",
    "WorkflowNotFound",
    "workflow_engine",
    "workflow_manager",
]
