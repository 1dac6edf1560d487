"""When the log of a step says that its task went on after its soft time limit."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from billiard import pool
from celery.exceptions import SoftTimeLimitExceeded

from celeriac.engine.runtime.attempt import soft_limit

NOTICE = "The soft time limit of 2 s was passed; the task went on and ended after 3.5 s."


@pytest.fixture(autouse=True)
def _as_found() -> Iterator[None]:
    before = signal.getsignal(signal.SIGUSR1)
    yield
    soft_limit.watch()
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize(
    ("limits", "elapsed", "warning"),
    [
        *(([12, 2], 3.5, NOTICE), ([None, 2], 3.5, NOTICE)),
        *(([12, 2], 1.9, None), ([12, None], 3.5, None), ([None, None], 3.5, None), (None, 3.5, None)),
    ],
)
def test_a_warning_is_given_when_the_body_took_longer_than_its_limit(
    limits: list[float | None] | None, elapsed: float, warning: str | None
) -> None:
    assert soft_limit.warning_for(limits, elapsed) == warning


def test_a_limit_is_noticed_when_the_task_ends_at_once_after_its_signal() -> None:
    signal.signal(signal.SIGUSR1, pool.soft_timeout_sighandler)
    soft_limit.watch()

    with pytest.raises(SoftTimeLimitExceeded):
        os.kill(os.getpid(), signal.SIGUSR1)

    assert soft_limit.warning_for([12, 2], 1.9)
    soft_limit.watch()  # the next body
    assert soft_limit.warning_for([12, 2], 1.9) is None


def test_another_handler_stays_when_the_pool_has_not_set_its_own() -> None:
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)

    soft_limit.watch()

    assert signal.getsignal(signal.SIGUSR1) is signal.SIG_IGN
