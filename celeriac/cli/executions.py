"""`executions`: lists executions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from celeriac.cli.connection import open_engine
from celeriac.cli.output import (
    Json,
    console,
    print_json,
    say,
    status_text,
    table,
)

if TYPE_CHECKING:
    from rich.table import Table

    from celeriac.engine.workflows.progress.views import (
        ExecutionSummary,
    )


def executions(
    workflow: Annotated[str | None, typer.Option(help="Only of this workflow.")] = None,
    status: Annotated[
        str | None, typer.Option(help="Only in this status: pending, running, success, failure or cancelled.")
    ] = None,
    prefix: Annotated[str | None, typer.Option(help="Only ids with this prefix.")] = None,
    label: Annotated[str | None, typer.Option(metavar="KEY=VALUE", help="Only with this label.")] = None,
    since: Annotated[str | None, typer.Option(help="Launched at or after this RFC 3339 time.")] = None,
    until: Annotated[str | None, typer.Option(help="Launched before this RFC 3339 time.")] = None,
    limit: Annotated[int, typer.Option(help="Maximum number, 1 to 200.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="The `next` of the previous page.")] = None,
    as_json: Json = False,
) -> None:
    """List executions, newest first."""
    page = open_engine().get_execution_history(
        workflow_id=workflow,
        status=status,
        q=prefix,
        since=since,
        until=until,
        label=label,
        limit=limit,
        cursor=cursor,
    )
    if as_json:
        print_json(page)
        return
    console().print(executions_table(page["executions"]))
    if page["next"]:
        total = f"{page['total']:,}{'+' if page['total_capped'] else ''}"
        say(f"{len(page['executions'])} of {total}; the next page: --cursor {page['next']}")


def executions_table(found: list[ExecutionSummary]) -> Table:
    from celeriac.words.formats import date_and_time, duration

    headings = ("EXECUTION", "STATUS", "STEPS", "STARTED (UTC)", "DURATION", "NOTE")
    return table(
        headings,
        (
            (
                e["execution_id"],
                status_text(e["status"], cancel_requested=e["cancel_requested"]),
                f"{e['progress']['completed_steps']}/{e['progress']['total_steps']}",
                date_and_time(e["start_time"]),
                duration(e["duration"]),
                e["note"] or "",
            )
            for e in found
        ),
    )
