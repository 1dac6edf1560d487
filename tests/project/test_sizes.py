"""Files stay small enough to be read in one go. Lines, by kind; the few exceptions are named with their reason."""

from __future__ import annotations

from pathlib import Path

from tests.project.checkout import ROOT, project_files
from tests.support.cases import for_each

#: Path → why it may be longer, and how long.
EXCEPTIONS: dict[str, tuple[int, str]] = {
    "engine/engine.py": (600, "the façade: every method of the document's two classes in one place"),
}


def limit(path: Path) -> int | None:
    """The most lines a file may have, None where there is no limit."""
    if str(path) in EXCEPTIONS:
        return EXCEPTIONS[str(path)][0]
    if "vendor" in path.parts:
        return None
    if path.suffix == ".html":
        # One element per line: a partial of one duty, a table with its head say, takes more lines than it has elements.
        return 60 if path.name.startswith("_") else 120
    return {".py": 400, ".lua": 80, ".css": 200, ".js": 120}.get(path.suffix)


@for_each(project_files(".py", ".lua", ".css", ".js", ".html"))
def test_files_are_short_enough_when_read(path: Path) -> None:
    most = limit(path)
    lines = len((ROOT / path).read_text().splitlines())

    assert most is None or lines <= most, f"{lines} lines, {most} are the limit: split it by duty"


def test_exceptions_exist_when_listed() -> None:
    assert [path for path in EXCEPTIONS if not (ROOT / path).exists()] == []
