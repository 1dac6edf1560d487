"""What happened and what happens, in sentences."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.engine.workflows.progress.states import StepStatus
from celeriac.words.sentences import (
    event_line,
    event_sentence,
    items_sentence,
    now_sentence,
    step_sentence,
)
from tests.support.live import TIME, step_view


def items(**counts: int) -> Any:
    found = dict.fromkeys(StepStatus, 0) | counts
    return {"total": sum(found.values()), **found}


@pytest.mark.parametrize(
    ("event", "state", "sentence"),
    [
        ({"event": "execution_retried", "round": 2}, "running", "Retried, round 2"),
        ({"event": "step_reset", "step": "a"}, "pending", "a will run again"),
        ({"event": "step_success", "step": "a", "item": 3}, "success", "a[3] done"),
        ({"event": "step_success", "step": "a", "reason": "by hand: {x}"}, "success", "a done: by hand: {x}"),
        (
            {"event": "step_failure", "step": "a", "attempt": 2, "allowed": True},
            "allowed",
            "a failed on attempt 2, allowed",
        ),
        (
            {"event": "step_skipped", "step": "a", "blocked": False, "reason": "n > 9 was false: 3"},
            "skipped",
            "a skipped: n > 9 was false: 3",
        ),
        (
            {"event": "step_skipped", "step": "a", "blocked": True, "reason": "b did not succeed"},
            "blocked",
            "a not run: b did not succeed",
        ),
        ({"event": "step_skipped", "step": "a", "item": 1, "blocked": True}, "blocked", "a[1] not run"),
    ],
)
def test_event_is_told_in_a_sentence(event: Any, state: str, sentence: str) -> None:
    line = event_line({"seq": 1, "time": TIME, **event})

    assert (line.state, line.sentence) == (state, sentence)


def test_braces_in_a_reason_are_shown_as_they_are() -> None:
    event: Any = {"event": "step_skipped", "step": "a", "reason": "by hand: {step} {0}"}

    assert event_sentence(event) == "a skipped: by hand: {step} {0}"


def test_items_are_counted_by_what_they_do() -> None:
    counted = items(success=1_096, failure=1, running=2, retrying=3, pending=4, queued=5)

    assert items_sentence(counted) == (
        "1,096 of 1,111 items done, 1 failed, 2 running, 3 waiting for another attempt, 9 to come"
    )
    assert items_sentence(items(success=1)) == "1 of 1 item done"


def test_a_mapped_step_says_now_what_its_items_do() -> None:
    step = step_view("load", "running", items=items(success=1, running=1))

    assert now_sentence(step) == "1 of 2 items done, 1 running"


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (step_view("a", "skipped", reason="n > 9 was false: 3"), "Skipped: n > 9 was false: 3."),
        (step_view("a", "skipped", reason="b did not succeed", blocked=True), "Not run: b did not succeed."),
        (step_view("a", "success", reason="by hand: there already"), "Done by hand: there already."),
        (step_view("a", "success", attempt=5), "Done, attempt 5 of 8."),
        (step_view("a", "failure", attempt=8), "Failed, attempt 8 of 8."),
        (
            step_view("a", "failure", attempt=8, allowed=True),
            "Failed, attempt 8 of 8. This failure is allowed; the execution continued.",
        ),
        (step_view("a", "running", items=items(success=1, running=1)), "1 of 2 items done, 1 running."),
    ],
)
def test_the_page_of_a_step_says_first_where_it_stands(step: Any, sentence: str) -> None:
    assert step_sentence({**step, "attempt_limit": 8}) == sentence
