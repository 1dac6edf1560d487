"""Polls the queues for an open page: other executions move them without an event of this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from celeriac.engine.executions import ExecutionRecord
from celeriac.engine.workflows.progress.views import QueuePosition
from celeriac.engine.workflows.progress.waiting import is_in_queue
from celeriac.web.execution.board import NOW_ROWS, Board

#: Seconds between two polls.
EVERY = 2.0
#: Seconds before the first: workers take most steps within milliseconds, before any poll.
SOON = 0.5
#: Maximum number of steps per execution that are polled.
MOST = 12


class QueueReader(Protocol):
    def queue_positions(
        self, execution_id: str, step_names: Sequence[str], *, read: ExecutionRecord | None = None
    ) -> dict[str, QueuePosition]: ...


def with_positions(executions: QueueReader, board: Board) -> Board:
    """The board with the current queue positions of its steps."""
    names = asked_about(board)
    if not names and not board.places:
        return board
    places = executions.queue_positions(board.view["execution_id"], names, read=board.read) if names else {}
    return board if places == board.places else replace(board, places=places)


def asked_about(board: Board) -> tuple[str, ...]:
    """Names of the steps to poll: those that "Now" may show, and one more of each other queue."""
    waiting = [step for step in board.view["steps"] if is_in_queue(step)]
    of_queues = {step["queue"]: step["name"] for step in reversed(waiting)}
    names = [step["name"] for step in waiting[:NOW_ROWS]]
    return tuple(dict.fromkeys([*names, *of_queues.values()]))[:MOST]


class QueueLooks:
    """Decides when to poll again. Times are those of the event loop, in seconds."""

    def __init__(self) -> None:
        self.due: float | None = None  # None: nothing on display waits in a queue
        self._asked: frozenset[str] = frozenset()

    def follow(self, before: Board | None, board: Board, now: float) -> Board:
        """Called after a read of the execution. Returns the board with the positions that may still be valid."""
        wanted = frozenset(asked_about(board))
        if not wanted:
            self.due = None
        elif self.due is None or wanted - self._asked:
            self.due = now + SOON if self.due is None else min(self.due, now + SOON)
        known = before.places if before else board.places
        places = {
            name: place
            for name, place in known.items()
            if name in wanted and board.steps[name]["attempt"] == place["attempt"]
        }
        return board if places == board.places else replace(board, places=places)

    def is_due(self, now: float) -> bool:
        return self.due is not None and now >= self.due

    def looked(self, board: Board, now: float) -> None:
        self._asked = frozenset(asked_about(board))
        self.due = now + EVERY
