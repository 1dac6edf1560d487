"""The soft time limit of a body, and when the log of a step says that its task went on after it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from celeriac.engine.runtime.attempt.soft_limit import SoftLimit, warning_for

NOTICE = "The soft time limit of 2 s was passed; the task went on and ended after 3.5 s."


@pytest.fixture
def limit() -> Iterator[SoftLimit]:
    before = signal.getsignal(signal.SIGUSR1)
    yield SoftLimit()
    signal.signal(signal.SIGUSR1, before)


def wait() -> None:
    threading.Event().wait(20)


@pytest.mark.parametrize(
    ("soft", "passed", "elapsed", "warning"),
    [
        *((2.0, True, 3.5, NOTICE), (2.0, False, 3.5, NOTICE)),
        *((2.0, False, 1.9, None), (None, False, 3.5, None)),
    ],
)
def test_a_warning_is_given_when_the_body_took_longer_than_its_limit(
    soft: float | None, passed: bool, elapsed: float, warning: str | None
) -> None:
    assert warning_for(soft, passed, elapsed) == warning


def test_the_exception_is_raised_where_the_body_waits_when_its_limit_has_passed(limit: SoftLimit) -> None:
    limit.arm(0.05)

    with pytest.raises(SoftTimeLimitExceeded):
        wait()

    assert limit.disarm()


def test_each_body_has_a_limit_of_its_own_when_one_follows_another(limit: SoftLimit) -> None:
    limit.arm(60)
    assert not limit.disarm()
    limit.arm(0.05)  # earlier than the thread would have looked
    with pytest.raises(SoftTimeLimitExceeded):
        wait()
    assert limit.disarm()

    limit.arm(60)
    assert not limit.disarm()


def test_nothing_is_raised_when_the_body_has_ended_in_time(limit: SoftLimit) -> None:
    limit.arm(0.01)
    limit.disarm()
    limit.arm(None)

    deadline = time.monotonic() + 0.2
    while time.monotonic() < deadline:
        signal.sigtimedwait((), 0.01)

    assert not limit.disarm()


def test_the_exception_is_raised_once_when_a_task_catches_it_and_goes_on(limit: SoftLimit) -> None:
    limit.arm(0.02)
    with pytest.raises(SoftTimeLimitExceeded):
        wait()

    signal.raise_signal(signal.SIGUSR1)  # once more

    assert limit.disarm()


def test_a_signal_of_the_pool_for_another_body_is_ignored(limit: SoftLimit) -> None:
    limit.arm(60)
    signal.raise_signal(signal.SIGUSR1)
    assert not limit.disarm()

    signal.raise_signal(signal.SIGUSR1)  # no body at all
