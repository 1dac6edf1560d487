"""Comments, docstrings, messages and documents are plain technical English: a list of words they do without."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

from tests.project.checkout import ROOT, project_files

WORDS = (
    *("answers", "anew", "whoever", "somebody", "nobody", "tells", "told", "stands"),
    *("what of it", "that which", "of which", "is said", "says so"),
)
FORBIDDEN = re.compile(r"\b(" + "|".join(word.replace(" ", r"\s+") for word in WORDS) + r")\b", re.IGNORECASE)

CHECKED = (
    "README.md",
    "CONTRIBUTING.md",
    "ARCHITECTURE.md",
    "celeriac/",
    "docs/guide/",
    "docs/promises.md",
    "docs/reference/",
    "docs/states.md",
    "engine/",
    "examples/",
    "static/css/",
    "static/js/",
    "templates/",
    "web/",
)
#: Path → lines, or parts of lines, in which a word is the right one.
EXCUSED: dict[str, tuple[str, ...]] = {
    "examples/patterns/map_and_reduce.py": ("punctuation stands alone",),
}

CODE_SUFFIXES = (".py", ".lua")


def checked_files() -> list[Path]:
    suffixes = (*CODE_SUFFIXES, ".md", ".html", ".css", ".js")
    return [path for path in project_files(*suffixes) if str(path).startswith(CHECKED)]


def words_of(path: Path) -> str:
    """The text of a file without its code: line breaks stay, so that lines can be counted."""
    text = (ROOT / path).read_text()
    if path.suffix == ".py":
        return words_of_python(text)
    if path.suffix == ".lua":
        return "\n".join(line.partition("--")[2].lstrip("-") for line in text.split("\n"))
    return text


def words_of_python(text: str) -> str:
    """The comments and strings of a module, each on the line it has there."""
    strings = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
    lines = [""] * (text.count("\n") + 1)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT or token.type in strings:
            for offset, line in enumerate(token.string.lstrip("#: ").split("\n")):
                lines[token.start[0] - 1 + offset] += f" {line}"
    return "\n".join(lines)


def found_in(path: Path) -> list[str]:
    """Every forbidden word of a file: `path:line: the line`."""
    text = words_of(path)
    lines = text.split("\n")
    found = []
    for match in FORBIDDEN.finditer(text):
        number = text.count("\n", 0, match.start())
        if not any(excuse in lines[number] for excuse in EXCUSED.get(str(path), ())):
            found.append(f"{path}:{number + 1}: {match[0]!r} in: {lines[number].strip()}")
    return found


def test_no_word_of_the_list_is_found_when_texts_are_read() -> None:
    found = [line for path in checked_files() for line in found_in(path)]

    assert not found, "say it in plain words:\n" + "\n".join(found)


def test_every_excuse_is_needed_when_it_is_listed() -> None:
    unneeded = [
        f"{path}: {excuse}"
        for path, excuses in EXCUSED.items()
        for excuse in excuses
        if not any(excuse in line and FORBIDDEN.search(line) for line in words_of(Path(path)).split("\n"))
    ]

    assert unneeded == []


def test_a_word_is_found_when_it_is_in_a_comment_a_docstring_or_a_message() -> None:
    source = '''
"""Answers the id."""
answers = f"{1} for nobody"  # for whoever has it
"""Split between
lines, that
which is found."""
'''

    found = [match[0] for match in FORBIDDEN.finditer(words_of_python(source))]

    assert [word.split() for word in found] == [["Answers"], ["nobody"], ["whoever"], ["that", "which"]]
