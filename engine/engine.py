"""The front door: `WorkflowEngine` and `WorkflowManager`. Composes runtime and store; everything outside enters here."""

from __future__ import annotations

import hashlib
import importlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from celeriac.engine.errors import (
    ExecutionActive,
    ExecutionNotFound,
    ExecutionPinned,
    IdempotencyConflict,
    InvalidInput,
    InvalidSetting,
)
from celeriac.engine.settings import Settings
from celeriac.engine.store.feed import EventFeed
from celeriac.engine.store.history import Filter, Position
from celeriac.engine.store.items import find_step
from celeriac.engine.store.log import LineFilter, read_lines
from celeriac.engine.store.output import Said
from celeriac.engine.store.store import Store
from celeriac.engine.store.timeline import Timeline as Timeline
from celeriac.engine.store.timeline import read_timeline
from celeriac.engine.store.values import joined
from celeriac.engine.store.workers import WorkerView
from celeriac.engine.workflows.definition import WorkflowDefinition, define_workflow
from celeriac.engine.workflows.events import event_view, rfc3339
from celeriac.engine.workflows.filters import checked_label, checked_status, checked_time
from celeriac.engine.workflows.launching import (
    check_fit,
    checked_input,
    checked_labels,
    checked_note,
    checked_reason,
)
from celeriac.engine.workflows.output import SEVERITIES, checked_place, output_view
from celeriac.engine.workflows.steps import WorkflowStep
from celeriac.engine.workflows.strict_json import dumps
from celeriac.engine.workflows.views import (
    EventView,
    ExecutionSummary,
    ExecutionView,
    FailureView,
    HistoryPage,
    ItemsPage,
    StepDetail,
    StepOutputView,
    WorkflowView,
)
from celeriac.engine.workflows.waiting import PlaceView

if TYPE_CHECKING:
    from celery import Celery

    from celeriac.engine.runtime.dispatch import Dispatcher
    from celeriac.engine.runtime.reconcile import Reconciler
    from celeriac.engine.runtime.stopping import Stopper

