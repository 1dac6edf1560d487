"""Reads the board of an execution: all of it, or what has changed since an earlier one."""

from __future__ import annotations

from typing import Protocol

from celeriac.engine.workflows.progress.views import EventView, ExecutionView, FailureView
from celeriac.web.execution.board import Board
from celeriac.web.execution.queue_polling import QueueReader

EVENTS_KEPT = 200  # enough for the latest ones and for when retries are due


class Reader(QueueReader, Protocol):
    def get(self, execution_id: str) -> ExecutionView: ...
    def events(self, execution_id: str, *, after: int = 0, limit: int = 1000) -> list[EventView]: ...
    def failure(self, execution_id: str) -> FailureView | None: ...
    def follow(
        self, known: ExecutionView, last: EventView
    ) -> tuple[ExecutionView, list[EventView]] | None: ...


def read_board(executions: Reader, execution_id: str, *, expanded: int = 0) -> Board:
    """The execution as it is now, with its latest events."""
    view = executions.get(execution_id)
    after = max(0, view["seq"] - EVENTS_KEPT)
    events = executions.events(execution_id, after=after, limit=EVENTS_KEPT)
    failure = executions.failure(execution_id) if view["error"] else None
    known = tuple(event for event in events if event["seq"] <= view["seq"])
    return Board(view, known, expanded, failure)


def follow_board(executions: Reader, known: Board) -> Board:
    """The same, made from an earlier board and what has changed since, where that is possible."""
    followed = executions.follow(known.view, known.events[-1]) if known.events else None
    if followed is None:
        return read_board(executions, known.view["execution_id"], expanded=known.expanded)
    view, fresh = followed
    failure = known.failure
    if view["error"] != known.view["error"]:
        failure = executions.failure(view["execution_id"])
    return Board(view, (*known.events, *fresh)[-EVENTS_KEPT:], known.expanded, failure, known.made)
