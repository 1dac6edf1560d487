"""The tasks every worker announces, called directly."""

from __future__ import annotations

import signal
import threading
from typing import Any

import pytest

from celeriac.engine.runtime.attempt.step_context import StepContext, running
from celeriac.engine.runtime.builtin_tasks import echo, fail, noop, sleep
from tests.support.reports import KeptReports


def test_nothing_comes_back_when_noop_is_called_with_anything() -> None:
    assert noop(input={"a": 1}, load=[1], x=2) is None


def test_everything_comes_back_when_echo_is_called() -> None:
    assert echo(input={"a": 1}, load=[1], x=2) == {"input": {"a": 1}, "load": [1], "x": 2}


def test_sleep_tells_how_long_when_it_is_over() -> None:
    assert sleep(seconds=0) == {"slept": 0}
    assert sleep(seconds=0.01) == {"slept": 0.01}


def test_sleep_ends_early_when_a_signal_raises() -> None:
    class StoppedError(Exception):
        pass

    def stop(*_: object) -> None:
        raise StoppedError

    previous = signal.signal(signal.SIGUSR1, stop)
    try:
        threading.Timer(0.01, signal.pthread_kill, (threading.main_thread().ident, signal.SIGUSR1)).start()
        with pytest.raises(StoppedError):
            sleep(seconds=600)
    finally:
        signal.signal(signal.SIGUSR1, previous)


@pytest.mark.parametrize("seconds", ["1", None, True, -1, float("nan"), float("inf"), 10**9])
def test_sleep_refuses_when_seconds_are_no_sensible_number(seconds: Any) -> None:
    with pytest.raises(ValueError, match=r"seconds=.* a number from 0 to 604,800 is expected"):
        sleep(seconds=seconds)


def test_fail_raises_its_message_when_called() -> None:
    with pytest.raises(RuntimeError, match="broken"):
        fail(message="broken")


@pytest.mark.parametrize(
    ("attempt", "times", "raises"), [(1, 2, True), (2, 2, True), (3, 2, False), (1, 0, False)]
)
def test_fail_raises_on_the_first_attempts_only_when_times_are_given(
    attempt: int, times: int, raises: bool
) -> None:
    with running(StepContext("w-1", "unstable", attempt, KeptReports())):
        if raises:
            with pytest.raises(RuntimeError):
                fail(message="not yet", times=times)
        else:
            assert fail(message="not yet", times=times) == {"attempt": attempt}


@pytest.mark.parametrize("times", ["2", -1, 1.5, True])
def test_fail_says_what_it_expects_when_times_do_not_fit(times: Any) -> None:
    with pytest.raises(ValueError, match=r"times=.* a whole number from 0 is expected"):
        fail(message="x", times=times)


def test_fail_says_what_it_expects_when_the_message_does_not_fit() -> None:
    with pytest.raises(ValueError, match="message=7: a string is expected"):
        fail(message=7)  # type: ignore[arg-type]
