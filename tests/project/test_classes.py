"""Classes are words that can be said aloud, and each is known to both sides: the style and the markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from celeriac.web.help.samples import LOOKS
from tests.project.checkout import ROOT, project_files

#: Real words of one or two letters that may be classes.
SHORT_WORDS: frozenset[str] = frozenset()
#: Bars of the timeline (`web/execution/timeline/bars.py`), whose kind is their class.
KINDS = {"queued", "back", "ran", "bad", "off", "now"}
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
ATTRIBUTE = re.compile(r"\sclass=\"((?:\{\{.*?\}\}|\{%.*?%\}|[^\"{])*)\"", re.DOTALL)


def styled() -> set[str]:
    """The classes that a rule of a style sheet names."""
    found: set[str] = set()
    for path in _files("static", ".css"):
        rules = re.sub(r"/\*.*?\*/|\"[^\"]*\"", "", path.read_text(), flags=re.DOTALL)
        for selector in re.findall(r"[^{};]*\{", rules):
            found |= set(re.findall(r"\.([a-zA-Z][\w-]*)", selector))
    return found


def used() -> set[str]:
    """The classes that a template gives to an element: those in its source, and those that come from a value."""
    found = set(LOOKS) | KINDS
    for path in _files("templates", ".html"):
        for value in ATTRIBUTE.findall(path.read_text()):
            found |= set(JINJA.sub(" ", value).split())
            for expression in re.findall(r"\{\{.*?\}\}", value):
                found |= set(re.findall(r"(?<![=!] )'([\w-]+)'", expression))
    return found


def _files(directory: str, suffix: str) -> Iterator[Path]:
    return (ROOT / path for path in project_files(suffix) if path.parts[0] == directory)


def test_classes_are_words_when_a_rule_or_a_template_names_them() -> None:
    assert [name for name in sorted(styled() | used()) if len(name) < 3 and name not in SHORT_WORDS] == []


def test_there_is_an_element_when_a_rule_names_a_class() -> None:
    assert sorted(styled() - used()) == []


def test_there_is_a_rule_when_a_template_names_a_class() -> None:
    assert sorted(used() - styled()) == []


@pytest.mark.parametrize("suffix", [".html", ".js", ".css"])
def test_data_attributes_are_words_when_they_are_written(suffix: str) -> None:
    texts = {
        str(path): path.read_text() for path in (*_files("templates", suffix), *_files("static", suffix))
    }
    short = re.compile(r"\bdata-[a-z]\b(?!-)|\bdataset\.[a-z]\b")

    assert {
        path: short.findall(text)
        for path, text in texts.items()
        if "vendor" not in path and short.search(text)
    } == {}
