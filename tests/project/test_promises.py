"""docs/promises.md names a test for each of the 48 faults, and every test it names exists."""

from __future__ import annotations

import ast
import re

from tests.project.checkout import ROOT
from tests.support.cases import for_each

TEXT = (ROOT / "docs/promises.md").read_text()
ROWS = [line for line in TEXT.splitlines() if re.match(r"\| \d+ \|", line)]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)))


def test_every_fault_has_a_row_when_they_are_counted() -> None:
    assert [int(row.split("|")[1]) for row in ROWS] == list(range(1, 49))


@for_each(ROWS, name=lambda row: row.split("|")[1].strip())
def test_a_test_is_named_when_a_fault_is_listed(row: str) -> None:
    *_, shown_by, _ = row.split("|")

    assert "::test_" in shown_by


@for_each(NAMED, name="::".join)
def test_the_test_exists_when_it_is_named(named: tuple[str, str]) -> None:
    path, name = named
    functions = ast.parse((ROOT / path).read_text()).body

    assert name in {each.name for each in functions if isinstance(each, ast.FunctionDef)}
