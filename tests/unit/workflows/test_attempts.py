"""Attempts and rounds, folded from the log."""

from __future__ import annotations

from celeriac.engine.workflows.progress.attempts import Attempt, Round, fold_histories, fold_rounds
from celeriac.engine.workflows.progress.events import Event, parse_event


def log(*texts: str) -> list[Event]:
    return [parse_event(number, text) for number, text in enumerate(texts, 1)]


def test_attempts_are_apart_when_a_step_was_tried_again() -> None:
    events = log(
        "q 0 0 1", "r 5 0 1 w@host#1", "t 9 0 1 error 2000", "q 2009 0 2", "r 2010 0 2 w@host#1", "s 2030 0 2"
    )

    course = fold_histories(events)["0"]

    assert course.ended == 2030
    assert course.attempts == [
        Attempt(
            number=1, round=1, status="failure", queued=0, started=5, ended=9, due=2009, worker_id="w@host#1"
        ),
        Attempt(
            number=2, round=1, status="success", queued=2009, started=2010, ended=2030, worker_id="w@host#1"
        ),
    ]


def test_attempt_is_open_when_nothing_has_ended_it() -> None:
    courses = fold_histories(log("q 0 0 1", "q 1 1 1", "r 2 1 1 w"))

    assert [each.attempts[-1].status for each in courses.values()] == ["queued", "running"]
    assert [each.ended for each in courses.values()] == [None, None]


def test_attempt_has_no_start_when_it_was_ended_in_the_queue() -> None:
    (attempt,) = fold_histories(log("q 0 0 1", "c 8 0 1"))["0"].attempts

    assert (attempt.started, attempt.ended, attempt.status) == (None, 8, "cancelled")


def test_step_has_an_end_and_no_attempt_when_it_was_skipped() -> None:
    course = fold_histories(log("k 7 3 0 C"))["3"]

    assert (course.attempts, course.ended) == ([], 7)


def test_attempts_carry_their_round_when_the_execution_was_taken_up_again() -> None:
    events = log(
        "C 0", "q 0 0 1", "r 1 0 1 w", "f 4 0 1 error", "E 4 failure", "Y 900 2", "z 900 0 1", "q 900 0 2"
    )

    course = fold_histories(events)["0"]

    assert [(each.number, each.round) for each in course.attempts] == [(1, 1), (2, 2)]
    assert course.ended is None
    assert fold_rounds(events) == [Round(0, 4), Round(900)]


def test_items_are_kept_apart_from_their_step_when_it_is_mapped() -> None:
    courses = fold_histories(log("q 0 1[0] 1", "r 1 1 1", "r 1 1[0] 1 w", "s 3 1[0] 1", "s 3 1 1"))

    assert set(courses) == {"1", "1[0]"}
    assert (courses["1"].attempts[0].started, courses["1"].ended) == (1, 3)
