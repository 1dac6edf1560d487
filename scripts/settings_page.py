"""Prints docs/reference/settings.md: every setting as engine/settings.py declares it."""

from __future__ import annotations

import sys
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

# Run as a file, this finds the checkout it belongs to even where nothing is installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from celeriac.engine.settings import PREFIX, Settings

OPENING = """\
# Settings

Environment variables, read once when a process starts. A variable that is set to nothing counts as not set; an unknown
`CELERIAC_` variable or a bad value is refused, naming the variable and the value. Times are in seconds, sizes in bytes.
`make run` passes `PORT` on as `CELERIAC_PORT`.

This page is written by `make settings-page` from `engine/settings.py`.
"""


def page() -> str:
    return "\n".join([OPENING, *(entry(declared) for declared in fields(Settings))])


def entry(declared: Field[Any]) -> str:
    """One setting as a section."""
    meaning = declared.metadata["meaning"].rstrip(".")
    return f"## `{PREFIX}{declared.name.upper()}`\n\n{meaning}.  \nDefault: {shown(declared.default)}\n"


def shown(default: Any) -> str:
    """A default as it would be written into the variable."""
    if isinstance(default, bool):
        return f"`{int(default)}`"
    if isinstance(default, tuple):
        default = ",".join(default)
    if isinstance(default, float):
        default = f"{default:g}"
    return f"`{default}`" if str(default) else "not set"


if __name__ == "__main__":
    sys.stdout.write(page())
