"""Lines of a log as a terminal would show them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celeriac.engine.workflows.progress.output import cut
from celeriac.engine.workflows.progress.terminal_text import DRAWN, terminal_text

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
PERSIAN = "می\u200cخواهم"  # noqa: RUF001
BAD = "\N{REPLACEMENT CHARACTER}"

CASES = {
    # nothing to do
    "plain": ("read 3 rows", "read 3 rows"),
    "empty": ("", ""),
    "several lines": ("two\nrows\n", "two\nrows\n"),
    "tab": ("a\tb", "a\tb"),
    "spaces": ("  a  ", "  a  "),
    "letters": ("größer ☃ 日本", "größer ☃ 日本"),
    "looks like colour": ("array[32m]", "array[32m]"),
    "joined emoji": (FAMILY, FAMILY),
    "non-joiner": (PERSIAN, PERSIAN),
    "variation selector": ("❤\ufe0f", "❤\ufe0f"),
    "combining mark": ("e\u0301", "e\u0301"),
    "marks of direction": ("\u200eabc\u200f", "\u200eabc\u200f"),
    # overwritten
    "progress": ("a 10%\ra 50%\ra 100%", "a 100%"),
    "shorter text": ("hello\rHE", "HEllo"),
    "returns alone": ("\r\rabc\r", "abc"),
    "end of line of Windows": ("one\r\ntwo\r\n", "one\ntwo\n"),
    "each line for itself": ("1%\r2%\n3%\r4%", "2%\n4%"),
    "bar that starts with a return": ("\r 1/2\r 2/2", " 2/2"),
    "backspace": ("abc\b\bX", "aXc"),
    "backspaces at the start": ("\b\bab", "ab"),
    "spinner": ("|\b/\b-\b\\", "\\"),
    "mark of an overwritten letter": ("e\u0301x\ra", "ax"),
    "mark of a new letter": ("ab\re\u0301", "e\u0301b"),
    "family overwritten whole": (f"{FAMILY}x\rab", "abx"),
    "family written over": (f"abc\r{FAMILY}", f"{FAMILY}c"),
    "half of a wide letter": ("日本\ra", "a 本"),
    "wide over narrow": ("abcd\r日", "日cd"),
    "second half of a wide letter": ("日本\bx", "日 x"),
    "flag": ("abcd\r\U0001f1ee\U0001f1f7", "\U0001f1ee\U0001f1f7bcd"),
    "skin tone": ("abc\r\U0001f44d\U0001f3fd", "\U0001f44d\U0001f3fdc"),
    "tab of a drawn line": ("x\ty\rz", "z       y"),
    "rest erased": ("hello world\r\x1b[Kbye", "bye"),
    "line erased": ("hello\r\x1b[2Kbye", "bye"),
    "start erased": ("hello\b\b\x1b[1K", "    o"),
    # escape sequences
    "colour": ("\x1b[32mgreen\x1b[0m", "green"),
    "many colours": ("\x1b[1;38;2;255;0;0mred\x1b[m!", "red!"),
    "cursor": ("a\x1b[2A\x1b[10;20Hb\x1b[?25l", "ab"),
    "colour in a drawn line": ("\x1b[31mab\x1b[0m\rc", "cb"),
    "title": ("\x1b]0;title\x07text", "text"),
    "link": ("\x1b]8;;https://example.org\x1b\\here\x1b]8;;\x1b\\", "here"),
    "string without an end": ("a\x1b]0;title\nb", "a\nb"),
    "device control": ("\x1bPq#0\x1b\\x", "x"),
    "character set": ("\x1b(Bx\x1b)0", "x"),
    "reset": ("\x1bcx\x1b7\x1b8\x1b=", "x"),
    "escape alone": ("abc\x1b", "abc"),
    "escape before a letter that ends none": ("\x1bü", "ü"),
    "sequence without an end": ("abc\x1b[32", "abc"),
    "sequence cut by a letter": ("\x1b[32ü", "ü"),
    "C1 colour": ("\x9b32mgreen\x9b0m", "green"),
    "C1 title": ("\x9d0;title\x9ctext", "text"),
    # the others
    "bell": ("ding\a", f"ding{BAD}"),
    "null": ("a\0b", f"a{BAD}b"),
    "delete": ("a\x7fb", f"a{BAD}b"),
    "C1": ("a\x85b", f"a{BAD}b"),
    "bell in a drawn line": ("ab\rc\a", f"c{BAD}"),
    "override": ("a\u202eb\u202c", f"a{BAD}b{BAD}"),
    "isolate": ("\u2067a\u2069", f"{BAD}a{BAD}"),
    "surrogate": ("lone \ud800\rL", "Lone \ud800"),
}


@pytest.mark.parametrize("name", CASES)
def test_text_is_what_a_terminal_shows_when_a_task_says(name: str) -> None:
    said, shown = CASES[name]

    assert terminal_text(said) == shown


@given(st.text(st.characters() | st.sampled_from("\r\b\t\n\x1b[]K0m日\u0301\u200d\x9b\x9d")))
def test_nothing_is_left_to_do_when_a_text_was_shown(text: str) -> None:
    shown = terminal_text(text)

    assert terminal_text(shown) == shown
    assert {c for c in shown if unicodedata.category(c) == "Cc"} <= {"\t", "\n"}
    cut(shown).encode()


def test_the_last_version_is_kept_when_a_line_is_very_long() -> None:
    bar = "".join(f"\r{'#' * 100} \x1b[32m{number}\x1b[0m" for number in range(DRAWN // 50))

    assert terminal_text(bar + "\r") == f"{'#' * 100} {DRAWN // 50 - 1}"
    assert terminal_text("x" * DRAWN + "\b!") == "x" * DRAWN + BAD + "!"
