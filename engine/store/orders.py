"""The orders of a transition, carried out outside the store: attempts to publish or end, steps to decide, tasks to stop."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PublishOrder:
    """An attempt that may be claimed: the content of its Celery message. `raw` as the scripts know it.

    `limits` are those of its task, see `read_limits`; `task_name` is empty for plans of earlier releases.
    """

    execution_id: str
    unit: str
    attempt: int
    queue: str
    limits: str
    task_name: str
    raw: str = field(repr=False)


def read_limits(text: str, grace: float) -> tuple[float | None, float | None]:
    """The soft and the hard time limit of a task, seconds, from the text of the scripts: ms, "soft", "soft/hard" or "/hard".

    Without a hard one the task gets `grace` seconds after the soft one, rounded up.
    """
    soft_text, _, hard_text = text.partition("/")
    soft, hard = (int(part) / 1000 if part else None for part in (soft_text, hard_text))
    if hard is None and soft is not None:
        hard = soft + math.ceil(grace)
    return soft, hard


@dataclass(frozen=True, slots=True)
class DecideOrder:
    """A step that needs a decision before it starts, through `decide_step`. `attempt` counts its earlier attempts."""

    execution_id: str
    unit: str
    attempt: int


@dataclass(frozen=True, slots=True)
class ContinueOrder:
    """An execution with more to do than a call may: the rest, through `continue_execution`."""

    execution_id: str


Order = PublishOrder | DecideOrder | ContinueOrder


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """A request for a claim: its id, "message id.nonce", and the worker that it is for.

    `limits` are those of the unit before it, as in `Claim`: the next one has to have the same.
    """

    claim: str
    worker_id: str
    limits: str = ""


@dataclass(frozen=True, slots=True)
class StopOrder:
    """A claim whose body has to stop. `since` is ms since the cancellation was requested."""

    claim: str
    worker_id: str
    since: int = 0


@dataclass(frozen=True, slots=True)
class EndOrder:
    """An attempt that must be ended through `fail_step`: it has timed out or lost its worker."""

    execution_id: str
    unit: str
    attempt: int
    claim: str
    kind: str  # timeout, lost, interrupted, unconfirmed
    worker_id: str


@dataclass(frozen=True, slots=True)
class Tick:
    """The result of one tick."""

    orders: tuple[Order, ...]
    stops: tuple[StopOrder, ...]
    ends: tuple[EndOrder, ...]


def read_orders(raws: Iterable[bytes]) -> tuple[Order, ...]:
    """The orders of a script's reply. One without a queue is to be decided, or continued."""
    return tuple(map(_read_order, raws))


def read_stops(raws: Iterable[bytes]) -> tuple[StopOrder, ...]:
    """The stop orders of a script's reply."""
    found = []
    for raw in raws:
        claim, worker_id, *since = raw.decode().split("|")
        found.append(StopOrder(claim, worker_id, int(since[0]) if since else 0))
    return tuple(found)


def read_ends(raws: Iterable[bytes]) -> tuple[EndOrder, ...]:
    """The attempts that a script's reply leaves to the caller to end."""
    found = []
    for raw in raws:
        execution_id, unit, attempt, claim, kind, worker_id = raw.decode().split("|")
        found.append(EndOrder(execution_id, unit, int(attempt), claim, kind, worker_id))
    return tuple(found)


def _read_order(raw: bytes) -> Order:
    text = raw.decode()
    execution_id, unit, attempt, queue, limits, *task_name = text.split("|", 5)
    if unit == "+":
        return ContinueOrder(execution_id)
    if not queue:
        return DecideOrder(execution_id, unit, int(attempt))
    return PublishOrder(execution_id, unit, int(attempt), queue, limits, "".join(task_name), text)
