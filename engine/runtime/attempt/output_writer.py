"""Writes the output of steps in batches, from its own thread: a task never waits for the store to take a line.

While the store is unavailable, lines wait in memory, up to a limit; then the oldest are dropped, and the log has their number.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from celeriac.engine.errors import CeleriacError
from celeriac.engine.workflows.progress.output import Line, Progress

logger = logging.getLogger(__name__)

INTERVAL = 0.4  # seconds between two writes of a step: progress changes a few times a second
BATCH = 200  # lines that are written without waiting for the interval, and the most in one write
PENDING = 2_000  # lines of one step held in memory
PAUSE = 1.0  # seconds after a failed write
LAST_WORDS = 1.0  # seconds that the end of a step waits for its last lines
ANSWER = 0.25  # seconds that a task waits for the reply to a query


class OutputStore(Protocol):
    """The part of the store that the writer uses."""

    def write_output(
        self, execution_id: str, unit: str, lines: list[Line], progress: Progress | None, *, lost: int
    ) -> bool: ...
    def cancel_requested(self, execution_id: str) -> bool: ...


@dataclass(slots=True)
class Pending:
    """The output of one step that is not in the store yet."""

    lines: deque[Line] = field(default_factory=deque)
    progress: Progress | None = None
    lost: int = 0

    @property
    def empty(self) -> bool:
        return not self.lines and self.progress is None and not self.lost

    def add(self, line: Line) -> None:
        self.lines.append(line)
        self.make_room()

    def make_room(self) -> None:
        while len(self.lines) > PENDING:
            self.lines.popleft()
            self.lost += 1


class OutputWriter:
    """The writer of one process. Starts its thread on first use, so it can be created before a fork."""

    def __init__(self, store: OutputStore) -> None:
        self._store = store
        self._condition = threading.Condition()
        self._pending: dict[tuple[str, str], Pending] = {}
        self._questions: dict[str, _Question] = {}
        self._urgent = False
        self._writing: tuple[str, str] | None = None
        self._thread: threading.Thread | None = None
        self._healthy = True

    def add_line(self, execution_id: str, unit: str, line: Line) -> None:
        with self._condition:
            pending = self._pending_of(execution_id, unit)
            pending.add(line)
            self._wake(urgent=len(pending.lines) >= BATCH)

    def set_progress(self, execution_id: str, unit: str, progress: Progress) -> None:
        """Replaces progress that was not written yet."""
        with self._condition:
            self._pending_of(execution_id, unit).progress = progress
            self._wake()

    def flush(self, execution_id: str, unit: str) -> None:
        """Returns when all output of this step is written, at the latest after `LAST_WORDS` seconds."""
        key = execution_id, unit
        with self._condition:
            if key not in self._pending and self._writing != key:
                return
            self._wake(urgent=True)
            self._condition.wait_for(
                lambda: key not in self._pending and self._writing != key, timeout=LAST_WORDS
            )

    def is_cancelled(self, execution_id: str) -> bool:
        """Whether the execution is being cancelled; False if the store does not respond at once."""
        with self._condition:
            question = self._questions.setdefault(execution_id, _Question())
            self._wake(urgent=True)
        question.answered.wait(ANSWER)
        return question.answer

    def _pending_of(self, execution_id: str, unit: str) -> Pending:
        return self._pending.setdefault((execution_id, unit), Pending())

    def _wake(self, *, urgent: bool = False) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name="celeriac-step-output", daemon=True)
            self._thread.start()
        self._urgent = self._urgent or urgent
        self._condition.notify_all()

    # -- in the thread

    def _loop(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._pending or self._questions)
                # Further output of the same burst is included.
                self._condition.wait_for(lambda: self._urgent, timeout=INTERVAL)
                self._urgent = False
                questions, self._questions = self._questions, {}
                keys = list(self._pending)
            for execution_id, question in questions.items():
                self._attempt(lambda: question.look_up(self._store, execution_id))  # noqa: B023 -- called at once
            if not all(self._write(*key) for key in keys):
                time.sleep(PAUSE)

    def _write(self, execution_id: str, unit: str) -> bool:
        """Writes the pending output of one step. False: the store did not take it, and it is kept."""
        key = execution_id, unit
        with self._condition:
            taken = self._pending.pop(key)
            self._writing = key
        done = False
        try:
            while not (done := taken.empty):
                if not self._attempt(lambda: self._write_batch(key, taken)):
                    break
        finally:
            with self._condition:
                self._writing = None
                if not done:
                    self._put_back(key, taken)
                self._condition.notify_all()
        return done

    def _write_batch(self, key: tuple[str, str], taken: Pending) -> None:
        lines = [taken.lines[index] for index in range(min(BATCH, len(taken.lines)))]
        notice = [_notice(taken.lost, lines[0])] if taken.lost and lines else []
        known = self._store.write_output(*key, notice + lines, taken.progress, lost=taken.lost)
        for _ in lines:
            taken.lines.popleft()
        taken.progress, taken.lost = None, 0
        if not known:  # the execution was deleted
            taken.lines.clear()

    def _put_back(self, key: tuple[str, str], taken: Pending) -> None:
        newer = self._pending.get(key)
        if newer is not None:
            taken.lines.extend(newer.lines)
            taken.progress = newer.progress or taken.progress
            taken.lost += newer.lost
            taken.make_room()
        self._pending[key] = taken

    def _attempt(self, what: Callable[[], None]) -> bool:
        """False if the store is unavailable. Logged once per outage; no exception may end the thread."""
        try:
            what()
            self._healthy = True
        except CeleriacError as error:
            if self._healthy:
                logger.warning("output of steps waits for the store: %s", error)
            self._healthy = False
        except Exception:
            logger.exception("the output of a step cannot be written")
            self._healthy = False
        return self._healthy


class _Question:
    """Whether an execution is being cancelled."""

    __slots__ = ("answer", "answered")

    def __init__(self) -> None:
        self.answered = threading.Event()
        self.answer = False

    def look_up(self, store: OutputStore, execution_id: str) -> None:
        self.answer = store.cancel_requested(execution_id)
        self.answered.set()


def _notice(lost: int, before: Line) -> Line:
    text = f"{lost:,} lines were dropped here: the store could not take them in time."
    return Line(before.ms, before.attempt, "W", text)
