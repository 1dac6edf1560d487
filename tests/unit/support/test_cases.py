"""A loop over cases names every case that is wrong, and fails when it has none."""

from __future__ import annotations

import pytest

from tests.support.cases import check_each, for_each


def is_even(number: int) -> None:
    assert number % 2 == 0, f"{number} is odd"


def test_every_wrong_case_is_named_when_several_are() -> None:
    with pytest.raises(AssertionError) as failure:
        check_each([1, 2, 3], is_even, name=lambda number: f"case {number}")

    assert "2 of 3 cases are wrong:\ncase 1: 1 is odd" in str(failure.value)
    assert "case 3: 3 is odd" in str(failure.value)
    assert "case 2" not in str(failure.value)


def test_a_case_is_wrong_when_its_check_cannot_go_on() -> None:
    with pytest.raises(AssertionError, match=r"1 of 2 cases are wrong:\n0: ZeroDivisionError: "):
        check_each([0, 1], lambda number: 1 / number)


def test_it_fails_when_there_are_no_cases() -> None:
    with pytest.raises(AssertionError, match="no cases"):
        check_each([], is_even)


def test_a_function_of_a_case_becomes_a_test_without_arguments() -> None:
    made = for_each([1])(is_even)

    with pytest.raises(AssertionError, match="1 is odd"):
        made()
    assert made.__name__ == "is_even"
