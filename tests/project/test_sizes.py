"""Files stay small enough to be read in one go. Lines, by kind; the few exceptions are named with their reason."""

from __future__ import annotations

from pathlib import Path

from tests.project.checkout import ROOT, project_files
from tests.support.cases import for_each

#: Path → why it may be longer, and how long.
EXCEPTIONS: dict[str, tuple[int, str]] = {
    "engine/engine.py": (600, "the façade: every method of the document's two classes in one place"),
}
#: Partials of one duty that were within the limit before they had one element per line; none may grow.
ONE_ELEMENT_PER_LINE = {
    "templates/cleanup/_rule.html": 41,
    "templates/definitions/_form.html": 41,
    "templates/execution/_facts.html": 50,
    "templates/execution/_log.html": 42,
    "templates/execution/_log_filters.html": 45,
    "templates/execution/_timeline_row.html": 43,
    "templates/help/_keyboard.html": 45,
    "templates/help/_states.html": 52,
    "templates/help/_ways_in.html": 47,
    "templates/styleguide/_forms.html": 44,
    "templates/styleguide/_states.html": 41,
    "templates/plan/_node.html": 53,
    "templates/plan/_node_parts.html": 46,
    "templates/step/_error.html": 45,
    "templates/step/_item_table.html": 43,
    "templates/step/_log.html": 41,
    "templates/step/_step.html": 44,
    "templates/workflows/_drawings.html": 49,
    "templates/workflows/_history.html": 51,
    "templates/workflows/_row.html": 41,
}


def limit(path: Path) -> int | None:
    """The most lines a file may have, None where there is no limit."""
    if str(path) in EXCEPTIONS:
        return EXCEPTIONS[str(path)][0]
    if str(path) in ONE_ELEMENT_PER_LINE:
        return ONE_ELEMENT_PER_LINE[str(path)]
    if "vendor" in path.parts:
        return None
    if path.suffix == ".html":
        return 40 if path.name.startswith("_") else 120
    return {".py": 400, ".lua": 80, ".css": 200, ".js": 120}.get(path.suffix)


@for_each(project_files(".py", ".lua", ".css", ".js", ".html"))
def test_files_are_short_enough_when_read(path: Path) -> None:
    most = limit(path)
    lines = len((ROOT / path).read_text().splitlines())

    assert most is None or lines <= most, f"{lines} lines, {most} are the limit: split it by duty"


def test_exceptions_exist_when_listed() -> None:
    assert [path for path in (*EXCEPTIONS, *ONE_ELEMENT_PER_LINE) if not (ROOT / path).exists()] == []
