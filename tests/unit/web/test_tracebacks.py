"""Tracebacks taken apart: whose code each call is, and the line of own code that a person looks for first."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celeriac.web.execution.tracebacks import owner_of, read_traceback


def raised(body: Callable[[], object]) -> str:
    try:
        body()
    except BaseException as error:  # noqa: BLE001 -- an ExceptionGroup of BaseExceptions, too
        return "".join(traceback.format_exception(error))
    raise AssertionError("nothing was raised")


def parse() -> None:
    json.loads("{")


def wrap() -> None:
    try:
        parse()
    except ValueError as error:
        raise KeyError("no such row") from error


def fail_while_failing() -> None:
    try:
        parse()
    except ValueError:
        json.loads("[")


def several() -> None:
    raise ExceptionGroup("several", [TypeError("one"), ExceptionGroup("inner", [OSError("two")])])


def endless() -> None:
    endless()


def misspelt() -> None:
    compile("a b", "/srv/shop/rules.py", "exec")


def kinds(text: str) -> list[str]:
    return [part.kind for part in read_traceback(text).parts]


def own_code(text: str) -> str | None:
    own = read_traceback(text).own
    return own.code if own else None


def test_calls_of_a_library_are_gathered_when_own_code_called_it() -> None:
    found = read_traceback(raised(parse))

    assert [part.kind for part in found.parts] == ["text", "own", "library", "error"]
    library, error = found.parts[2:]
    assert library.owners == ("Python",)
    assert library.calls >= 3
    assert error.head.startswith("json.decoder.JSONDecodeError: Expecting")
    assert found.own is not None
    assert found.own.place.startswith("web/test_tracebacks.py:")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (parse, 'json.loads("{")'),
        (wrap, 'raise KeyError("no such row") from error'),
        (fail_while_failing, 'json.loads("[")'),
        (several, 'raise ExceptionGroup("several",'),
        (endless, "endless()"),
        (misspelt, "a b"),
    ],
)
def test_own_line_is_the_innermost_of_the_error_that_is_told_last(
    body: Callable[[], object], code: str
) -> None:
    assert (own_code(raised(body)) or "").startswith(code)


def test_own_line_is_that_of_the_cause_when_the_last_error_has_none() -> None:
    text = (
        'Traceback (most recent call last):\n  File "/srv/shop/tasks.py", line 118, in load\n    float(row["amount"])\n'
        "ValueError: no\n\nDuring handling of the above exception, another exception occurred:\n\n"
        'Traceback (most recent call last):\n  File "/srv/.venv/lib/python3.12/site-packages/retrying.py", line 9, in call\n'
        "    raise Exhausted\nretrying.Exhausted\n"
    )

    found = read_traceback(text)

    assert found.own is not None
    assert (found.own.place, found.own.code) == ("shop/tasks.py:118", 'float(row["amount"])')
    assert found.parts[-2].owners == ("retrying",)


def test_repetitions_are_counted_when_calls_repeat() -> None:
    own = next(part for part in read_traceback(raised(endless)).parts if part.kind == "own")

    assert own.calls > 900
    assert "[Previous line repeated" in own.text


def test_each_exception_of_a_group_is_an_error_of_its_own() -> None:
    found = read_traceback(raised(several))

    errors = [part.head.strip(" |\n") for part in found.parts if part.kind == "error"]
    assert errors == [
        "ExceptionGroup: several (2 sub-exceptions)",
        "TypeError: one",
        "ExceptionGroup: inner (1 sub-exception)",
        "OSError: two",
    ]


def test_message_stays_a_message_when_it_looks_like_a_traceback() -> None:
    def quote() -> None:
        raise ValueError('no:\n  File "/srv/other.py", line 3, in f\n    x()')

    found = read_traceback(raised(quote))

    assert found.parts[-1].kind == "error"
    assert "other.py" in found.parts[-1].rest
    assert found.own is not None
    assert found.own.path == __file__


def test_rest_is_read_when_the_beginning_was_cut_off() -> None:
    text = '…\nbroken, in f\n    g()\n  File "/srv/shop/tasks.py", line 7, in g\n    h()\nOSError: gone\n'

    assert kinds(text) == ["text", "own", "error"]
    assert own_code(text) == "h()"


@pytest.mark.parametrize("text", ["", "\n", "Killed", "no traceback\nat all", "WorkerLost: it went away\n"])
def test_text_is_an_error_without_own_line_when_it_is_no_traceback(text: str) -> None:
    found = read_traceback(text)

    assert found.own is None
    assert {part.kind for part in found.parts} <= {"error", "text"}


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("/srv/shop/tasks.py", ""),
        ("C:\\shop\\tasks.py", ""),
        ("/srv/.venv/lib/python3.12/site-packages/pandas/core/frame.py", "pandas"),
        ("C:\\venv\\Lib\\site-packages\\six.py", "six"),
        ("/usr/lib/python3/dist-packages/yaml/reader.py", "yaml"),
        ("/usr/lib/python3.13/json/decoder.py", "Python"),
        ("C:\\Python312\\Lib\\json\\decoder.py", "Python"),
        ("<frozen importlib._bootstrap>", "Python"),
        ("<string>", "generated code"),
        ("/srv/celeriac/celeriac/engine/runtime/attempt/calling.py", "celeriac"),
        ("/srv/shop/engine/runtime/attempt/calling.py", ""),
        ("/srv/.venv/lib/python3.12/site-packages/celeriac/engine/runtime/attempt/calling.py", "celeriac"),
        ("/srv/.venv/lib/python3.12/site-packages/celeriac/examples/tasks/analysis.py", ""),
        ("/srv/celeriac/celeriac/examples/tasks/analysis.py", ""),
        ("/srv/.venv/lib/python3.12/site-packages/celery/app/task.py", "celery"),
    ],
)
def test_owner_of_code_is_known_by_its_path(path: str, owner: str) -> None:
    assert owner_of(path) == owner


#: Lines a traceback is made of, in any order, and lines that are none of it.
LINES = st.sampled_from(
    [
        "Traceback (most recent call last):",
        "  + Exception Group Traceback (most recent call last):",
        "  | Traceback (most recent call last):",
        "  +-+---------------- 1 ----------------",
        "    +------------------------------------",
        '  File "/srv/a.py", line 3, in f',
        '  File "/usr/lib/python3.12/json/x.py", line 3',
        '  |   File "/srv/a.py", line 3, in f',
        "    code()",
        "    ^^^^^^",
        "  [Previous line repeated 996 more times]",
        "During handling of the above exception, another exception occurred:",
        "ValueError: x",
        "…",
        "",
    ]
)


@given(st.lists(LINES | st.text(max_size=12)).map("\n".join))
def test_parts_put_together_are_the_text_whatever_it_is(text: str) -> None:
    assert "".join(part.text for part in read_traceback(text).parts) == text


@given(st.lists(LINES | st.text(max_size=12)).map("\n".join))
def test_head_and_rest_are_the_part(text: str) -> None:
    for part in read_traceback(text).parts:
        assert part.head + part.rest == part.text
        assert "\n" not in part.head[:-1]
