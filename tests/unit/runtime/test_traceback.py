"""The traceback that is kept of a failed attempt."""

from __future__ import annotations

from celeriac.engine.runtime.attempt.failures import MAX_TRACEBACK, failure_of


def raised(message: str) -> BaseException:
    try:
        raise ValueError(message)
    except ValueError as error:
        return error


def test_the_frames_survive_when_the_message_is_a_megabyte_long() -> None:
    failure = failure_of(raised("x" * 1_000_000), timeout=1)

    assert "raise ValueError(message)" in failure.traceback
    assert len(failure.traceback.encode()) <= MAX_TRACEBACK
    assert len(failure.as_json()) < 3_000


def test_the_end_is_kept_when_the_message_has_ten_thousand_lines() -> None:
    failure = failure_of(raised("\n".join(f"line {n}" for n in range(10_000))), timeout=1)

    assert failure.traceback.startswith("…")
    assert failure.traceback.rstrip().endswith("line 9999")
    assert len(failure.traceback.encode()) <= MAX_TRACEBACK
