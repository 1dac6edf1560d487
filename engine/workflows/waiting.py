"""Why a step waits, as facts. Pure: what is known of steps and queues in, the reason out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict

from celeriac.engine.workflows.states import StepStatus

if TYPE_CHECKING:
    from celeriac.engine.workflows.views import StepView


#: It waits for other steps; for somebody to decide whether it runs; for other items of its step; for a slot, in a queue with
#: workers or without; for the time of its next attempt.
WaitReason = Literal["dependencies", "decision", "parallel", "queue", "no_worker", "retry"]


class OpenStepView(TypedDict):
    """A step that has not ended, and so keeps another one waiting."""

    name: str
    status: str
    start_time: str | None  # of its attempt, while that runs


class PlaceView(TypedDict):
    """Where an attempt that is ready stands in its queue, as of now: others overtake it and end without its doing."""

    queue: str
    attempt: int
    since: str | None  # when it became ready
    ahead: int  # attempts of any execution before it; 0 when it is one of the next, and for a mapped step
    next_of: int | None  # it is one of so many that are with the broker, in an order that nobody knows
    workers: int  # that are alive and take from this queue
    slots: int  # of these workers together
    busy: int  # of these slots, with whatever


class WaitingView(TypedDict):
    """Why a step, or an item of one, does not run although it has not ended."""

    reason: WaitReason
    steps: NotRequired[list[OpenStepView]]  # of dependencies: the one that is furthest first
    most: NotRequired[int]  # of parallel: so many items may be under way together
    queue: NotRequired[str]  # of queue and no_worker
    place: NotRequired[PlaceView]  # of the same; not in the first moment
    attempt: NotRequired[int]  # of retry: the one that follows
    attempt_limit: NotRequired[int]  # of retry: the last one there may be
    until: NotRequired[str | None]  # of retry: when it becomes ready


_FURTHEST = (StepStatus.RUNNING, StepStatus.RETRYING, StepStatus.QUEUED, StepStatus.PENDING)


def is_in_queue(step: StepView) -> bool:
    """Whether it waits for a slot: itself, or all those items of it that are under way."""
    if step["status"] == StepStatus.RUNNING and "items" in step:
        items = step["items"]
        return bool(items["queued"]) and not items["running"] and not items["retrying"]
    return step["status"] == StepStatus.QUEUED


def waiting_view(
    step: StepView,
    others: Mapping[str, StepView],
    *,
    place: PlaceView | None = None,
    until: str | None = None,
) -> WaitingView | None:
    """Why the step waits; None when it does not. `others` are the steps it depends on, by name.

    `place` is where it stands in its queue and `until` when its next attempt is due, where that is known.
    """
    if is_in_queue(step):
        if place is None:
            return {"reason": "queue", "queue": step["queue"]}
        reason: WaitReason = "queue" if place["workers"] else "no_worker"
        return {"reason": reason, "queue": step["queue"], "place": place}
    if step["status"] == StepStatus.PENDING:
        steps = open_steps(step, others)
        return {"reason": "dependencies", "steps": steps} if steps else {"reason": "decision"}
    if step["status"] == StepStatus.RETRYING:
        follows, last = step["attempt"] + 1, step["attempt_limit"]
        return {"reason": "retry", "attempt": follows, "attempt_limit": last, "until": until}
    return None


def open_steps(step: StepView, others: Mapping[str, StepView]) -> list[OpenStepView]:
    """The dependencies that have not ended: the one that is furthest first, of those that run the one that began first."""
    waited_for = [others[name] for name in step["depends_on"]]
    found: list[OpenStepView] = [
        {
            "name": each["name"],
            "status": each["status"],
            "start_time": each["start_time"] if each["status"] == StepStatus.RUNNING else None,
        }
        for each in waited_for
        if not StepStatus(each["status"]).ended
    ]
    return sorted(
        found, key=lambda each: (_FURTHEST.index(StepStatus(each["status"])), each["start_time"] or "")
    )
