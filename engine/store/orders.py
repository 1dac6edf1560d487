"""What a transition leaves to be done outside the store: attempts to publish, steps to decide, tasks to stop, attempts to end."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PublishOrder:
    """An attempt that may be claimed: what its Celery message says. `timeout` in seconds; `raw` as the scripts know it."""

    execution_id: str
    unit: str
    attempt: int
    queue: str
    timeout: int
    raw: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DecideOrder:
    """A step that has to be decided before it starts, through `decide_step`. `attempt` counts those it has had."""

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
    """An attempt that has to be ended through `fail_step`: its time is up or its worker is gone."""

    execution_id: str
    unit: str
    attempt: int
    claim: str
    kind: str  # timeout, lost, interrupted, unconfirmed
    worker_id: str


@dataclass(frozen=True, slots=True)
class Tick:
    """What one look at the clock has found."""

    orders: tuple[Order, ...]
    stops: tuple[StopOrder, ...]
    ends: tuple[EndOrder, ...]
