from __future__ import annotations

import pytest

from tests.support.waiting import NeverHappenedError, eventually


def test_value_is_returned_when_condition_turns_true() -> None:
    answers = iter([None, 0, "there"])

    assert eventually(lambda: next(answers), every=0) == "there"


def test_assertion_counts_as_not_yet_when_condition_asserts() -> None:
    numbers = iter(range(3))

    def two() -> bool:
        number = next(numbers)
        assert number == 2, number
        return True

    assert eventually(two, every=0)


def test_error_shows_the_last_value_when_condition_never_turns_true() -> None:
    def no_lamp() -> list[str]:
        """the lamp is on"""
        return []

    with pytest.raises(NeverHappenedError, match=r"not within 0 s: the lamp is on; last: \[\]"):
        eventually(no_lamp, within=0)


def test_other_errors_end_the_wait_when_condition_raises_them() -> None:
    def broken() -> bool:
        raise KeyError("gone")

    with pytest.raises(KeyError):
        eventually(broken)
