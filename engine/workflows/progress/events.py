"""The event log's compact text, and the JSON objects of its events. Pure.

An entry is `code offset [unit attempt] [tail]`, separated by spaces; `offset` is ms since the launch. The log's n-th
entry is the event with sequence number n. The code of a change of a unit is the letter of its new state; other events
have an `EventCode`. Tails: the status of an ended execution; for a step running: worker, retrying: kind and delay in ms,
failure: kind, cancelled: `Reason.UNCONFIRMED` or nothing, skipped: reason. The unit is a step's index, or
`index[number]` for an item of a mapped step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from celeriac.engine.workflows.definition.definition import StepDefinition
from celeriac.engine.workflows.progress.states import Letter
from celeriac.engine.workflows.progress.units import index_of, item_of
from celeriac.engine.workflows.progress.views import EventView


class EventCode(StrEnum):
    """The codes of events other than changes of a unit's state; lua/lib/states.lua has the same."""

    EXECUTION_CREATED = "C"
    EXECUTION_RUNNING = "R"
    EXECUTION_CANCELLING = "X"
    EXECUTION_RETRIED = "Y"
    EXECUTION_ENDED = "E"
    STEP_RESET = "z"


EVENT_OF_CODE: dict[str, str] = {
    EventCode.EXECUTION_CREATED: "execution_created",
    EventCode.EXECUTION_RUNNING: "execution_running",
    EventCode.EXECUTION_CANCELLING: "execution_cancelling",
    EventCode.EXECUTION_RETRIED: "execution_retried",
    EventCode.EXECUTION_ENDED: "execution_ended",
    Letter.QUEUED: "step_queued",
    Letter.RUNNING: "step_running",
    Letter.RETRYING: "step_retrying",
    Letter.SUCCESS: "step_success",
    Letter.FAILURE: "step_failure",
    Letter.CANCELLED: "step_cancelled",
    Letter.ALLOWED_FAILURE: "step_failure",
    Letter.SKIPPED: "step_skipped",
    Letter.BLOCKED: "step_skipped",
    EventCode.STEP_RESET: "step_reset",
}


class Reason(StrEnum):
    """Why a unit did not end by itself: the codes of stored reasons; lua/lib/reasons.lua has the same."""

    STOPPED = "S"  # S<unit>: stopped after that unit failed
    FAILED = "F"  # F<unit>: that dependency failed, or could not run
    DEPENDENCY_SKIPPED = "K"  # K<unit>: that dependency was skipped, under the trigger all_success
    NOTHING_SUCCEEDED = "N"
    NOTHING_FAILED = "T"
    CONDITION = "C"  # its own condition; followed by a text
    NOT_CHOSEN = "B"  # not chosen by a branch; followed by a text
    UNDECIDED = "V"  # V<unit>: that branch decided nothing
    BY_HAND = "H"  # by a person; followed by a text
    TASK_MISSING = "M"  # M<returns>,<since>: still queued, the worker that follows does not have its task
    UNCONFIRMED = "U"  # cancelled, but its worker never confirmed the stop


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a log. `offset` is ms since the launch; `unit` is '' for an event of the execution itself."""

    seq: int
    code: str
    offset: int
    unit: str = ""
    attempt: int = 0
    tail: str = ""


def parse_event(seq: int, text: str) -> Event:
    """The event of one entry of a log."""
    code, offset, *rest = text.split(" ", 4)
    if code.isupper():
        return Event(seq, code, int(offset), tail=" ".join(rest))
    return Event(seq, code, int(offset), rest[0], int(rest[1]), rest[2] if len(rest) > 2 else "")


#: The last millisecond of the year 9999.
_LATEST = 253_402_300_799_999


def rfc3339(ms: int) -> str:
    """Milliseconds since the epoch as `2026-11-22T10:00:00.123Z`; times after the year 9999 are its last one."""
    ms = min(ms, _LATEST)
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def epoch_ms(text: str) -> int:
    """The inverse of `rfc3339`; accepts every RFC 3339 time with an offset. Raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} lacks a time zone; write for example 2026-11-22T10:00:00Z")
    return round(moment.timestamp() * 1000)


def worker_name(worker_id: str) -> str:
    """The display name of a worker: its id without the suffix that identifies one start."""
    return worker_id.partition("#")[0]


def reason_text(why: str, steps: Sequence[StepDefinition]) -> str | None:
    """The sentence for a stored reason: its code, followed by a space and a text for some codes.

    None without a reason.
    """
    code, text = why[:1], why.partition(" ")[2]
    if code == Reason.STOPPED:
        return f"stopped after {unit_name(why[1:], steps)} failed"
    if code == Reason.FAILED:
        return f"{unit_name(why[1:], steps)} did not succeed"
    if code == Reason.DEPENDENCY_SKIPPED:
        return f"{unit_name(why[1:], steps)} was skipped"
    if code == Reason.UNDECIDED:
        return f"{unit_name(why[1:], steps)}, the branch that chooses it, decided nothing"
    sentences: dict[str, str] = {
        Reason.NOTHING_SUCCEEDED: "none of its dependencies succeeded",
        Reason.NOTHING_FAILED: "none of its dependencies failed",
        Reason.NOT_CHOSEN: text,
        Reason.CONDITION: text,
        Reason.BY_HAND: f"by hand: {text}",
        Reason.TASK_MISSING: f"{worker_name(text)} does not have its task",
        Reason.UNCONFIRMED: "its worker did not confirm the stop",
    }
    return sentences.get(code)


def unit_name(unit: str, steps: Sequence[StepDefinition]) -> str:
    """The display name of a unit: the step's name, with the number of the item."""
    item = item_of(unit)
    name = steps[index_of(unit)].name
    return name if item is None else f"{name}[{item}]"


def event_view(event: Event, launched_ms: int, steps: Sequence[StepDefinition]) -> EventView:
    """The JSON object of an event; `steps` are those of the execution's definition."""
    view: EventView = {
        "seq": event.seq,
        "time": rfc3339(launched_ms + event.offset),
        "event": EVENT_OF_CODE[event.code],
    }
    if event.code == EventCode.EXECUTION_ENDED:
        view["status"] = event.tail
    if event.code == EventCode.EXECUTION_RETRIED:
        view["round"] = int(event.tail)
    if not event.unit:
        return view
    step, item = steps[index_of(event.unit)], item_of(event.unit)
    view["step"], view["level"], view["attempt"] = step.name, step.level, event.attempt
    if item is not None:
        view["item"] = item
    if event.code == Letter.RUNNING and event.tail:
        view["worker"] = worker_name(event.tail)
    elif event.code == Letter.RETRYING:
        kind, delay = event.tail.split(" ")
        view["kind"], view["delay"] = kind, float(delay) / 1000
    elif event.code in (Letter.FAILURE, Letter.ALLOWED_FAILURE):
        view["kind"] = event.tail
        if event.code == Letter.ALLOWED_FAILURE:
            view["allowed"] = True
    elif event.code in (Letter.SUCCESS, Letter.SKIPPED, Letter.BLOCKED):
        if reason := reason_text(event.tail, steps):
            view["reason"] = reason
        if event.code != Letter.SUCCESS:
            view["blocked"] = event.code == Letter.BLOCKED
    elif event.code == Letter.CANCELLED:
        view["stopped"] = event.tail != Reason.UNCONFIRMED
    return view
