"""The house keeps its order: few files beside the folders, no folder too full, names that a stranger can guess."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

from tests.project.checkout import ROOT, project_files

MOST_MODULES = 20
MOST_FILES_OF_WEB = 8
#: Names that once had to be explained. Each stood for something that has a plain name now.
# fmt: off
OPAQUE = frozenset(
    {
        "cells", "tallies", "places", "specimens", "waits", "zones", "drawn_path", "time_shares",
        "mistakes", "answers", "listening", "frame", "state", "checks", "examination", "inspection",
        "examining", "resuming", "shown", "record", "records", "course", "held", "staff", "bridge",
        "ask", "leave",
    }
)
# fmt: on


def modules() -> list[Path]:
    """Every module that is installed, by its path in the checkout."""
    return [path for path in project_files(".py") if path.parts[0] in ("celeriac", "engine", "web")]


def test_no_folder_has_too_many_modules() -> None:
    counts = Counter(path.parent for path in modules() if path.name != "__init__.py")

    assert {str(folder): n for folder, n in counts.items() if n > MOST_MODULES} == {}


def test_web_has_few_files_beside_its_folders() -> None:
    beside = [path.name for path in (ROOT / "web").iterdir() if path.is_file()]

    assert len(beside) <= MOST_FILES_OF_WEB, beside


def test_every_folder_of_templates_is_a_screen() -> None:
    """But for what screens share: `components`, and the pages of errors."""
    screens = {path.name for path in (ROOT / "web").iterdir() if path.is_dir()}
    folders = {path.name for path in (ROOT / "templates").iterdir() if path.is_dir()}

    assert folders - {"components", "errors"} <= screens


def test_names_of_modules_classes_and_public_functions_can_be_guessed() -> None:
    found = [f"{path}" for path in modules() if path.stem.lower() in OPAQUE]
    for path in modules():
        for node in ast.parse((ROOT / path).read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found += [f"{path}: {name}" for name in _names(node) if name.lower() in OPAQUE]

    assert found == []


def _names(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[str]:
    """The name of a class, of its public methods, or of a function."""
    names = [node.name]
    if isinstance(node, ast.ClassDef):
        functions = (each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
        names += [each.name for each in functions if not each.name.startswith("_")]
    return names
