"""What steps say, as text in the store and as objects."""

from __future__ import annotations

import logging
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celeriac.engine.workflows.definition.definition import WorkflowStep, define_workflow
from celeriac.engine.workflows.progress.output import (
    MAX_LINE,
    Line,
    Progress,
    checked_progress,
    cut,
    encode_line,
    encode_progress,
    output_view,
    parse_entry,
    severity_of,
)


@given(
    text=st.text(), ms=st.integers(0, 10**14), attempt=st.integers(1, 101), severity=st.sampled_from("DIWEC")
)
def test_a_line_comes_back_when_it_was_encoded(text: str, ms: int, attempt: int, severity: str) -> None:
    line = Line(ms, attempt, severity, cut(text))

    assert parse_entry(encode_line("3", line)) == ("3", line)


@given(fraction=st.floats(0, 1), message=st.text())
def test_progress_comes_back_when_it_was_encoded(fraction: float, message: str) -> None:
    progress = checked_progress(5, 1, fraction, message)

    assert parse_entry(encode_progress("3[17]", progress)) == ("3[17]", progress)
    assert 0 <= progress.fraction <= 1
    assert len(progress.message) <= 200


@given(st.text())
def test_a_line_is_never_longer_than_allowed_when_it_is_cut(text: str) -> None:
    assert len(cut(text * 200).encode()) <= MAX_LINE


@pytest.mark.parametrize("fraction", [-0.01, 1.01, math.nan, math.inf, True, "0.5", None])
def test_a_fraction_is_refused_when_it_is_no_number_from_0_to_1(fraction: object) -> None:
    with pytest.raises(ValueError, match="a number from 0 to 1 is expected"):
        checked_progress(0, 1, fraction, None)


def test_a_message_is_refused_when_it_is_no_string() -> None:
    with pytest.raises(ValueError, match=r"progress\(message=5\): a string is expected"):
        checked_progress(0, 1, 0.5, 5)


@pytest.mark.parametrize(
    ("level", "letter"),
    [(logging.DEBUG, "D"), (5, "D"), (logging.INFO, "I"), (25, "I"), (logging.ERROR, "E"), (99, "C")],
)
def test_a_level_counts_as_the_one_below_when_it_has_no_name(level: int, letter: str) -> None:
    assert severity_of(level) == letter


def test_the_frame_names_step_and_level_when_a_program_follows() -> None:
    steps = define_workflow("w", [WorkflowStep("a", "noop"), WorkflowStep("b", "noop", {}, ["a"])]).steps

    assert output_view("1", Line(0, 2, "W", "late"), steps) == {
        "time": "1970-01-01T00:00:00.000Z",
        "event": "step_log",
        "step": "b",
        "level": 2,
        "attempt": 2,
        "message": "late",
        "severity": "warning",
    }
    assert output_view("0", Progress(0, 1, 0.5, ""), steps) == {
        "time": "1970-01-01T00:00:00.000Z",
        "event": "step_progress",
        "step": "a",
        "level": 1,
        "attempt": 1,
        "message": None,
        "fraction": 0.5,
    }
