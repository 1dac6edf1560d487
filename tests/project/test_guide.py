"""docs/guide/workflows.md shows steps that can be registered, and every condition and trigger there is."""

from __future__ import annotations

import re
from typing import Any

from celeriac import WorkflowStep
from celeriac.engine.workflows.conditions.rules import CONDITION_TYPES, condition_problems
from celeriac.engine.workflows.definition.definition import define_workflow
from celeriac.engine.workflows.definition.steps import TRIGGERS
from tests.project.checkout import ROOT
from tests.support.cases import for_each

GUIDE = (ROOT / "docs" / "guide" / "workflows.md").read_text()
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", GUIDE, re.MULTILINE | re.DOTALL))
BRANCHES, TRIGGERED = SECTIONS["Conditions and branches"], SECTIONS["Triggers and failures"]
MAPPED = SECTIONS["Lists known only at run time"]


def examples(section: str) -> list[list[Any]]:
    blocks = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    blocks = [block for block in blocks if not block.startswith("@task")]
    return [eval(f"[{block}]", {"WorkflowStep": WorkflowStep}) for block in blocks]


def first_column(section: str) -> list[str]:
    """What stands in quotation marks at the beginning of the rows of a table."""
    rows = re.findall(r"^\| (`[^|]*`) \|", section, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`(\w+)`", row)]


@for_each([*examples(BRANCHES), *examples(TRIGGERED), *examples(MAPPED)])
def test_an_example_is_accepted_when_it_is_copied(example: list[Any]) -> None:
    conditions = [given for given in example if isinstance(given, dict)]
    steps = [given for given in example if isinstance(given, WorkflowStep)]
    elsewhere = {name for step in steps for name in step.depends_on} - {step.name for step in steps}

    assert len(conditions) + len(steps) == len(example) > 0
    assert [list(condition_problems("only_if", condition)) for condition in conditions] == [[]] * len(
        conditions
    )
    if steps:
        define_workflow("w", [*steps, *(WorkflowStep(name, "noop") for name in elsewhere)])


def test_every_condition_and_trigger_is_told_when_the_guide_lists_them() -> None:
    assert sorted(first_column(BRANCHES)) == sorted(CONDITION_TYPES)
    assert sorted(first_column(TRIGGERED)) == sorted(TRIGGERS)
