"""Executions: launch, follow, read, cancel, retry, keep and delete them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from celeriac.engine.actor import CODE, Actor, OperationRecord
from celeriac.engine.errors import InvalidInput
from celeriac.engine.operations.cancel import cancel_execution
from celeriac.engine.operations.context import OperationContext
from celeriac.engine.operations.keep import delete_execution, pin_execution
from celeriac.engine.operations.launch import launch_workflow
from celeriac.engine.operations.retry import plan_retry, retry_execution
from celeriac.engine.store.output import OutputLine
from celeriac.engine.store.read.execution_record import ExecutionRecord as ExecutionRecord
from celeriac.engine.store.read.history import Filter, Position
from celeriac.engine.store.read.items import find_step
from celeriac.engine.store.read.log import LineFilter, read_lines
from celeriac.engine.store.read.news import Bookmark as Bookmark
from celeriac.engine.store.read.news import LogNews
from celeriac.engine.store.read.timeline import Timeline as Timeline
from celeriac.engine.store.read.timeline import read_timeline
from celeriac.engine.workflows.definition.definition import WorkflowDefinition
from celeriac.engine.workflows.progress.events import event_view
from celeriac.engine.workflows.progress.filters import checked_label, checked_status, checked_time
from celeriac.engine.workflows.progress.output import SEVERITIES, checked_cursor, output_view
from celeriac.engine.workflows.progress.states import ACTIVE_STATUSES
from celeriac.engine.workflows.progress.views import (
    EventView,
    ExecutionSummary,
    ExecutionView,
    FailureView,
    HistoryPage,
    QueuePosition,
    StepOutputView,
)

MAX_LIMIT = 200
MAX_LINES_SHOWN = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """The result of a launch. `replayed`: the idempotency key was used before and nothing new was launched."""

    execution_id: str
    replayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputEntry:
    """One log line or progress report of a step. `written` is ms since the epoch by the store's clock."""

    place: str
    written: int
    view: StepOutputView


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """Lines of all steps, oldest first. `newest` is the position that was read up to; later lines follow it."""

    entries: list[OutputEntry]
    has_older: bool
    newest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionNews:
    """Events and output of one execution behind a bookmark. `newest` is the length of its log, `mark` the next bookmark."""

    events: list[EventView]
    output: list[OutputEntry]
    newest: int
    ended: bool
    mark: Bookmark


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionLook:
    """An execution at one moment, with its latest events, oldest first, and the failure that its view shows as the error.

    Methods that take `read` give more of the same moment, without reading the execution again.
    """

    view: ExecutionView
    events: list[EventView]
    failure: FailureView | None
    read: ExecutionRecord | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowActivity:
    """The last executions of a workflow, newest first, and how many of all its executions are active."""

    last: list[ExecutionSummary]
    active: int


