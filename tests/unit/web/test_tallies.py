"""What is said of several steps that are shown as one."""

from __future__ import annotations

import pytest

from celeriac.web.execution.board import Board, difference
from celeriac.web.execution.counts import counts_of
from tests.support.live import execution_view, step_view


@pytest.mark.parametrize(
    ("statuses", "state", "text"),
    [
        (["pending"] * 9, "pending", "waiting"),
        (["queued", "pending"], "queued", "waiting"),
        (["warn", "pending"], "queued", "waiting"),
        (["success", "pending"], "running", "1 done"),
        (["success"] * 4 + ["running", "retrying"], "running", "2 running · 4 done"),
        (
            ["failure", "running", "success", "skipped"],
            "failure",
            "1 failed · 1 running · 1 done · 1 skipped",
        ),
        (["success"] * 3, "success", "3 done"),
        (["cancelled", "skipped"], "cancelled", "1 skipped · 1 cancelled"),
        (["skipped"] * 2, "skipped", "2 skipped"),
        (["success", "skipped"], "success", "1 done · 1 skipped"),
        (["skipped", "blocked"], "blocked", "2 skipped"),
        (["success", "allowed"], "success", "1 failed, allowed · 1 done"),
        (["failure", "allowed"], "failure", "1 failed · 1 failed, allowed"),
    ],
)
def test_the_worst_state_stands_for_all_and_the_words_count_them(
    statuses: list[str], state: str, text: str
) -> None:
    found = counts_of(statuses)

    assert (found.state, found.text, found.total) == (state, text, len(statuses))


def test_patch_holds_the_counts_of_equal_steps_only_when_they_have_changed() -> None:
    def board(*, done: int, last: str) -> Board:
        parts = [step_view(f"p{n}", "success" if n < done else "pending") for n in range(10)]
        return Board(execution_view(7, [*parts, step_view("z", last, task_name="echo")]), ())

    before, now = board(done=3, last="pending"), board(done=4, last="pending")

    assert difference(before, now)["g"] == {"p0-10": ["running", 4, 0, 0, 0, 10, "4 done"]}
    assert "g" not in difference(now, board(done=4, last="running"))
    assert "p0-10" in difference(None, now)["g"]
    assert now.state_of("p0-10") == "running"
    assert now.state_of("z") == "pending"


def test_items_are_counted_when_a_step_is_mapped() -> None:
    counts = {"total": 10, "pending": 3, "queued": 0, "retrying": 1, "skipped": 0, "cancelled": 0}
    items = {**counts, "running": 2, "success": 3, "failure": 1}
    mapped = step_view("each", "running", map_over="load.rows", items=items)
    board = Board(execution_view(7, [step_view("load", "success"), mapped]), ())

    found = board.group_counts["each"]

    assert found.as_patch() == ["running", 3, 3, 1, 0, 10, "1 failed · 3 running · 3 done"]
    assert board.group_counts.keys() == {"each"}


def test_a_mapped_step_says_its_own_state_when_its_items_are_not_known() -> None:
    mapped = step_view("each", "pending", map_over="load.rows", depends_on=["load"], level=2)
    board = Board(execution_view(7, [step_view("load", "running"), mapped]), ())

    assert board.group_counts["each"].as_patch() == ["pending", 0, 0, 0, 0, 0, "waiting for 1"]
