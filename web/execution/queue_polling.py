"""When the queues are looked at again for an open page: they move by the doing of others, so no event tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from celeriac.engine.workflows.progress.views import QueuePosition
from celeriac.engine.workflows.progress.waiting import is_in_queue
from celeriac.web.execution.board import NOW_ROWS, Board

#: Seconds between two looks.
EVERY = 2.0
#: Seconds before the first: most steps are taken by a worker in a few milliseconds, and never looked for.
SOON = 0.5
#: Most steps of an execution that are asked about.
MOST = 12


class QueueReader(Protocol):
    def queue_positions(self, execution_id: str, step_names: Sequence[str]) -> dict[str, QueuePosition]: ...


def with_positions(executions: QueueReader, board: Board) -> Board:
    """The board with the places of its steps in their queues, as they are now."""
    names = asked_about(board)
    if not names and not board.places:
        return board
    places = executions.queue_positions(board.view["execution_id"], names) if names else {}
    return board if places == board.places else replace(board, places=places)


def asked_about(board: Board) -> tuple[str, ...]:
    """Names of the steps whose places are looked up: those that "Now" may show, and one more of each other queue."""
    waiting = [step for step in board.view["steps"] if is_in_queue(step)]
    of_queues = {step["queue"]: step["name"] for step in reversed(waiting)}
    names = [step["name"] for step in waiting[:NOW_ROWS]]
    return tuple(dict.fromkeys([*names, *of_queues.values()]))[:MOST]


class QueueLooks:
    """Says when to look again. Times are those of the event loop, in seconds."""

    def __init__(self) -> None:
        self.due: float | None = None  # None: nothing shown waits in a queue
        self._asked: frozenset[str] = frozenset()

    def follow(self, before: Board | None, board: Board, now: float) -> Board:
        """The execution was read anew. The board with those places that may still be true."""
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
