"""Form errors: the field, the position in its text, and the line itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from celeriac.engine.errors import InputProblem, InvalidInput
from celeriac.engine.workflows.json.text_positions import located

#: Columns shown on either side of an error in a long line.
EXCERPT = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class FormError:
    """`field` is the form's field, "" for none; `line` and `column` count from 1; `excerpt` is that line and a caret."""

    field: str
    message: str
    line: int | None = None
    column: int | None = None
    excerpt: str = ""


def form_error_in(field: str, where: InvalidInput | InputProblem, message: str, text: str) -> FormError:
    """An error in the text of a field, with its line if its position is known."""
    excerpt = _excerpt(text, where.line, where.column) if where.line and where.column else ""
    return FormError(field=field, message=message, line=where.line, column=where.column, excerpt=excerpt)


def form_errors_in(
    field: str, problems: Iterable[InputProblem], text: str, *, below: str = ""
) -> list[FormError]:
    """Problems in the JSON text of a field, ordered by position; `below` as for `located`."""
    found = located(problems, text, below=below)
    return [form_error_in(field, problem, problem.message, text) for problem in found]


def _excerpt(text: str, line: int, column: int) -> str:
    """The line of the error (or the part around it) and a caret below the position."""
    lines = text.split("\n")
    if line > len(lines):
        return ""
    # A tab is one column wide for the caret, too.
    content = lines[line - 1].replace("\t", " ")
    start = max(0, column - 1 - EXCERPT)
    return f"{content[start : column - 1 + EXCERPT]}\n{' ' * (column - 1 - start)}^"
