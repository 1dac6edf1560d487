"""What the timeline draws and says of steps, and where it says the time went."""

from __future__ import annotations

from typing import Any

from celeriac.engine.executions import Timeline
from celeriac.engine.workflows.progress.attempts import StepHistory, fold_histories, fold_rounds
from celeriac.engine.workflows.progress.events import parse_event
from celeriac.web.execution.board import Board
from celeriac.web.execution.timeline.bars import Bar, Counter
from celeriac.web.execution.timeline.view import ROWS, TimelineRow, TimelineView
from tests.support.live import execution_view, step_view

LAUNCHED = 1_000_000


def view(steps: list[Any], *log: str, now: int, round: int = 0, page: int = 0) -> TimelineView:
    """Of these steps, after these entries of the log, `now` ms after the launch."""
    events = [parse_event(number, text) for number, text in enumerate(log, 1)]
    courses = fold_histories(events)
    timeline = Timeline(
        launched=LAUNCHED,
        now=LAUNCHED + now,
        rounds=fold_rounds(events),
        courses={step["name"]: courses.get(str(n), StepHistory()) for n, step in enumerate(steps)},
    )
    ended = timeline.rounds[-1].ended is not None
    board = Board(execution_view(len(log), steps, "success" if ended else "running"), ())
    return TimelineView(board, timeline, round, page)


def row(shown: TimelineView, name: str) -> TimelineRow:
    return next(each for each in shown.rows if each.name == name)


def test_waiting_and_running_are_apart_when_a_step_has_ended() -> None:
    shown = view(
        [step_view("load", "success")],
        "q 0 0 1",
        "r 2000 0 1 w",
        "s 10000 0 1",
        "E 10000 success",
        now=99_999,
    )

    load = row(shown, "load")
    assert (shown.axis.span, load.bars) == (10_000, [Bar("queued", 0, 20), Bar("ran", 20, 100)])
    assert (load.waited, load.ran) == (Counter(2_000), Counter(8_000))
    assert load.words == "waited 2.0 s, ran 8.0 s"


def test_each_attempt_is_a_bar_of_its_own_when_a_step_was_tried_again() -> None:
    log = ("q 0 0 1", "r 1000 0 1 w", "t 3000 0 1 error 2000", "q 5000 0 2", "r 6000 0 2 w", "s 10000 0 2")
    shown = view([step_view("load", "success", attempt=2)], *log, "E 10000 success", now=10_000)

    load = row(shown, "load")
    assert [bar.kind for bar in load.bars] == ["queued", "bad", "back", "queued", "ran"]
    assert load.bars[1:3] == [Bar("bad", 10, 30), Bar("back", 30, 50)]
    assert (load.waited, load.ran) == (Counter(1_000 + 2_000 + 1_000), Counter(6_000))
    assert load.words == "waited 1.0 s, failed after 2.0 s; waited 1.0 s, ran 4.0 s"


def test_bar_goes_on_when_the_step_still_runs_or_waits() -> None:
    steps = [step_view("load", "running"), step_view("wait", "queued")]
    shown = view(steps, "q 0 0 1", "q 0 1 1", "r 1000 0 1 w", now=4_000)

    assert shown.is_active
    assert shown.axis.span > 4_000  # room to grow
    assert row(shown, "load").bars[-1].since == LAUNCHED + 1_000
    assert row(shown, "load").ran == Counter(3_000, LAUNCHED + 1_000)
    assert row(shown, "wait").bars[-1].since == LAUNCHED
    assert row(shown, "wait").waited == Counter(4_000, LAUNCHED)
    assert row(shown, "load").words == "waited 1.0 s, has been running for 3.0 s"
    assert shown.path == []


def test_counter_goes_on_from_what_was_before_when_an_earlier_attempt_failed() -> None:
    log = ("q 0 0 1", "r 0 0 1 w", "t 3000 0 1 error 1000", "q 4000 0 2", "r 4000 0 2 w")
    shown = view([step_view("load", "running", attempt=2)], *log, now=6_000)

    assert row(shown, "load").ran == Counter(5_000, LAUNCHED + 4_000 - 3_000)


