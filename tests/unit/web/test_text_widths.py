"""Names in the lines of a node: broken after underscores, cut at the end where nothing else helps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from celeriac.web.plan.text_metrics import lines_of, text_width


def test_a_name_is_broken_after_an_underscore_when_a_line_is_too_short() -> None:
    assert lines_of("prepare_user_data", 13, 90, 2) == ("prepare_", "user_data")
    assert lines_of("prepare_user_data", 13, 200, 2) == ("prepare_user_data",)


def test_a_name_ends_with_dots_when_it_does_not_fit() -> None:
    first, second = lines_of("report_everything_that_happened_in_the_warehouse", 13, 100, 2)

    assert first == "report_"
    assert second.startswith("everything")
    assert second.endswith("…")


def test_wide_letters_need_more_room_when_a_name_is_measured() -> None:
    assert text_width("WWW", 12) > text_width("aaa", 12) > text_width("iii", 12)
    assert text_width("大きい", 12) > text_width("aaa", 12)


@given(st.text(st.sampled_from("abim_W"), min_size=1, max_size=64), st.integers(20, 300), st.integers(1, 3))
def test_lines_fit_and_hold_the_beginning_when_any_name_is_written(name: str, width: int, most: int) -> None:
    lines = lines_of(name, 13, width, most)

    assert 1 <= len(lines) <= most
    assert all(text_width(line, 13) <= width for line in lines)
    if not any(line.endswith("…") for line in lines):
        assert "".join(lines) == name