MAX_LIMIT = 200
MAX_LINES_SHOWN = 1_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What a launch has led to. `replayed`: the idempotency key was known and nothing new was launched."""

    execution_id: str
    replayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputEntry:
    """One thing that a step said. `written` is ms since the epoch by the store's clock."""

    place: str
    written: int
    view: StepOutputView


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """Lines of all steps, oldest first. `newest` is the place up to which was looked; later lines come after it."""

    entries: list[OutputEntry]
    has_older: bool
    newest: str


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
        from celeriac.engine.runtime.app import create_app

        return create_app(self.settings)

    @cached_property
    def _dispatcher(self) -> Dispatcher:
        from celeriac.engine.runtime.dispatch import Dispatcher

        return Dispatcher(self.app, self.store, self.settings)

    @cached_property
    def _stopper(self) -> Stopper:
        from celeriac.engine.runtime.stopping import Stopper

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
        priority: str = "normal",
        on_failure: str = "stop",
    ) -> None:
        """Checks a workflow and registers it in this process; `priority` is low, normal or high.

        `on_failure` is stop (after the first failure nothing new starts) or continue (only what depends on it does not).
        Raises `InvalidWorkflow` with every problem found.
        """
        definition = define_workflow(
            workflow_id, steps, description, input_schema, example_input, priority, on_failure
        )
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
        """Checks the store's schema and makes the registered workflows known to every process.

        What came through the API stays what it is; a warning names each workflow that code has registered as well.
        """
        self.store.check_schema()
        for workflow_id in self.store.definitions.publish(self.workflows.values()):
            logger.warning(
                "Workflow %r belongs to the API: what the code registers under this id is not used. Choose another id,"
                " or delete the workflow of the API and start again",
                workflow_id,
            )

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
        launched_from: str | None = None,
    ) -> Launch:
        """Launches a workflow; `launched_from` is the execution that this one repeats with an input of its own.

        The same `idempotency_key` with the same launch answers the same execution for 24 hours; with another launch
        it raises `IdempotencyConflict`. Raises `WorkflowNotFound`, `ExecutionNotFound`, `InvalidInput`, and
        `InputDoesNotFit` with every
        problem when the input does not fit the schema of the version that would be launched.
        """
        definition = self._definition(workflow_id)
        input_json = checked_input(input_data, self.settings.max_input)
        check_fit(workflow_id, definition.input_schema, input_json)
        labels, note = checked_labels(labels or {}), checked_note(note or "")
        if launched_from is not None:
            self.store.records.definition_of(launched_from)
        launch_hash = _digest(dumps([workflow_id, input_data, labels, note, launched_from or ""]))
        try:
            created = self.store.transitions.create_execution(
                definition,
                input_json,
                labels=labels,
                note=note,
                key_hash=_digest(idempotency_key.encode()) if idempotency_key else "",
                launch_hash=launch_hash,
                launched_from=launched_from or "",
            )
        except IdempotencyConflict:
            raise IdempotencyConflict(key=idempotency_key) from None
        self._dispatcher.publish(created.messages)
        return Launch(execution_id=created.execution_id, replayed=created.replayed)

    def _definition(self, workflow_id: str) -> WorkflowDefinition:
        local = self.workflows.get(workflow_id)
        if local is None:
            return self.store.definitions.current(workflow_id)[0]
        return self.store.definitions.publish_version(local)

    def cancel_workflow(self, execution_id: str) -> None:
        """Requests the cancellation: nothing starts any more, what runs is stopped. Raises `ExecutionNotFound`, `ExecutionEnded`.

        The status turns `cancelled` when nothing of the execution runs any more. Repeating the request is harmless.
        """
        stops, messages = self.store.transitions.cancel_execution(execution_id)
        self._stopper.stop(stops)
        self._dispatcher.publish(messages)

    # -- resume

    def retry_execution(self, execution_id: str, *, from_step: str | None = None) -> list[str]:
        """Takes up an ended execution: what failed, was cancelled or was not run because of it runs again, with what is behind.

        With `from_step` that step, too, and what is behind it. What else has succeeded is kept. Answers the names of the
        steps that run again. Raises `ExecutionNotFound`, `StepNotFound`, and a `Conflict` saying why it cannot be.
        """
        plan = self.store.resuming.plan(execution_id, from_step)
        self._dispatcher.publish(self.store.resuming.start(plan))
        return plan.steps

    def preview_retry(self, execution_id: str, *, from_step: str | None = None) -> list[str]:
        """The names of the steps that `retry_execution` with the same arguments would run again. Raises the same."""
        return self.store.resuming.plan(execution_id, from_step).steps

    def skip_step(self, execution_id: str, step_name: str, reason: str, *, item: int | None = None) -> None:
        """Ends a step, or one item of it, as skipped by hand. One that waits is skipped at once, one that runs is stopped and
        then skipped, unless it succeeds before; of an ended execution a step that failed, was cancelled or was not run
        because of a failure, and the execution is taken up without it.

        Raises `ExecutionNotFound`, `StepNotFound`, `ItemNotFound`, `StepNotMarkable`, `InvalidInput` for a reason that is
        no text.
        """
        self._mark(execution_id, step_name, "k", reason, item)

    def succeed_step(
        self, execution_id: str, step_name: str, reason: str, *, item: int | None = None
    ) -> None:
        """Ends a step as a success by hand, with the result null. Not one that runs; otherwise as `skip_step`."""
        self._mark(execution_id, step_name, "s", reason, item)

    def _mark(self, execution_id: str, step_name: str, letter: str, reason: str, item: int | None) -> None:
        checked = checked_reason(reason)
        stops, messages = self.store.resuming.mark(execution_id, step_name, letter, checked, item)
        self._stopper.stop(stops)
        self._dispatcher.publish(messages)

    # -- read

    def get_workflow_status(self, execution_id: str) -> ExecutionView:
        """The execution with its progress, levels and steps. Raises `ExecutionNotFound`."""
        return self.store.records.view(execution_id)

    def follow_workflow_status(
        self, known: ExecutionView, last: EventView
    ) -> tuple[ExecutionView, list[EventView]] | None:
        """What `get_workflow_status` would give now, made from what it gave before, and the events since.

        `last` is the event with the sequence number of `known`. Views of steps that have not changed are the same
        objects. None: there is no way from `known` to now, read it anew. Raises `ExecutionNotFound`.
        """
        return self.store.changes.since(known, last)

    def get_step(self, execution_id: str, step_name: str, *, item: int | None = None) -> StepDetail:
        """A step with its inputs, result and attempts; with `item` (from 0) that item of a mapped step.

        Raises `ExecutionNotFound`, `StepNotFound`, and for an item `StepNotMapped`, `ItemNotFound`.
        """
        return self.store.steps.view(execution_id, step_name, item)

    def get_failure(self, execution_id: str) -> FailureView | None:
        """The failure that an execution shows as its `error`, with its traceback and what is known of its attempts."""
        return self.store.failures.view(execution_id)

    def get_queue_places(self, execution_id: str, step_names: Sequence[str]) -> dict[str, PlaceView]:
        """Where those of these steps that wait for a slot stand in their queues now, by name, and who takes from these.

        Of a mapped step only the queue is told of; `get_step` tells where an item stands. Cheap for a few steps, and
        different with every call: queues move by the doing of others. Raises `ExecutionNotFound`, `StepNotFound`.
        """
        return self.store.queues.places_of(execution_id, step_names)

    def get_input_json(self, execution_id: str) -> bytes:
        """The JSON text of an execution's input, as it is stored: UTF-8, compact. Raises `ExecutionNotFound`."""
        return self.store.values.input_of(execution_id)

    def get_result_json(self, execution_id: str) -> bytes | None:
        """That of its result; None as long as it has not succeeded. Raises `ExecutionNotFound`."""
        return self.store.values.result_of(execution_id)

    def get_step_inputs_json(self, execution_id: str, step_name: str, *, item: int | None = None) -> bytes:
        """That of what a step, or an item of it, is called with. Raises as `get_step`."""
        step = self.store.values.step_of(execution_id, step_name, item)
        return joined(self.store.values.inputs_of(execution_id, step, item))

    def get_step_result_json(
        self, execution_id: str, step_name: str, *, item: int | None = None
    ) -> bytes | None:
        """That of its result; None when there is none. Raises as `get_step`."""
        step = self.store.values.step_of(execution_id, step_name, item)
        return self.store.values.step_result(execution_id, step, item)

    def get_items(
        self,
        execution_id: str,
        step_name: str,
        *,
        status: str | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> ItemsPage:
        """Items of a mapped step in this status, or in any: those that failed first, then by number; counts of all.

        `limit` is 1 to 1,000. Raises `ExecutionNotFound`, `StepNotFound`, `StepNotMapped`, and `InvalidInput`
        naming the parameter.
        """
        return self.store.items.page(execution_id, step_name, status=status, offset=offset, limit=limit)

    def get_events(self, execution_id: str, *, after: int = 0, limit: int = 1000) -> list[EventView]:
        """Up to `limit` events with a sequence number above `after`, in order. Raises `ExecutionNotFound`."""
        record, events = self.store.records.events(execution_id, after, limit)
        return [event_view(event, record.launched, record.definition.steps) for event in events]

    def get_output(self, execution_id: str, *, after: str, limit: int = 1000) -> list[OutputEntry]:
        """Up to `limit` things that steps said after a place (see `newest_output`), oldest first.

        Only the newest 10,000 of an execution are kept, and nothing promises that none is lost. Raises
        `ExecutionNotFound` for an execution that is not known.
        """
        return self._output_entries(execution_id, self.store.output.after(execution_id, after, limit))

    def _output_entries(self, execution_id: str, entries: list[Said]) -> list[OutputEntry]:
        if not entries:
            return []
        steps = self.store.records.definition_of(execution_id).steps
        return [
            OutputEntry(
                place=entry.place, written=entry.written, view=output_view(entry.unit, entry.what, steps)
            )
            for entry in entries
        ]

    def get_log(
        self,
        execution_id: str,
        *,
        step_name: str | None = None,
        severity: str = "debug",
        text: str = "",
        after: str = "0-0",
        before: str = "",
        limit: int = 1000,
    ) -> LogPage:
        """The newest `limit` (1 to 1,000) lines that the steps have logged, in the order in which they came in.

        Only those of one step, of at least a severity, with a text in them (whatever its case), between two places (see
        `newest_output`). Raises `ExecutionNotFound`, `StepNotFound`, and `InvalidInput` naming the parameter.
        """
        definition = self.store.records.definition_of(execution_id)
        letters = {word: letter for letter, word in SEVERITIES.items()}
        if severity not in letters:
            raise InvalidInput(
                f"severity must be one of {', '.join(letters)}, not {severity[:40]!r}", pointer="/severity"
            )
        if not 1 <= limit <= MAX_LINES_SHOWN:
            raise InvalidInput(f"limit must be from 1 to {MAX_LINES_SHOWN:,}, not {limit}", pointer="/limit")
        wanted = LineFilter(
            step=None if step_name is None else find_step(definition, execution_id, step_name).index,
            severity=letters[severity],
            text=text,
        )
        page = read_lines(
            self.store.output,
            execution_id,
            wanted,
            after=checked_place(after, "after"),
            before=before and checked_place(before, "before"),
            limit=limit,
        )
        entries = self._output_entries(execution_id, page.lines)
        return LogPage(entries=entries, has_older=page.has_older, newest=page.newest)

    def get_timeline(self, execution_id: str) -> Timeline:
        """When each step was queued, taken by a worker and ended, attempt by attempt. Raises `ExecutionNotFound`."""
        return read_timeline(self.store.records, execution_id)

    def newest_output(self, execution_id: str) -> str:
        """The place of the newest thing a step of this execution said; `get_output` goes on after it."""
        return self.store.output.newest(execution_id)

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
            status=None if status is None else checked_status(status).value,
            prefix=q or "",
            since=checked_time(since, "since"),
            until=checked_time(until, "until"),
            label=checked_label(label),
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
        by_status = self.store.history.counts_since(checked_time(since, "since") or 0)
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
            status = self.store.records.read(execution_id)[0].text(b"st")
            raise ExecutionActive(
                execution_id=execution_id, status=status, remedy="cancel it first, then delete it"
            )
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
        from celeriac.engine.runtime.ending import Ending
        from celeriac.engine.runtime.reconcile import Reconciler

        ending = Ending(self.store, self.settings, self._dispatcher.publish)
        reconciler = Reconciler(self.store, self.settings, self._dispatcher, self._stopper, ending)
        reconciler.start()
        return reconciler

    def run_worker(self, arguments: Sequence[str]) -> None:
        """Loads and publishes the workflows, then runs a Celery worker with these command-line options until it stops."""
        from celeriac.engine.runtime import builtin_tasks as builtin_tasks
        from celeriac.engine.runtime.worker import StepWorker

        app = self.app
        self.load_workflows()
        self.publish_workflows()
        app.task(name="celeriac.execute_workflow_async", ignore_result=True)(self.execute_workflow)
        StepWorker(app, self.settings).run(arguments)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


#: The engine of this process.
workflow_engine = WorkflowEngine()
