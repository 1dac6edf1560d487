"""What the README shows works as it stands there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from tests.support.executions import wait_until_ended
from tests.support.workers import Worker

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/first_workflow/greetings.py"


def test_the_readme_shows_the_example_as_it_is() -> None:
    (shown,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)

    assert EXAMPLE.read_text().partition('"""\n\n')[2] == shown


def test_the_example_greets_in_two_languages_when_it_is_launched(
    settings: Settings,
    engine: WorkflowEngine,
    start_worker: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(EXAMPLE.parent))
    start_worker(settings=replace(settings, workflows=("greetings",)))

    execution = wait_until_ended(engine, engine.execute_workflow("greetings", {"name": "Aiko"}))

    assert execution["status"] == "success"
    assert execution["result"] == {"both": "Good morning, Aiko / おはようございます, Aiko"}
    assert [level["total"] for level in execution["levels"]] == [2, 1]
