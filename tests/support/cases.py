"""One test over many cases: every case is checked, and the failure names each one that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

Case = TypeVar("Case")


def check_each(
    cases: Iterable[Case], check: Callable[[Case], object], *, name: Callable[[Case], object] = str
) -> None:
    """Call `check` with every case; fail once, with the name of each case that raised and its message.

    For checks that take no time and need no fixture of their own: a thousand cases of one line in a report help less
    than one list. `name` gives the text by which a reader finds the case. No cases at all is a failure too, as a test that
    looks at nothing always passes.
    """
    checked, wrong = 0, list[str]()
    for case in cases:
        checked += 1
        try:
            check(case)
        except Exception as error:  # noqa: BLE001  a case that cannot be checked is as wrong as one that fails
            what = error if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
            wrong.append(f"{name(case)}: {what}")
    assert checked, "there are no cases to check"
    assert not wrong, f"{len(wrong)} of {checked} cases are wrong:\n" + "\n".join(wrong)


def for_each(
    cases: Iterable[Case], *, name: Callable[[Case], object] = str
) -> Callable[[Callable[[Case], object]], Callable[[], None]]:
    """Make a function of one case a test of all of them, by `check_each`.

    Takes the place of `pytest.mark.parametrize` where a case is too small to be a test.
    """

    def make(check: Callable[[Case], object]) -> Callable[[], None]:
        def test() -> None:
            check_each(cases, check, name=name)

        # Not functools.wraps: pytest would see the argument of `check` and look for a fixture.
        for attribute in ("__name__", "__qualname__", "__doc__", "__module__"):
            setattr(test, attribute, getattr(check, attribute))
        return test

    return make


def stem(path: Any) -> str:
    """The name of a file without its suffix, to name a case by."""
    return str(path.stem)
