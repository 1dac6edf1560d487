"""Templates hold one element per line, so that a line can be read and a change of it seen."""

from __future__ import annotations

import re
from math import floor

import pytest

from tests.project.checkout import ROOT, project_files

TEMPLATES = [path for path in project_files(".html") if path.parts[0] == "templates"]
LONGEST = 140
#: Nine lines of ten are not longer than this.
MOST = 110
#: A statement between attributes brings its own space: `web/ui/template_layout.py` leaves none before it.
GLUED = re.compile(r"^\s*\{% (?:if|elif|else)\b[^\n]*?%\}[a-z-]+(?:=\"|\{%)", re.MULTILINE)


def test_there_are_templates_when_they_are_looked_for() -> None:
    assert len(TEMPLATES) > 100


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_no_line_is_long_when_a_template_is_read(path: object) -> None:
    lines = (ROOT / str(path)).read_text().splitlines()

    assert [number for number, line in enumerate(lines, 1) if len(line) > LONGEST] == []


def test_lines_are_short_when_all_templates_are_read() -> None:
    lengths = sorted(
        len(line) for path in TEMPLATES for line in (ROOT / path).read_text().splitlines() if line.strip()
    )

    assert lengths[floor(len(lengths) * 0.9)] <= MOST


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_attributes_are_apart_when_a_statement_adds_one(path: object) -> None:
    assert GLUED.findall((ROOT / str(path)).read_text()) == []
