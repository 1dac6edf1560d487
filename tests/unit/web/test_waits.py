"""Why a step waits, in words."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.words.formats import milliseconds
from celeriac.words.waiting import wait_words
from tests.unit.workflows.test_waiting import TIME, place

NOW = milliseconds(TIME) + 12_000
LATER = TIME.replace("10:00:00", "10:00:30")


def open_step(name: str, status: str, start_time: str | None = None) -> dict[str, Any]:
    return {"name": name, "status": status, "start_time": start_time}


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ([open_step("clean_data", "running", TIME)], "Waits for clean_data, running 12.0 s"),
        ([open_step("a", "queued")], "Waits for a, waiting in its queue"),
        ([open_step("a", "retrying")], "Waits for a, waiting for its next attempt"),
        ([open_step("a", "pending")], "Waits for a, not ready itself"),
        (
            [open_step("a", "running", TIME), open_step("b", "pending")],
            "Waits for a (running 12.0 s) and b",
        ),
        ([open_step(name, "pending") for name in "abcde"], "Waits for a (not ready itself), b, c and 2 more"),
    ],
)
def test_the_step_that_is_waited_for_is_named_with_what_it_does(steps: Any, sentence: str) -> None:
    words = wait_words({"reason": "dependencies", "steps": steps})

    assert words
    assert words.plain(NOW) == sentence


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        (
            {"ahead": 14, "busy": 2},
            "14 messages ahead in default, both slots of its worker are busy; ready for 12.0 s",
        ),
        (
            {"ahead": 1_400, "slots": 8, "workers": 2, "busy": 8},
            "1,400 messages ahead in default, all 8 slots of its workers are busy; ready for 12.0 s",
        ),
        (
            {"ahead": 1, "slots": 1, "busy": 1},
            "1 message ahead in default, the only slot of its worker is busy; ready for 12.0 s",
        ),
        ({}, "Next in default, 2 slots are free; ready for 12.0 s"),
        ({"next_of": 9, "busy": 1}, "One of the next 9 in default, 1 slot is free; ready for 12.0 s"),
        ({"next_of": None, "since": None}, "In queue default, 2 slots are free"),
        (
            {"queue": "gpu", "workers": 0, "slots": 0, "ahead": 3},
            "Queue gpu: no worker consumes it; ready for 12.0 s; start celeriac worker -Q gpu",
        ),
    ],
)
def test_place_and_slots_are_told_when_it_is_in_a_queue(known: Any, sentence: str) -> None:
    found = place(**known)

    words = wait_words(
        {
            "reason": "queue" if found["workers"] else "no_worker",
            "queue": found["queue"],
            "place": found,
        }
    )

    assert words
    assert words.plain(NOW) == sentence


@pytest.mark.parametrize(
    ("waiting", "sentence"),
    [
        (
            {"reason": "retry", "attempt": 3, "attempt_limit": 4, "until": LATER},
            "Attempt 3 of 4 in 18.0 s",
        ),
        ({"reason": "retry", "attempt": 3, "attempt_limit": 4, "until": None}, "Attempt 3 of 4 follows"),
        ({"reason": "parallel", "most": 1}, "Waits for another item: only 1 is under way at a time"),
        ({"reason": "parallel", "most": 20}, "Waits for other items: at most 20 are under way at a time"),
        ({"reason": "decision"}, "Its dependencies have ended; whether it runs is being decided"),
        ({"reason": "queue", "queue": "gpu"}, "In queue gpu"),
    ],
)
def test_other_reasons_are_told_in_a_sentence(waiting: Any, sentence: str) -> None:
    words = wait_words(waiting)

    assert words
    assert words.plain(NOW) == sentence


def test_nothing_is_said_when_it_does_not_wait() -> None:
    assert wait_words(None) is None
