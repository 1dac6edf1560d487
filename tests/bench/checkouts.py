"""Checkouts of the project that are measured beside each other, each with its own virtual environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.processes import PROJECT, child_environment

#: The folder of the modules that run in every checkout; see its docstring.
INSIDE = Path(__file__).parent / "inside"


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout of the project. With `cache` nothing is written into it: compiled modules go there."""

    root: Path
    cache: Path | None = None

    @property
    def python(self) -> Path:
        return self.root / ".venv" / "bin" / "python"

    def command(self, module: str, *arguments: str) -> list[str]:
        """The command that runs a module of `INSIDE` there. Raises `RuntimeError` when nothing is installed there."""
        if not self.python.exists():
            raise RuntimeError(
                f"{self.root} has no .venv: run `make .venv/.installed-test` there, then measure again"
            )
        return [str(self.python), "-m", module, *arguments]

    def environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        """The environment of that command, which has to run in `root`."""
        cache = {"PYTHONPYCACHEPREFIX": str(self.cache)} if self.cache else {}
        return child_environment({"PYTHONPATH": f"{self.root}:{INSIDE}", **cache, **extra})


THIS = Checkout(PROJECT)
