"""When a step gets another attempt, and after how long."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celeriac.engine.workflows.progress.retry import (
    FINAL_KINDS,
    KINDS,
    MAX_COUNTDOWN,
    FinalError,
    RetryDecision,
    RetryRules,
    class_names,
    decide_retry,
)


def decide(kind: str = "error", **changes: Any) -> RetryDecision:
    facts: dict[str, Any] = {
        "retry_count": 3,
        "attempts_used": 1,
        "lost": 0,
        "max_lost": 3,
        "base": 1.0,
        "cap": 60.0,
        "jitter": 0.5,
    }
    return decide_retry(kind, **{**facts, **changes})


@pytest.mark.parametrize("kind", ["error", "timeout", "lost"])
@pytest.mark.parametrize(("attempts_used", "retry"), [(1, True), (3, True), (4, False), (5, False)])
def test_the_budget_is_one_more_than_the_retries_when_attempts_fail(
    kind: str, attempts_used: int, retry: bool
) -> None:
    decision = decide(kind, attempts_used=attempts_used, lost=1 if kind == "lost" else 0)

    assert decision.retry is retry
    assert decision.uses_attempt


@pytest.mark.parametrize(("attempts_used", "delay"), [(1, 0.5), (2, 1.0), (3, 2.0), (7, 30.0), (100, 30.0)])
def test_the_delay_doubles_up_to_the_cap_when_attempts_go_on(attempts_used: int, delay: float) -> None:
    assert decide(retry_count=100, attempts_used=attempts_used).delay == delay


def test_the_delay_is_what_the_body_asked_for_when_it_gave_a_countdown() -> None:
    assert decide(countdown=90.0).delay == 90.0
    assert decide(countdown=0.0).delay == 0.0
    assert decide(countdown=-5.0).delay == 0.0


def test_the_delay_is_a_year_at_most_when_the_body_asked_for_more() -> None:
    for countdown in (MAX_COUNTDOWN + 1, 1_795_818_096_221, math.inf, 10**400):
        assert decide(countdown=countdown).delay == MAX_COUNTDOWN
    assert decide(countdown=math.nan).delay == 0.0


def test_a_countdown_buys_no_attempt_when_the_budget_is_used_up() -> None:
    assert decide(attempts_used=4, countdown=1.0) == RetryDecision(retry=False, delay=0.0, uses_attempt=True)


@pytest.mark.parametrize("kind", sorted(FINAL_KINDS))
def test_nothing_is_tried_again_when_it_would_only_repeat_itself(kind: str) -> None:
    assert decide(kind, countdown=1.0) == RetryDecision(retry=False, delay=0.0, uses_attempt=True)


@pytest.mark.parametrize(("lost", "retry"), [(1, True), (2, True), (3, False), (4, False)])
def test_a_step_that_takes_its_workers_down_ends_when_it_has_done_so_often_enough(
    lost: int, retry: bool
) -> None:
    decision = decide("lost", retry_count=100, attempts_used=lost, lost=lost)

    assert decision.retry is retry
    assert bool(decision.why) is not retry, "a budget that is not used up has to be explained"


def test_an_error_is_retried_when_attempts_before_it_were_lost() -> None:
    assert decide("error", retry_count=100, attempts_used=4, lost=3).retry


def test_no_attempt_is_used_when_a_shutdown_interrupts() -> None:
    decision = decide("interrupted", attempts_used=0)

    assert decision.retry
    assert not decision.uses_attempt


@pytest.mark.parametrize("jitter", [0.0, 0.5, 0.999])
def test_the_next_attempt_waits_when_a_shutdown_interrupts(jitter: float) -> None:
    assert decide("interrupted", attempts_used=0, jitter=jitter).delay > 0
    assert decide("interrupted", attempts_used=3, jitter=jitter, countdown=9.0).delay <= 60


def test_the_body_starts_at_most_once_when_there_are_no_retries() -> None:
    assert not any(decide(kind, retry_count=0, attempts_used=1, lost=1).retry for kind in KINDS)
    assert not decide("interrupted", retry_count=0, attempts_used=0).retry


def test_the_kind_is_named_when_it_is_unknown() -> None:
    with pytest.raises(ValueError, match="unknown kind 'oops'; known are bad_arguments, "):
        decide("oops")


@given(
    kind=st.sampled_from(sorted(KINDS)),
    retry_count=st.integers(0, 100),
    attempts_used=st.integers(0, 101),
    jitter=st.floats(0, 1, exclude_max=True),
    cap=st.floats(0, 86_400),
    base=st.floats(0, 3_600),
)
def test_the_delay_stays_within_the_cap_when_nobody_asked_for_another(
    kind: str, retry_count: int, attempts_used: int, jitter: float, cap: float, base: float
) -> None:
    decision = decide(
        kind, retry_count=retry_count, attempts_used=attempts_used, jitter=jitter, cap=cap, base=base
    )

    assert 0 <= decision.delay <= cap
    assert decision.retry or decision.delay == 0


# -- rules about exceptions


class RefusedError(FinalError, ValueError):
    """As authors of tasks make theirs."""


def decide_on(error: BaseException, **rules: list[str]) -> RetryDecision:
    return decide(classes=class_names(error), rules=RetryRules(**rules))


@pytest.mark.parametrize(
    ("rules", "retry"),
    [
        ({}, True),
        ({"retry_on": ["FileNotFoundError"]}, True),
        ({"retry_on": ["builtins.FileNotFoundError"]}, True),
        ({"retry_on": ["OSError"]}, True),
        ({"retry_on": ["KeyError", "builtins.OSError"]}, True),
        ({"retry_on": ["KeyError"]}, False),
        ({"retry_on": ["somewhere.FileNotFoundError"]}, False),
        ({"no_retry_on": ["FileNotFoundError"]}, False),
        ({"no_retry_on": ["Exception"]}, False),
        ({"no_retry_on": ["PermissionError"]}, True),
        ({"retry_on": ["OSError"], "no_retry_on": ["FileNotFoundError"]}, False),
        ({"retry_on": ["FileNotFoundError"], "no_retry_on": ["OSError"]}, False),
    ],
)
def test_the_rules_decide_by_class_and_bases_when_a_task_raises(
    rules: dict[str, list[str]], retry: bool
) -> None:
    decision = decide_on(FileNotFoundError("orders.csv"), **rules)

    assert decision.retry is retry
    assert bool(decision.why) is not retry


@pytest.mark.parametrize("error", [FinalError("no such order"), RefusedError("no such order")])
def test_nothing_is_tried_again_when_the_error_is_final(error: Exception) -> None:
    decision = decide_on(error, retry_on=["Exception"])

    assert not decision.retry
    assert decision.why == f"The task raised {type(error).__name__}, which is final."


@pytest.mark.parametrize("kind", ["timeout", "lost", "interrupted"])
def test_the_rules_are_not_asked_when_no_exception_of_the_task_ended_the_attempt(kind: str) -> None:
    assert decide(kind, rules=RetryRules(retry_on=["KeyError"])).retry


def test_no_reason_is_given_when_the_budget_was_used_up_anyway() -> None:
    rules = RetryRules(no_retry_on=["KeyError"])

    decision = decide(attempts_used=4, classes=class_names(KeyError()), rules=rules)

    assert decision == RetryDecision(retry=False, delay=0.0, uses_attempt=True)


def test_the_class_comes_before_its_bases_when_its_names_are_taken() -> None:
    names = class_names(FileNotFoundError())

    assert names[:2] == ("builtins.FileNotFoundError", "builtins.OSError")
    assert "builtins.object" not in names
