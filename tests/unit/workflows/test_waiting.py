"""Why a step waits, from what is known of it and of what it waits for."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.engine.workflows.progress.states import StepStatus
from celeriac.engine.workflows.progress.views import QueuePosition
from celeriac.engine.workflows.progress.waiting import waiting_view
from tests.support.live import TIME, step_view


def place(**fields: Any) -> QueuePosition:
    known = {"queue": "default", "attempt": 1, "since": TIME, "ahead": 0, "next_of": 1}
    return known | {"workers": 1, "slots": 2, "busy": 0} | fields  # type: ignore[return-value]


def items(**counts: int) -> dict[str, int]:
    found = dict.fromkeys(StepStatus, 0) | counts
    return {"total": sum(found.values()), **found}


def test_what_is_furthest_comes_first_when_several_steps_are_waited_for() -> None:
    later = TIME.replace("10:00", "10:01")
    others = {
        "done": step_view("done", "success"),
        "queued": step_view("queued", "queued", start_time=TIME),  # of an earlier attempt
        "second": step_view("second", "running", start_time=later),
        "first": step_view("first", "running", start_time=TIME),
    }

    waiting = waiting_view(step_view("x", depends_on=list(others)), others)

    assert waiting == {
        "reason": "dependencies",
        "steps": [
            {"name": "first", "status": "running", "start_time": TIME},
            {"name": "second", "status": "running", "start_time": later},
            {"name": "queued", "status": "queued", "start_time": None},
        ],
    }


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (step_view("x", "pending"), "decision"),
        (step_view("x", "queued"), "queue"),
        (step_view("x", "retrying"), "retry"),
        (step_view("x", "running"), None),
        (step_view("x", "success"), None),
        (step_view("x", "running", items=items(queued=1, success=1)), "queue"),
        (step_view("x", "running", items=items(queued=1, running=1)), None),
        (step_view("x", "running", items=items(queued=1, retrying=1)), None),
    ],
)
def test_reason_follows_from_the_status_when_no_step_is_waited_for(step: Any, reason: str | None) -> None:
    waiting = waiting_view(step, {})

    assert (waiting and waiting["reason"]) == reason


def test_nobody_consumes_the_queue_when_it_has_no_live_worker() -> None:
    waiting = waiting_view(step_view("x", "queued"), {}, place=place(workers=0, slots=0))

    assert waiting == {"reason": "no_worker", "queue": "default", "place": place(workers=0, slots=0)}


def test_the_next_attempt_is_told_when_one_has_failed() -> None:
    waiting = waiting_view(step_view("x", "retrying", attempt=2), {}, until=TIME)

    assert waiting == {"reason": "retry", "attempt": 3, "attempt_limit": 4, "until": TIME}
