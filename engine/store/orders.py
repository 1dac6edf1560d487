"""The orders of a transition, carried out outside the store: attempts to publish or end, steps to decide, tasks to stop."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PublishOrder:
    """An attempt that may be claimed: the content of its Celery message. `raw` as the scripts know it.

    The limits are in seconds. Without a hard one a task gets some grace after the soft one; without a soft one, none comes
    before the hard one. `task_name` is empty for plans of earlier releases.
    """

    execution_id: str
    unit: str
    attempt: int
    queue: str
    soft_limit: float | None
    hard_limit: float | None
    task_name: str
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
