"""Why a step waits. Pure: facts about steps and queues in, the reason out."""

from __future__ import annotations

from collections.abc import Mapping

from celeriac.engine.workflows.progress.states import FURTHEST_FIRST, StepStatus
from celeriac.engine.workflows.progress.views import (
    OpenStepView,
    QueuePosition,
    StepView,
    WaitingView,
    WaitReason,
)


def is_in_queue(step: StepView) -> bool:
    """Whether it waits for a slot: itself, or all its items that are under way."""
    if step["status"] == StepStatus.RUNNING and "items" in step:
        items = step["items"]
        return bool(items["queued"]) and not items["running"] and not items["retrying"]
    return step["status"] == StepStatus.QUEUED


def waiting_view(
    step: StepView,
    others: Mapping[str, StepView],
    *,
    place: QueuePosition | None = None,
    until: str | None = None,
) -> WaitingView | None:
    """Why the step waits; None if it does not. `others` are the steps it depends on, by name.

    `place` is its position in its queue and `until` the time of its next attempt, if known.
    """
    if is_in_queue(step):
        if "without_task" in step:
            task, worker = step["task_name"], step["without_task"]
            return {"reason": "no_task", "queue": step["queue"], "task": task, "worker": worker}
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
    """The dependencies that have not ended: the most advanced first; of running ones the one that started first."""
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
        found, key=lambda each: (FURTHEST_FIRST.index(StepStatus(each["status"])), each["start_time"] or "")
    )
