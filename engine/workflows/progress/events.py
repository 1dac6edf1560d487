"""The event log's compact text, and the JSON object it stands for. Pure.

One event is `code offset [unit attempt] [tail]`, separated by spaces; `offset` is ms since the launch. The log's n-th
entry is the event with sequence number n. Codes: C created, R running, X cancelling, Y retried, E ended (tail: status);
of a step q queued, r running (tail: worker), t retrying (tail: kind, delay in ms), s success, f failure (tail: kind),
a failure that was allowed (tail: kind), c cancelled (tail U: unconfirmed), k skipped by a decision and b because of a
failure (tail: reason), z reset. The unit is a step's index, or `index[number]` for an item of a mapped step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from celeriac.engine.workflows.definition.definition import StepDefinition
from celeriac.engine.workflows.progress.units import index_of, item_of
from celeriac.engine.workflows.progress.views import EventView

EVENT_OF_CODE = {
    "C": "execution_created",
    "R": "execution_running",
    "X": "execution_cancelling",
    "Y": "execution_retried",
    "E": "execution_ended",
    "q": "step_queued",
    "r": "step_running",
    "t": "step_retrying",
    "s": "step_success",
    "f": "step_failure",
    "c": "step_cancelled",
    "a": "step_failure",
    "k": "step_skipped",
    "b": "step_skipped",
    "z": "step_reset",
}


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
    """The event behind one entry of a log."""
    code, offset, *rest = text.split(" ", 4)
    if code.isupper():
        return Event(seq, code, int(offset), tail=" ".join(rest))
    return Event(seq, code, int(offset), rest[0], int(rest[1]), rest[2] if len(rest) > 2 else "")


def rfc3339(ms: int) -> str:
    """Milliseconds since the epoch as `2026-11-22T10:00:00.123Z`."""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def epoch_ms(text: str) -> int:
    """The inverse of `rfc3339`; accepts every RFC 3339 time with an offset. Raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} lacks a time zone; write for example 2026-11-22T10:00:00Z")
    return round(moment.timestamp() * 1000)


def worker_name(worker_id: str) -> str:
    """What people call a worker: its id without the part that tells one start of it from the next."""
    return worker_id.partition("#")[0]


def reason_text(why: str, steps: Sequence[StepDefinition]) -> str | None:
    """The sentence for a stored reason: its code, with the words that go with it, if any, after a space.

    S<unit> stopped after that unit failed, F<unit> that dependency failed or was not run, N no dependency succeeded,
    T it only runs after a failure, K<unit> that dependency was skipped though all were to succeed, C its own condition,
    B a branch has not chosen it, V<unit> that branch has decided nothing, H a person, U cancelled and never confirmed.
    None without a reason.
    """
    code, text = why[:1], why.partition(" ")[2]
    if code == "S":
        return f"stopped after {unit_name(why[1:], steps)} failed"
    if code == "F":
        return f"{unit_name(why[1:], steps)} did not succeed"
    if code == "K":
        return f"{unit_name(why[1:], steps)} was skipped"
    if code == "V":
        return f"{unit_name(why[1:], steps)}, which would have to choose it, has decided nothing"
    return {
        "N": "nothing it waits for has succeeded",
        "T": "nothing it waits for has failed",
        "B": text,
        "C": text,
        "H": f"by hand: {text}",
        "U": "its worker never confirmed that it stopped",
    }.get(code)


def unit_name(unit: str, steps: Sequence[StepDefinition]) -> str:
    """What people call a unit: the step's name, with the number of the item where it is one."""
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
    if event.code == "E":
        view["status"] = event.tail
    if event.code == "Y":
        view["round"] = int(event.tail)
    if not event.unit:
        return view
    step, item = steps[index_of(event.unit)], item_of(event.unit)
    view["step"], view["level"], view["attempt"] = step.name, step.level, event.attempt
    if item is not None:
        view["item"] = item
    if event.code == "r" and event.tail:
        view["worker"] = worker_name(event.tail)
    elif event.code == "t":
        kind, delay = event.tail.split(" ")
        view["kind"], view["delay"] = kind, int(delay) / 1000
    elif event.code in "fa":
        view["kind"] = event.tail
        if event.code == "a":
            view["allowed"] = True
    elif event.code in "skb":
        if reason := reason_text(event.tail, steps):
            view["reason"] = reason
        if event.code != "s":
            view["blocked"] = event.code == "b"
    elif event.code == "c":
        view["stopped"] = event.tail != "U"
    return view
