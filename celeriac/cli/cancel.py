"""`cancel`: cancels executions."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from celeriac.cli.connection import COMMAND, open_engine
from celeriac.cli.output import Json, print_json, print_line, say
from celeriac.cli.statuses import DONE, REFUSED
from celeriac.engine.errors import Conflict, ExecutionNotFound, InvalidInput

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]


def cancel(
    execution_ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="Ids of executions.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every execution that has not ended.")] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> int:
    """Cancel executions: running steps are stopped, and nothing but clean-up steps (trigger always) starts any more."""
    if bool(execution_ids) == everything:
        raise InvalidInput("cancel: give ids of executions or --all")
    engine = open_engine()
    return _cancel_all(engine, yes, as_json) if everything else _cancel(engine, execution_ids or [], as_json)


def _cancel(engine: WorkflowEngine, execution_ids: list[str], as_json: bool) -> int:
    requested: list[str] = []
    refused: list[dict[str, str]] = []
    for execution_id in dict.fromkeys(execution_ids):
        try:
            engine.executions.cancel(execution_id, actor=COMMAND)
        except (Conflict, ExecutionNotFound) as error:
            refused.append({"execution_id": execution_id, "reason": str(error)})
        else:
            requested.append(execution_id)
    if as_json:
        print_json({"cancelled": requested, "refused": refused})
    for refusal in refused:
        say(f"celeriac: {refusal['reason']}")
    if not as_json:
        for execution_id in requested:
            print_line(f"{execution_id} is being cancelled")
    return REFUSED if refused else DONE


def _cancel_all(engine: WorkflowEngine, yes: bool, as_json: bool) -> int:
    from celeriac.engine.manager import WorkflowManager

    counts = engine.executions.count()
    active = counts.get("pending", 0) + counts.get("running", 0)
    if active and not yes and sys.stdin.isatty():
        typer.confirm(f"Cancel all {active} active executions?", abort=True, err=True)
    cancelled = WorkflowManager(engine).cancel_all_executions()
    if as_json:
        print_json({"cancelled": cancelled})
    else:
        print_line(f"{cancelled} executions are being cancelled")
    return DONE
