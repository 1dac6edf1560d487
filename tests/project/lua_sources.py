"""The Lua files of the project, and what tests look for in them."""

from __future__ import annotations

import re
from pathlib import Path

import celeriac.engine.store

FOLDER = Path(celeriac.engine.store.__path__[0]) / "lua"
SCRIPTS = sorted(FOLDER.glob("*.lua"))
LIBRARIES = sorted(FOLDER.glob("lib/*.lua"))


def library(name: str) -> str:
    """The text of a library."""
    return (FOLDER / "lib" / f"{name}.lua").read_text()


def code_of(path: Path) -> str:
    """The text of a file without its comments."""
    return re.sub(r"--.*", "", path.read_text())
