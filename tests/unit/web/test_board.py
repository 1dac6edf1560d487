"""What the board says of a step, a level and an execution."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.engine.workflows.progress.states import StepStatus
from celeriac.engine.workflows.progress.views import EventView
from celeriac.web.execution.board import Board, difference, is_news, milliseconds
from celeriac.web.execution.counts import LISTED
from tests.support.live import TIME, execution_view, step_view
from tests.unit.workflows.test_waiting import place


def board(*steps: Any, status: str = "running", events: tuple[EventView, ...] = (), **fields: Any) -> Board:
    return Board(execution_view(7, list(steps), status, **fields), events)


def items(**counts: int) -> dict[str, int]:
    found = dict.fromkeys(StepStatus, 0) | counts
    return {"total": sum(found.values()), **found}


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (step_view("x", "pending", depends_on=["a", "b"], level=2), "waiting for a and 1 more"),
        (step_view("x", "pending", depends_on=["b"], level=2), "waiting for b"),
        (step_view("x", "queued", queue="cpu_intensive"), "in queue cpu_intensive"),
        (step_view("x", "running", start_time=TIME), "running"),
        (step_view("x", "running", attempt=2, start_time=TIME), "running, attempt 2"),
        (step_view("x", "running", start_time=TIME, progress={"fraction": 0.649, "message": None}), "64 %"),
        (
            step_view(
                "x", "running", attempt=3, start_time=TIME, progress={"fraction": 0.29, "message": "m"}
            ),
            "29 %, attempt 3",
        ),
        (step_view("x", "retrying", attempt=1), "attempt 1 failed, will retry"),
        (step_view("x", "success"), "done"),
        (step_view("x", "failure", attempt=4), "failed, 4 attempts"),
        (step_view("x", "cancelled", stopped=True), "cancelled"),
        (step_view("x", "cancelled", stopped=False), "cancelled, its worker did not confirm"),
        (
            step_view("x", "skipped", reason="n > 9 was false: 3", blocked=False),
            "skipped: n > 9 was false: 3",
        ),
        (
            step_view("x", "skipped", reason="stopped after a failed", blocked=True),
            "not run: stopped after a failed",
        ),
        (step_view("x", "success", reason="by hand: it was there"), "done by hand: it was there"),
        (step_view("x", "failure", allowed=True), "failed, allowed"),
        (step_view("x", "running", start_time=TIME, items=items(success=17, pending=83)), "17 of 100 done"),
        (
            step_view("x", "running", items=items(success=1_017, failure=2, pending=3_981)),
            "1,017 of 5,000 done, 2 failed",
        ),
        (step_view("x", "pending", items=items(pending=3)), "waiting"),
    ],
)
def test_step_says_its_state_in_words_when_shown(step: Any, text: str) -> None:
    shown = board(step_view("a", "running"), step_view("b", "queued"), step)

    assert shown.step_cells["x"].text == text


@pytest.mark.parametrize(
    ("step", "look", "brief"),
    [
        (step_view("x", "skipped", reason="r", blocked=False), "skipped", "skipped"),
        (step_view("x", "skipped", reason="r", blocked=True), "blocked", "not run"),
        (step_view("x", "failure", allowed=True), "allowed", "failed, allowed"),
        (step_view("x", "failure"), "failure", "failed"),
        (step_view("x", "success", reason="by hand: r"), "success", "done by hand"),
    ],
)
def test_step_looks_like_what_its_end_means_when_shown(step: Any, look: str, brief: str) -> None:
    cell = board(step).step_cells["x"]

    assert (cell.status, cell.brief) == (look, brief)


def test_a_level_is_whole_when_its_failures_were_allowed() -> None:
    (level,) = board(step_view("a", "success"), step_view("b", "failure", allowed=True)).levels

    assert (level.state, level.text, level.done, level.failed, level.dropped) == ("success", "2/2", 2, 0, 0)


def test_patch_comes_when_an_item_moves_and_the_words_stay() -> None:
    before = board(step_view("a", "running", items=items(success=1, running=2)))
    now = board(step_view("a", "running", items=items(success=1, running=1, retrying=1)))

    assert before.step_cells["a"].text == now.step_cells["a"].text
    assert list(difference(before, now)["s"]) == ["a"]


@pytest.mark.parametrize(
    ("statuses", "status", "expected"),
    [
        (("success", "failure"), "failure", True),
        (("success", "success"), "success", False),
        (("success", "running"), "running", False),
    ],
)
def test_what_has_ended_can_be_retried_when_something_is_not_done(
    statuses: tuple[str, ...], status: str, expected: bool
) -> None:
    steps = [step_view(f"s{n}", each) for n, each in enumerate(statuses)]

    assert board(*steps, status=status).can_be_retried is expected


def test_running_step_says_stopping_when_cancellation_was_requested() -> None:
    shown = board(step_view("a", "running"), cancel_requested=True)

    assert (shown.status, shown.step_cells["a"].text) == ("cancelling", "stopping")


def test_clean_up_step_goes_on_when_cancellation_was_requested() -> None:
    steps = [step_view("a", "running"), step_view("clean", "running", cleans_up=True)]
    steps += [step_view("tell", cleans_up=True), step_view("b", "cancelled")]
    shown = board(*steps, cancel_requested=True)

    assert [shown.step_cells[name].text for name in ("a", "clean")] == ["stopping", "running"]
    assert shown.cancelling_sentence == (
        "Cancellation requested: only clean-up steps still start. 1 step is cancelled already. "
        "1 step still runs and is being stopped. clean and tell clean up before the execution ends."
    )


def test_nothing_more_starts_when_the_clean_up_of_a_cancellation_is_over() -> None:
    steps = [step_view("a", "running"), step_view("clean", "success", cleans_up=True)]

    assert board(*steps, cancel_requested=True).cancelling_sentence == (
        "Cancellation requested: nothing more starts. 1 step still runs and is being stopped."
    )


def test_retrying_step_counts_down_when_the_delay_is_known() -> None:
    event: EventView = {
        "seq": 6,
        "time": TIME,
        "event": "step_retrying",
        "step": "a",
        "attempt": 1,
        "delay": 4.5,
    }
    cell = board(step_view("a", "retrying"), events=(event,)).step_cells["a"]

    assert (cell.end_ms, cell.text) == (milliseconds(TIME) + 4500, "attempt 1 failed, retries in")


def test_crowded_level_lists_only_what_failed_or_moves() -> None:
    steps = [step_view(f"s{n}", "success") for n in range(90)]
    steps += [step_view("bad", "failure"), step_view("busy", "running"), step_view("later", "pending")]
    level = board(*steps).levels[0]

    assert level.crowded
    assert [cell.name for cell in level.listed] == ["bad", "busy"]
    assert level.shares == (("success", 0, 90), ("running", 90, 1), ("failure", 91, 1), ("cancelled", 92, 0))


def test_list_below_a_crowded_level_is_limited_when_everything_failed() -> None:
    level = board(*[step_view(f"s{n}", "failure") for n in range(500)]).levels[0]

    assert len(level.listed) == LISTED


def test_crowded_level_is_shown_in_full_when_asked_for() -> None:
    steps = [step_view(f"s{n}", "pending") for n in range(90)]
    level = Board(execution_view(1, steps), (), expanded=1).levels[0]

    assert not level.crowded


def test_difference_holds_only_what_changed() -> None:
    before = board(step_view("a", "running"), step_view("b", "running"))
    now = board(step_view("a", "success"), step_view("b", "running"))

    patch = difference(before, now)

    assert list(patch["s"]) == ["a"]
    assert patch["r"]["steps"] == "1 of 2"
    assert "full" not in patch


def test_title_tells_the_state_when_it_changes() -> None:
    steps = [step_view("a", "success"), step_view("b", "running")]

    assert board(*steps).totals["title"] == "◐ 1/2 demo · Celeriac"
    assert board(*steps, status="failure").totals["title"] == "✕ demo failed · Celeriac"


def test_next_step_is_shown_as_waiting_when_others_run() -> None:
    steps = [step_view("a", "running", worker="w1"), step_view("b", depends_on=["a"], level=2)]
    steps.append(step_view("c", depends_on=["b"], level=3))

    rows = board(*steps).now

    assert [(row.cell.name, row.sentence) for row in rows] == [("a", "Attempt 1 on w1"), ("b", "")]
    assert [row.wait and row.wait.plain(0) for row in rows] == [None, "Waits for a, running "]


@pytest.mark.parametrize(
    ("known", "text", "brief"),
    [
        ({"ahead": 14}, "14 messages ahead in default", "14 ahead"),
        ({"next_of": 3}, "one of the next 3 in default", "queued"),
        ({"workers": 0}, "queue default: no worker", "no worker"),
    ],
)
def test_step_says_where_it_stands_when_its_place_in_the_queue_is_known(
    known: Any, text: str, brief: str
) -> None:
    view = execution_view(7, [step_view("a", "queued", attempt=1)])

    cell = Board(view, (), places={"a": place(**known)}).step_cells["a"]

    assert (cell.text, cell.brief) == (text, brief)
    assert cell.status == ("queued" if known.get("workers", 1) else "warn")


def test_what_is_known_of_a_queue_holds_for_all_its_steps_and_places_only_for_their_attempt() -> None:
    steps = [step_view(name, "queued", attempt=2) for name in "ab"]
    known = {"a": place(attempt=1, ahead=14), "z": place(queue="gpu", workers=0)}
    steps.append(step_view("c", "queued", queue="gpu"))

    shown = Board(execution_view(7, steps), (), places=known)

    assert [shown.step_cells[name].text for name in "abc"] == [
        "in queue default",
        "in queue default",
        "queue gpu: no worker",
    ]


def test_patch_holds_the_step_when_only_what_it_said_has_changed() -> None:
    silent = board(step_view("a", "running"), step_view("b", "running"))
    speaking = board(
        step_view("a", "running", progress={"fraction": 0.5, "message": None}),
        step_view("b", "running", log_lines=3),
    )

    patch = difference(silent, speaking)

    assert patch["q"] == silent.seq == speaking.seq
    assert patch["s"]["a"][4:] == ["50 %", 50]
    assert patch["s"]["b"] == silent.step_cells["b"].as_patch()  # a page of the step fetches its log
    assert is_news(patch)
    assert not is_news(difference(speaking, speaking))
    assert (silent.has_output, speaking.has_output) == (False, True)
