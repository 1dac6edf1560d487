"""Every pattern is complete: a module, its workflow, its tests, its place in the guide, where the code is as it is there."""

from __future__ import annotations

import json
import re

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from examples.patterns import PATTERNS
from tests.project.checkout import ROOT
from tests.support.cases import for_each

DIRECTORY = ROOT / "examples" / "patterns"
GUIDE = (ROOT / "docs" / "guide" / "patterns.md").read_text()
README = (DIRECTORY / "README.md").read_text()


def lines(text: str) -> str:
    """The text without the indentation of its lines."""
    return "\n".join(line.strip() for line in text.strip().splitlines())


def test_all_modules_are_started_when_the_package_is() -> None:
    modules = {path.stem for path in DIRECTORY.glob("*.py")} - {"__init__"}
    # An address where nothing listens: to load definitions opens no connection.
    engine = WorkflowEngine(Settings(redis_url="redis://127.0.0.1:1", workflows=("examples.patterns",)))

    engine.load_workflows()

    assert modules == set(PATTERNS)
    assert modules <= engine.registered.keys()


@for_each(PATTERNS)
def test_a_pattern_is_tested_and_told_of_when_it_is_there(pattern: str) -> None:
    assert (ROOT / f"tests/integration/patterns/test_{pattern}.py").exists()
    assert f"| [{pattern}]({pattern}.py) |" in README
    assert f"[{pattern}.py](../../examples/patterns/{pattern}.py)" in GUIDE


@for_each(PATTERNS)
def test_the_code_is_as_in_the_module_when_the_guide_shows_it(pattern: str) -> None:
    (section,) = re.findall(rf"^\[{pattern}\.py\].*?(?=^## |\Z)", GUIDE, re.MULTILINE | re.DOTALL)
    shown = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    module = lines((DIRECTORY / f"{pattern}.py").read_text())

    calls = [block for block in shown if not block.startswith("workflow_engine.")]
    assert shown
    assert [block for block in calls if lines(block) not in module] == []


def test_the_inputs_are_json_when_the_readme_names_them() -> None:
    rows = re.findall(r"^\| \[\w+\]\(\w+\.py\) \| `(.*?)`", README, re.MULTILINE)

    assert len(rows) == len(PATTERNS)
    assert all(isinstance(json.loads(row), dict) for row in rows)
