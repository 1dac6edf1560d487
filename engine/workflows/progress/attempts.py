"""The attempts of steps and the rounds of an execution, folded from the event log. Pure; times are ms since the launch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from celeriac.engine.workflows.progress.events import Event, EventCode
from celeriac.engine.workflows.progress.states import Letter

_STATUS_OF_CODE: dict[str, str] = {
    Letter.SUCCESS: "success",
    Letter.FAILURE: "failure",
    Letter.ALLOWED_FAILURE: "failure",
    Letter.RETRYING: "failure",
    Letter.CANCELLED: "cancelled",
    Letter.SKIPPED: "cancelled",
    Letter.BLOCKED: "cancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt. `started` is None if the step ended before a worker claimed it."""

    number: int
    round: int  # of the execution, from 1
    status: str  # queued, running, success, failure, cancelled
    queued: int | None = None
    started: int | None = None
    ended: int | None = None
    due: int | None = None  # when the next attempt is queued, if there is one
    worker_id: str = ""


@dataclass(slots=True)
class StepHistory:
    """The history of a step or item. `ended` is None until it ends, and again after a reset."""

    attempts: list[Attempt] = field(default_factory=list)  # oldest first
    ended: int | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """A period in which the execution was active: the launch, and each retry."""

    started: int
    ended: int | None = None


def status_of_end(letter: str) -> str:
    """The status of an attempt that ended with this letter of its unit."""
    return _STATUS_OF_CODE[letter]


def fold_histories(events: Iterable[Event]) -> dict[str, StepHistory]:
    """By unit; `events` is a log from its beginning, or the events of some units. Units without events are missing."""
    courses: dict[str, StepHistory] = {}
    number = 1
    for event in events:
        if event.code == EventCode.EXECUTION_RETRIED:
            number = int(event.tail)
        elif event.unit:
            _add(courses.setdefault(event.unit, StepHistory()), event, number)
    return courses


def _add(course: StepHistory, event: Event, number: int) -> None:
    at, attempts = event.offset, course.attempts
    is_open = bool(attempts) and attempts[-1].ended is None
    if event.code == Letter.QUEUED:
        course.ended = None
        attempts.append(Attempt(number=event.attempt, round=number, status="queued", queued=at))
    elif event.code == Letter.RUNNING:
        waiting = attempts.pop() if is_open else Attempt(number=event.attempt, round=number, status="queued")
        attempts.append(replace(waiting, status="running", started=at, worker_id=event.tail))
    elif event.code == EventCode.STEP_RESET:
        course.ended = None
    else:
        again = at + int(float(event.tail.split(" ")[1])) if event.code == Letter.RETRYING else None
        if is_open:
            attempts[-1] = replace(attempts[-1], status=_STATUS_OF_CODE[event.code], ended=at, due=again)
        if again is None:
            course.ended = at


def fold_rounds(events: Iterable[Event]) -> list[Round]:
    """The rounds of an execution, from the events of its whole log; at least one."""
    rounds = [Round(0)]
    for event in events:
        if event.code == EventCode.EXECUTION_RETRIED:
            rounds.append(Round(event.offset))
        elif event.code == EventCode.EXECUTION_ENDED:
            rounds[-1] = Round(rounds[-1].started, event.offset)
    return rounds
