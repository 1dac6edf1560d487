"""The critical path as it is drawn: which nodes, which lines, when there is none, and how a page learns of it."""

from __future__ import annotations

import pytest

from celeriac.engine.workflows.progress.views import StepView
from celeriac.web.execution.board import Board, difference
from tests.support.live import execution_view, step_view

#: Name → dependencies, started and ended in seconds; None where it never started.
Ran = dict[str, tuple[list[str], tuple[int, int] | None]]
DIAMOND: Ran = {
    "a": ([], (0, 1)),
    "left": (["a"], (1, 5)),
    "right": (["a"], (1, 3)),
    "end": (["left", "right"], (5, 6)),
}
LEVELS = {"a": 1, "left": 2, "right": 2, "end": 3}


def board_of(ran: Ran, status: str = "success", levels: dict[str, int] = LEVELS) -> Board:
    steps: list[StepView] = [
        step_view(
            name,
            "success" if times else "skipped",
            depends_on=depends_on,
            level=levels[name],
            start_time=f"2026-11-22T10:00:0{times[0]}.000Z" if times else None,
            end_time=f"2026-11-22T10:00:0{times[1]}.000Z" if times else None,
        )
        for name, (depends_on, times) in ran.items()
    ]
    return Board(execution_view(7, steps, status), ())


def test_path_leads_over_the_step_that_was_waited_for_longest() -> None:
    board = board_of(DIAMOND)

    assert board.critical == ("a", "left", "end")
    assert board.drawing
    lines = {each.key: each for each in board.drawing.lines}
    of_end = lines["end"].path.split("M")[1:][lines["end"].sources.index("left")]
    assert board.critical_lines == lines["left"].path + "M" + of_end


def test_there_is_no_path_while_the_execution_is_active() -> None:
    assert board_of(DIAMOND, status="running").critical == ()


@pytest.mark.parametrize("right", [None, (1, 3)])
def test_path_is_drawn_only_when_something_ran_beside_it(right: tuple[int, int] | None) -> None:
    board = board_of({**DIAMOND, "right": (["a"], right)})

    assert bool(board.critical) == (right is not None)
    assert bool(board.critical_lines) == (right is not None)


def test_page_is_told_the_path_when_the_execution_ends() -> None:
    before, now = board_of(DIAMOND, status="running"), board_of(DIAMOND)

    assert difference(before, now)["c"] == ("a", "left", "end")
    assert "c" not in difference(now, now)
    assert difference(None, now)["c"] == ("a", "left", "end")


def test_path_leads_over_equal_steps_that_are_drawn_as_one() -> None:
    names = [f"part_{n}" for n in range(8)]
    many: Ran = {"a": ([], (0, 1)), "aside": ([], (0, 1))}
    many |= {name: (["a"], (1, 2 + n)) for n, name in enumerate(names[:7])} | {names[7]: (["a"], (1, 2))}
    levels = {"a": 1, "aside": 1, **dict.fromkeys(names, 2)}

    assert board_of(many, levels=levels).critical == ("a", "part_0-8")
