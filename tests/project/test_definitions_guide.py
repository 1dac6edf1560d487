"""docs/guide/definitions.md shows a definition that can be read, and tells mistakes in it as they are told."""

from __future__ import annotations

import json
import re

from celeriac.engine.workflows.definition.announced import Announced, unannounced
from celeriac.engine.workflows.definition.bodies import read_definition
from celeriac.engine.workflows.json.text_positions import located
from tests.project.checkout import ROOT

GUIDE = (ROOT / "docs" / "guide" / "definitions.md").read_text()
[EXAMPLE] = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
TASKS = Announced(tasks=["fetch_orders", "load_orders"], queues=["default"])


def told(text: str) -> list[str]:
    read = read_definition("nightly_import", json.loads(text))
    problems = located([*read.problems, *unannounced(read.steps, TASKS)], text)
    return [f"celeriac: {each.message} (line {each.line}, column {each.column})" for each in problems]


def test_the_example_can_be_put_when_its_tasks_are_announced() -> None:
    assert told(EXAMPLE) == []


def test_mistakes_are_told_as_shown_when_they_are_made_in_the_example() -> None:
    text = EXAMPLE.replace('"fetch_orders"', '"fetch_order"').replace('"timeout"', '"time_out"')

    assert told(text) == re.findall(r"^celeriac: .*", GUIDE, re.MULTILINE)
