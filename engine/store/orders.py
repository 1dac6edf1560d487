"""The orders of a transition, carried out outside the store: attempts to publish or end, steps to decide, tasks to stop."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PublishOrder:
    """An attempt that may be claimed: the content of its Celery message. `timeout` in seconds; `raw` as the scripts know it."""

    execution_id: str
    unit: str
    attempt: int
    queue: str
    timeout: int
    raw: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DecideOrder:
    """A step that needs a decision before it starts, through `decide_step`. `attempt` counts its earlier attempts."""

    execution_id: str
    unit: str
    attempt: int


Order = PublishOrder | DecideOrder


@dataclass(frozen=True, slots=True)
class StopOrder:
    """A Celery task that has to stop. `since` is ms since the cancellation was requested."""

    task_id: str
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
