"""Output of commands: JSON for programs, tables for people, without escape sequences from data."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]

#: Wide enough that nothing is cut when the output is piped.
PIPED_WIDTH = 1000

STYLES = {
    "pending": "dim",
    "queued": "cyan",
    "running": "bold blue",
    "cancelling": "magenta",
    "retrying": "yellow",
    "success": "green",
    "failure": "bold red",
    "cancelled": "magenta",
    "skipped": "dim",
}


def print_json(value: Any) -> None:
    """Indented on a terminal, one line when piped: then each line of output is one JSON text."""
    indent = 2 if sys.stdout.isatty() else None
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        # JSON has escapes of its own, so that nothing is lost.
        text = json.dumps(value, indent=indent)
    print_line(text)


def print_line(line: str) -> None:
    """One line on standard output, flushed."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def say(line: str) -> None:
    """One line for people on standard error, separate from the result."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


#: Of Persian and Indic words, and of emoji.
JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"


def console() -> Console:
    from rich.console import Console

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else PIPED_WIDTH
    return Console(width=width, highlight=False, markup=False, emoji=False)


def table(headings: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """A table without lines. On a narrow terminal the first column, an id to be copied, is folded."""
    from rich.table import Table

    result = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for position, heading in enumerate(headings):
        result.add_column(heading, overflow="fold" if position == 0 else "ellipsis", no_wrap=position > 0)
    for row in rows:
        result.add_row(*(plain(cell) if isinstance(cell, str) else cell for cell in row))
    return result


def plain(text: str) -> Text:
    """Text printed literally: markup and terminal escape sequences have no effect."""
    from rich.text import Text

    return Text(harmless(text))


def harmless(text: str) -> str:
    """The text on one line, control characters replaced: names and notes are user input. Joiners are part of words."""
    return "".join(
        c if c.isprintable() or c in JOINERS else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )


def status_text(status: str, *, cancel_requested: bool = False) -> Text:
    """A status in its colour; "cancelling" for an execution that is being cancelled."""
    from rich.text import Text

    shown = "cancelling" if cancel_requested and status in ("pending", "running") else status
    return Text(shown, style=STYLES.get(shown, ""))