def test_dots_lead_to_the_next_attempt_when_it_is_not_due_yet() -> None:
    shown = view([step_view("load", "retrying")], "q 0 0 1", "r 0 0 1 w", "t 1000 0 1 error 2000", now=1_500)

    dots = row(shown, "load").bars[-1]
    assert (dots.kind, dots.left, dots.right) == (
        "back",
        1_000 / shown.axis.span * 100,
        3_000 / shown.axis.span * 100,
    )


def test_bar_can_be_seen_when_the_step_took_no_time() -> None:
    shown = view(
        [step_view("load", "success")], "q 5 0 1", "r 5 0 1 w", "s 5 0 1", "E 1000 success", now=1_000
    )

    assert all(bar.width > 0 for bar in row(shown, "load").bars)


def test_reason_stands_instead_of_bars_when_a_step_was_skipped() -> None:
    steps = [step_view("load", "skipped", reason="size > 5 was false: 3"), step_view("next")]
    shown = view(steps, "k 5 0 0 C", now=1_000)

    assert (row(shown, "load").bars, row(shown, "load").words) == ([], "skipped: size > 5 was false: 3")
    assert row(shown, "next").words == ""


def test_critical_path_and_its_parts_are_told_when_the_execution_has_ended() -> None:
    steps = [
        step_view("load", "success"),
        step_view("slow", "success", attempt=2, level=2, depends_on=["load"]),
        step_view("quick", "success", level=2, depends_on=["load"]),
    ]
    log = ("q 0 0 1", "r 0 0 1 w", "s 2000 0 1", "q 2000 1 1", "q 2000 2 1", "r 2000 2 1 w", "s 2500 2 1")
    again = (
        "r 2000 1 1 w",
        "t 3000 1 1 error 500",
        "q 3500 1 2",
        "r 4000 1 2 w",
        "s 10000 1 2",
        "E 10000 success",
    )
    shown = view(steps, *log, *again, now=10_000)

    assert shown.path == ["load", "slow"]
    assert row(shown, "load").critical == Bar("critical", 0, 20)
    assert row(shown, "slow").critical == Bar("critical", 20, 100)
    assert row(shown, "quick").critical is None
    assert shown.summary == "8.0 s of 10.0 s were work on the critical path."
    assert [(share.step, share.words, share.time, share.percent) for share in shown.shares] == [
        ("slow", "ran", 6_000, 60),
        ("load", "ran", 2_000, 20),
        ("slow", "failed attempts, and waiting for retries", 1_500, 15),
        ("slow", "waited in queue default", 500, 5),
    ]


def test_axis_begins_with_the_round_when_the_execution_was_taken_up_again() -> None:
    steps = [step_view("load", "success"), step_view("send", "success", level=2, depends_on=["load"])]
    first = (
        "q 0 0 1",
        "r 0 0 1 w",
        "s 1000 0 1",
        "q 1000 1 1",
        "r 1000 1 1 w",
        "f 4000 1 1 error",
        "E 4000 failure",
    )
    second = (
        "Y 900000 2",
        "z 900000 1 1",
        "q 900000 1 2",
        "r 900000 1 2 w",
        "s 908000 1 2",
        "E 908000 success",
    )

    newest = view(steps, *first, *second, now=908_000)
    assert (newest.round, newest.axis.span, newest.started_ms) == (2, 8_000, LAUNCHED + 900_000)
    assert (row(newest, "load").bars, row(newest, "load").words) == ([], "kept from round 1")
    assert newest.path == ["send"]

    oldest = view(steps, *first, *second, now=908_000, round=1)
    assert [bar.kind for bar in row(oldest, "send").bars] == ["queued", "bad"]
    assert (oldest.axis.span, oldest.path) == (4_000, [])

    assert view(steps, *first, *second, now=908_000, round=7).round == 2


def test_rows_come_in_pages_when_there_are_many_steps() -> None:
    steps = [step_view(f"s{n}", "success" if n else "failure") for n in range(2 * ROWS + 1)]
    shown = view(steps, *(f"k 0 {n} 0 C" for n in range(len(steps))), now=1, page=3)

    assert [(link.number, link.first, link.last, link.look) for link in shown.pages] == [
        (1, 1, ROWS, "failure"),
        (2, ROWS + 1, 2 * ROWS, ""),
        (3, 2 * ROWS + 1, 2 * ROWS + 1, ""),
    ]
    assert [each.name for each in shown.rows] == [f"s{2 * ROWS}"]
    assert view(steps, now=1, page=9).page == 1
