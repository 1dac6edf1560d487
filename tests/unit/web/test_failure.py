"""The answer that a failed execution starts with, and the attempts of a step apart from each other."""

from __future__ import annotations

from typing import Any, cast

import pytest

from celeriac.engine.workflows.progress.views import FailureView, StepDetail
from celeriac.web.execution.board import Board
from celeriac.web.execution.failure import failure_summary
from celeriac.web.step.attempts import MOST_TRACEBACKS, attempts_of
from celeriac.words.sentences import cancelled_sentence
from tests.support.live import EXECUTION, TIME, execution_view, step_view

TRACEBACK = (
    'Traceback (most recent call last):\n  File "/srv/shop/tasks.py", line 118, in normalise\n'
    '    row["amount"] = float(row["amount"])\nValueError: not a number\n'
)


def error(kind: str = "error", traceback: str | None = TRACEBACK, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "type": "ValueError", "message": "not a number", "traceback": traceback, **fields}


def failure(**fields: Any) -> FailureView:
    plain = {"step": "load", "item": None, "level": 1, "attempt": 4, "attempt_limit": 4, "attempts": 4}
    return cast(FailureView, {**plain, "alike": True, "error": error(), **fields})


def board(found: FailureView | None, *steps: Any) -> Board:
    shown = steps or (
        step_view("load", "failure", attempt=4),
        *(step_view(name, "skipped", level=2, blocked=True) for name in "ab"),
    )
    return Board(execution_view(7, list(shown), "failure"), (), failure=found)


def test_band_says_all_of_it_when_every_attempt_ended_alike() -> None:
    answer = failure_summary(board(failure()))

    assert answer is not None
    assert answer.happened == "failed on attempt 4 of 4, level 1"
    assert answer.message == "ValueError: not a number"
    assert answer.own is not None
    assert (answer.own.place, answer.own.code) == (
        "shop/tasks.py:118",
        'row["amount"] = float(row["amount"])',
    )
    assert answer.sentences == [
        "All 4 attempts ended with the same error.",
        "Without a change, another attempt will most likely fail, too.",
        "2 later steps never started.",
    ]
    assert answer.retry == "Retry from load…"
    assert answer.url == f"/executions/{EXECUTION}/steps/load"
    assert answer.copied.splitlines() == [
        "ValueError: not a number",
        '/srv/shop/tasks.py:118  row["amount"] = float(row["amount"])',
        "Step load, attempt 4 of 4",
        f"Execution {EXECUTION}",
    ]


@pytest.mark.parametrize(
    ("fields", "happened"),
    [
        ({"attempt": 1, "attempt_limit": 1, "attempts": 1}, "failed on its only attempt, level 1"),
        ({"error": error("timeout")}, "ran over its time limit on attempt 4 of 4, level 1"),
        ({"error": error("lost", None)}, "lost its worker on attempt 4 of 4, level 1"),
        ({"error": error("bad_condition", None), "attempt": 0}, "failed before its first attempt, level 1"),
    ],
)
def test_band_names_how_it_ended_when_it_was_no_plain_exception(
    fields: dict[str, Any], happened: str
) -> None:
    answer = failure_summary(board(failure(**fields)))

    assert answer is not None
    assert answer.happened == happened


def test_band_tells_no_class_and_promises_nothing_when_a_worker_was_lost() -> None:
    answer = failure_summary(board(failure(error=error("lost", None)), step_view("load", "failure")))

    assert answer is not None
    assert answer.message == "not a number"
    assert answer.own is None
    assert answer.sentences == ["All 4 attempts ended with the same error."]


def test_band_tells_what_else_went_wrong_when_it_was_an_item_and_not_alone() -> None:
    items = {**dict.fromkeys(("pending", "queued", "running", "retrying", "cancelled", "skipped"), 0)}
    counts = {"total": 3, "success": 1, "failure": 2, **items}
    mapped = step_view("load", "failure", items=counts)
    answer = failure_summary(
        board(failure(item=2, alike=False), mapped, step_view("other", "failure"), step_view("ok", "success"))
    )

    assert answer is not None
    assert answer.url.endswith("/steps/load/items/2")
    assert answer.sentences == [
        "Earlier attempts ended differently.",
        "1 of 3 items done, 2 failed.",
        "1 other step failed.",
    ]
    assert answer.retry == "Retry what failed…"
    assert "Step load[2]," in answer.copied


def test_there_is_no_band_when_nothing_failed() -> None:
    assert failure_summary(board(None)) is None


def test_cancellation_says_what_was_done_and_what_it_stopped() -> None:
    steps = [
        step_view("load", "success"),
        step_view("work", "cancelled", start_time=TIME, stopped=True),
        step_view("left", "cancelled", stopped=True),
        step_view("right", "cancelled", stopped=True),
    ]

    said = cancelled_sentence(execution_view(7, steps, "cancelled"))
    steps[1]["stopped"] = False
    doubtful = cancelled_sentence(execution_view(7, steps, "cancelled"))

    assert said == "Cancelled: 1 of 4 steps were done, work was stopped, 2 steps never started."
    assert doubtful.endswith("The worker of work never confirmed that it stopped: it may still run.")


def attempt(number: int, traceback: str | None, status: str = "failure") -> dict[str, Any]:
    return {"attempt": number, "status": status, "error": error(traceback=traceback) if traceback else None}


def step(status: str, *attempts: dict[str, Any], logs: tuple[dict[str, Any], ...] = ()) -> StepDetail:
    return cast(StepDetail, {"status": status, "attempts": list(attempts), "logs": list(logs)})


def test_attempts_are_told_apart_when_they_failed_differently() -> None:
    logs = ({"attempt": 1, "message": "one"}, {"attempt": 2, "message": "two"})

    shown = attempts_of(
        step("failure", attempt(1, "A: a"), attempt(2, "B: b"), attempt(3, "B: b"), logs=logs)
    )

    assert [each.number for each in shown] == [3, 2, 1]
    assert [each.is_shown_above for each in shown] == [True, False, False]
    assert [each.same_as for each in shown] == [0, 3, 0]
    assert [[line["message"] for line in each.lines] for each in shown] == [[], ["two"], ["one"]]


def test_no_error_stands_above_the_attempts_when_the_step_has_recovered() -> None:
    shown = attempts_of(step("success", attempt(1, TRACEBACK), attempt(2, None, "success")))

    assert [each.is_shown_above for each in shown] == [False, False]
    assert shown[1].summary == "ValueError: not a number"


def test_error_is_told_in_words_when_its_traceback_leads_nowhere() -> None:
    bare = "billiard.exceptions.SoftTimeLimitExceeded: SoftTimeLimitExceeded()\n"
    late, raised = attempt(1, bare), attempt(1, bare)
    late["error"]["kind"] = "timeout"

    told = [attempts_of(step("failure", each))[0].traceback.parts[0].text for each in (late, raised)]

    assert told == ["ValueError: not a number", bare]


def test_tracebacks_are_left_out_when_there_are_too_many() -> None:
    shown = attempts_of(step("failure", *(attempt(n, f"E: {n}") for n in range(1, 13))))

    assert [each.is_left_out for each in shown] == [n >= MOST_TRACEBACKS for n in range(12)]
