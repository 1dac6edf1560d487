"""Authors of workflows pay for what they use: importing the names loads neither Celery nor redis."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = "celery", "kombu", "redis", "starlette"


@pytest.mark.parametrize(
    "statement",
    [
        "import celeriac",
        "from celeriac import WorkflowStep",
        "from engine.workflows.steps import WorkflowStep",
    ],
)
def test_neither_celery_nor_redis_is_loaded_when_a_name_is_imported(statement: str) -> None:
    program = f"{statement}; import sys; print([name for name in {HEAVY!r} if name in sys.modules])"

    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "[]"
