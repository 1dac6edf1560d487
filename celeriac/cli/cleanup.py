"""`cleanup`: removes executions that ended long enough ago."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from celeriac.cli.cancel import Yes
from celeriac.cli.connection import COMMAND, open_engine
from celeriac.cli.output import Json, print_json, print_line

if TYPE_CHECKING:
    from celeriac.engine.workflows.progress.views import CleanupPreview


def cleanup(
    max_age_hours: Annotated[
        float, typer.Option(help="Keep executions that ended within so many hours.")
    ] = 24.0,
    status: Annotated[
        list[str] | None,
        typer.Option(help="Only with this status: success, failure or cancelled. May be repeated."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be removed.")] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Remove ended executions; never active or pinned ones."""
    from celeriac.engine.manager import WorkflowManager

    manager = WorkflowManager(open_engine())
    preview = manager.preview_cleanup(max_age_hours, statuses=status)
    if dry_run:
        if as_json:
            print_json(preview)
        else:
            print_line(f"{_counted(preview)} would be removed")
        return
    if preview["count"] and not yes and sys.stdin.isatty():
        typer.confirm(f"Remove {_counted(preview)}?", abort=True, err=True)
    # The time of the preview: executions that end later are not removed.
    removed = manager.cleanup_completed_executions(
        max_age_hours, statuses=status, before=preview["before"], actor=COMMAND
    )
    if as_json:
        print_json({"removed": removed})
    else:
        print_line(f"{removed:,} executions removed")


def _counted(preview: CleanupPreview) -> str:
    by_status = ", ".join(f"{count:,} {status}" for status, count in preview["by_status"].items() if count)
    return f"{preview['count']:,} executions" + (f" ({by_status})" if by_status else "")
