"""Authors of workflows pay for what they use: importing the names loads neither Celery nor redis."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.project.checkout import ROOT, project_files

HEAVY = "celery", "kombu", "redis", "starlette"


@pytest.mark.parametrize(
    "statement",
    [
        "import celeriac",
        "from celeriac import WorkflowStep",
        "from celeriac.engine.workflows.definition.steps import WorkflowStep",
    ],
)
def test_neither_celery_nor_redis_is_loaded_when_a_name_is_imported(statement: str) -> None:
    program = f"{statement}; import sys; print([name for name in {HEAVY!r} if name in sys.modules])"

    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "[]"


def test_the_source_folders_are_no_packages_of_their_own_when_imported() -> None:
    """In a checkout `import engine` would load every module a second time, with classes of its own."""
    program = (
        "import importlib, pkgutil, sys, celeriac\n"
        "for module in pkgutil.walk_packages(celeriac.__path__, 'celeriac.'):\n"
        "    if not module.name.endswith('__main__'): importlib.import_module(module.name)\n"
        "print(sorted(name for name in sys.modules if name.partition('.')[0] in ('engine', 'web')))"
    )

    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "[]"


def test_no_module_names_a_source_folder_when_it_imports() -> None:
    pattern = re.compile(r"^\s*(?:from|import) (?:engine|web)\b", re.MULTILINE)

    assert [str(path) for path in project_files(".py") if pattern.search((ROOT / path).read_text())] == []