class Executions:
    """The executions of one engine. `definition_of` returns the definition that a launch of a workflow uses."""

    def __init__(self, context: OperationContext, definition_of: Callable[[str], WorkflowDefinition]) -> None:
        self._context, self._store = context, context.store
        self._definition_of = definition_of

    def launch(
        self,
        workflow_id: str,
        input_data: dict[str, Any],
        *,
        labels: dict[str, str] | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
        launched_from: str | None = None,
        actor: Actor = CODE,
    ) -> Launch:
        """Launches a workflow; `launched_from` is the execution that this launch repeats with its own input.

        The same `idempotency_key` with the same launch returns the same execution for 24 hours; with another launch it raises
        `IdempotencyConflict`. Raises `WorkflowNotFound`, `ExecutionNotFound`, `InvalidInput`, and `InputDoesNotFit` with every
        problem if the input does not match the schema of the version to launch.
        """
        record = launch_workflow(
            self._context,
            actor,
            self._definition_of(workflow_id),
            input_data,
            labels=labels,
            note=note,
            idempotency_key=idempotency_key,
            launched_from=launched_from,
        )
        assert record.execution_id is not None
        return Launch(execution_id=record.execution_id, replayed=record.outcome == "replayed")

    def cancel(self, execution_id: str, *, actor: Actor = CODE) -> OperationRecord:
        """Requests a cancellation: nothing starts any more, running steps are stopped.

        The status becomes `cancelled` when nothing runs any more. Repeating the request is harmless.
        Raises `ExecutionNotFound`, `ExecutionEnded`.
        """
        return cancel_execution(self._context, actor, execution_id)

    def retry(self, execution_id: str, *, from_step: str | None = None, actor: Actor = CODE) -> list[str]:
        """Runs the steps that failed, were cancelled or could not run, and all steps downstream of them, again.

        With `from_step`, also that step and all steps downstream of it. Other successful steps are kept. Returns the names of the
        steps that run again. Raises `ExecutionNotFound`, `StepNotFound`, and a `Conflict` with the reason if it is impossible.
        """
        return list(retry_execution(self._context, actor, execution_id, from_step).steps)

    def preview_retry(self, execution_id: str, *, from_step: str | None = None) -> list[str]:
        """The names of the steps that `retry` with the same arguments would run again. Raises the same errors."""
        return plan_retry(self._context, execution_id, from_step).steps

    def pin(self, execution_id: str, pinned: bool = True, *, actor: Actor = CODE) -> OperationRecord:
        """Pins an execution, which excludes it from clean-up and deletion, or unpins it. Raises `ExecutionNotFound`."""
        return pin_execution(self._context, actor, execution_id, pinned)

    def delete(self, execution_id: str, *, actor: Actor = CODE) -> OperationRecord:
        """Removes an ended execution. Raises `ExecutionNotFound`, `ExecutionActive`, `ExecutionPinned`."""
        return delete_execution(self._context, actor, execution_id)

    def get(self, execution_id: str) -> ExecutionView:
        """The execution with its progress, levels and steps. Raises `ExecutionNotFound`."""
        return self._store.reader.view(execution_id)

    def look(self, execution_id: str, *, latest: int) -> ExecutionLook:
        """What `get` gives, with up to `latest` events that led to it, and its failure. Raises `ExecutionNotFound`."""
        record, states, events = self._store.reader.read_with_events(execution_id, latest)
        view = self._store.reader.view_of(record, states)
        return ExecutionLook(
            view=view,
            events=[event_view(event, record.launched, record.definition.steps) for event in events],
            failure=self._store.failures.view_of(record) if view["error"] else None,
            read=record,
        )

    def follow(self, known: ExecutionView, last: EventView) -> tuple[ExecutionView, list[EventView]] | None:
        """Updates an earlier result of `get` to the current state, using the events since.

        `last` is the event with the sequence number of `known`. Views of unchanged steps are the same objects. Returns
        None if `known` cannot be updated and must be read again. Raises `ExecutionNotFound`.
        """
        return self._store.changes.since(known, last)

    def rows(self, execution_ids: Sequence[str]) -> list[ExecutionSummary]:
        """The rows of these executions, in this order, without deleted ones."""
        return self._store.reader.summaries(execution_ids)

    def history(
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

        `q` is a prefix of the id, `since` and `until` are RFC 3339 times of the launch, `label` is `key=value`,
        `limit` 1 to 200, `cursor` the `next` of the previous page. Raises `InvalidInput` naming the filter.
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
        ids, following = self._store.history.page(wanted, limit=limit, after=after)
        total, capped = self._store.history.count(wanted)
        return {
            "executions": self._store.reader.summaries(ids),
            "next": following.encode() if following else None,
            "total": total,
            "total_capped": capped,
        }

    def active(self) -> list[str]:
        """The ids of all executions that have not ended; complete, unlike counts, which stop at a cap."""
        ids: list[str] = []
        for status in ACTIVE_STATUSES:
            after: Position | None = None
            while True:
                page, after = self._store.history.page(Filter(status=status.value), limit=1000, after=after)
                ids += page
                if after is None:
                    break
        return ids

    def count(self, *, workflow_id: str | None = None, since: str | None = None) -> dict[str, int]:
        """The number of executions per status and in `all`; `since` (RFC 3339, of the launch) excludes older ones."""
        if since is None:
            return self._store.history.counts(workflow_id)
        by_status = self._store.history.counts_since(checked_time(since, "since") or 0)
        return {"all": sum(by_status.values()), **by_status}

    def by_workflow(self, workflow_ids: Sequence[str], *, last: int) -> dict[str, WorkflowActivity]:
        """What became of each of these workflows; of all in two round trips, however many there are."""
        found = self._store.history.overviews(workflow_ids, last)
        rows = {row["execution_id"]: row for row in self.rows([name for names, _ in found for name in names])}
        return {
            workflow_id: WorkflowActivity(last=[rows[name] for name in names if name in rows], active=active)
            for workflow_id, (names, active) in zip(workflow_ids, found, strict=True)
        }

    def failure(self, execution_id: str) -> FailureView | None:
        """The failure that an execution shows as its `error`, with its traceback and its attempts."""
        return self._store.failures.view(execution_id)

    def queue_positions(
        self, execution_id: str, step_names: Sequence[str], *, read: ExecutionRecord | None = None
    ) -> dict[str, QueuePosition]:
        """Positions in their queues, by name, of those of these steps that wait for a slot, and the workers of the queues.

        Contains only the queue for a mapped step; `get_step` returns the position of an item. Cheap for a few steps, and
        different with every call: other executions move queues, too. Raises `ExecutionNotFound`, `StepNotFound`.
        """
        return self._store.queues.positions_of(
            read or self._store.reader.read_record(execution_id), step_names
        )

    def input_json(self, execution_id: str) -> bytes:
        """The JSON text of an execution's input as stored: UTF-8, compact. Raises `ExecutionNotFound`."""
        return self._store.values.input_of(execution_id)

    def result_json(self, execution_id: str) -> bytes | None:
        """The JSON text of its result; None until it has succeeded. Raises `ExecutionNotFound`."""
        return self._store.values.result_of(execution_id)

    def events(self, execution_id: str, *, after: int = 0, limit: int = 1000) -> list[EventView]:
        """Up to `limit` events with a sequence number above `after`, in order. Raises `ExecutionNotFound`."""
        record, events = self._store.reader.events(execution_id, after, limit)
        return [event_view(event, record.launched, record.definition.steps) for event in events]

    def news(self, bookmarks: Sequence[Bookmark], *, limit: int = 500) -> list[ExecutionNews | None]:
        """What followers of these executions have not read, in one call: up to `limit` events and as much output of each.

        A bookmark without a sequence number is given the newest events and no output. None for a deleted execution.
        """
        found = self._store.news.behind(bookmarks, limit)
        return [None if news is None else _execution_news(news) for news in found]

    def output(self, execution_id: str, *, after: str, limit: int = 1000) -> list[OutputEntry]:
        """Up to `limit` log lines and progress reports after a position (see `newest_output`), oldest first.

        Only 10,000 of an execution are kept: the unit that has the most loses its oldest. Some may be lost. Raises
        `ExecutionNotFound` for an unknown execution.
        """
        entries = self._store.output.after(execution_id, after, limit)
        return _output_entries(self._store.reader.definition_of(execution_id), entries) if entries else []

    def newest_output(self, execution_id: str) -> str:
        """The position of the newest log line or progress report of this execution; `get_output` continues after it."""
        return self._store.output.newest(execution_id)

    def log(
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
        """The newest `limit` (1 to 1,000) log lines of the steps, in the order of their arrival.

        Filters: one step, a minimum severity, a text (case-insensitive), two positions (see `newest_output`). Raises
        `ExecutionNotFound`, `StepNotFound`, and `InvalidInput` naming the parameter.
        """
        definition = self._store.reader.definition_of(execution_id)
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
            self._store.output,
            execution_id,
            wanted,
            after=checked_cursor(after, "after"),
            before=before and checked_cursor(before, "before"),
            limit=limit,
        )
        entries = _output_entries(definition, page.lines)
        return LogPage(entries=entries, has_older=page.has_older, newest=page.newest)

    def timeline(self, execution_id: str, *, read: ExecutionRecord | None = None) -> Timeline:
        """The times at which each attempt of each step was queued, claimed and ended. Raises `ExecutionNotFound`."""
        return read_timeline(self._store.reader, read or self._store.reader.read_record(execution_id))


def _execution_news(news: LogNews) -> ExecutionNews:
    steps = news.definition.steps
    return ExecutionNews(
        events=[event_view(event, news.launched, steps) for event in news.events],
        output=_output_entries(news.definition, news.output),
        newest=news.newest,
        ended=news.ended,
        mark=news.mark,
    )


def _output_entries(definition: WorkflowDefinition, entries: Sequence[OutputLine]) -> list[OutputEntry]:
    return [
        OutputEntry(
            place=entry.place,
            written=entry.written,
            view=output_view(entry.unit, entry.what, definition.steps),
        )
        for entry in entries
    ]
