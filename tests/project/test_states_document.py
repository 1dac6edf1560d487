"""docs/states.md matches the code."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

from celeriac.engine.workflows.progress.events import EVENT_OF_CODE
from celeriac.engine.workflows.progress.states import (
    EXECUTION_CHANGES,
    STEP_CHANGES,
    StepStatus,
    WorkflowStatus,
)

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/states.md").read_text()


def rows(heading: str) -> list[list[str]]:
    """The rows of the tables below a heading, without the tables' heads, backticks taken away."""
    section = DOCUMENT.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    heads = {index for index, row in enumerate(cells) if set(row[0]) == {"-"}}
    return [row for index, row in enumerate(cells) if index not in heads and index + 1 not in heads]


def names(cell: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", cell))


def test_every_change_of_an_execution_is_in_the_document() -> None:
    documented = {row[0].strip("`"): names(row[2]) for row in rows("Execution")}

    assert documented == {
        status.value: {s.value for s in changes} for status, changes in EXECUTION_CHANGES.items()
    }


def test_every_change_of_a_step_is_in_the_document() -> None:
    documented = {row[0].strip("`"): (row[1].strip("`"), names(row[3])) for row in rows("Step")}

    assert documented == {
        status.value: (status.letter, {s.value for s in changes}) for status, changes in STEP_CHANGES.items()
    }


def test_every_change_is_made_by_a_script_that_exists_and_told_by_an_event() -> None:
    table = rows("Script and event of each change")
    scripts = {path.stem for path in (ROOT / "engine/store/lua").glob("*.lua")}
    changes: set[tuple[StrEnum, StrEnum]] = set()
    for what, script, event in table:
        assert names(script) <= scripts
        assert names(event) <= set(EVENT_OF_CODE.values())
        before, _, after = what.partition("→")
        if "step_" in event:
            changes |= {(StepStatus(a), StepStatus(b)) for a in names(before) for b in names(after)}

    assert changes == {(before, after) for before, afters in STEP_CHANGES.items() for after in afters}
    assert {event for row in table for event in names(row[2])} == set(EVENT_OF_CODE.values())


def test_the_words_of_the_source_document_are_the_statuses() -> None:
    assert [status.value for status in WorkflowStatus] == [
        "pending",
        "running",
        "success",
        "failure",
        "cancelled",
    ]
