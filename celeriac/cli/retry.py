"""`retry`: runs failed and cancelled steps of an ended execution again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from celeriac.cli.connection import COMMAND, open_engine
from celeriac.cli.output import Json, print_json, print_line
from celeriac.cli.statuses import DONE
from celeriac.engine.errors import ExecutionNotFound, InvalidInput

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine
    from celeriac.engine.workflows.progress.views import ExecutionSummary

ExecutionId = Annotated[str, typer.Argument(help="Id of the execution.")]
StepName = Annotated[str, typer.Argument(metavar="STEP", help="Name of the step.")]
Item = Annotated[
    int | None, typer.Option("--item", metavar="N", min=0, help="Only this item of a mapped step.")
]
Reason = Annotated[str, typer.Option(help="The reason, shown with the step.")]


def retry(
    execution_id: ExecutionId,
    from_step: Annotated[
        str | None,
        typer.Option("--from", metavar="STEP", help="Also this step and all steps downstream of it."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list the steps that would run again.")
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Follow it until it ends.")] = False,
    as_json: Json = False,
) -> int:
    """Run the failed and cancelled steps of an ended execution, and the steps downstream of them, again; keep the rest."""
    if dry_run and watch:
        raise InvalidInput("retry: --dry-run changes nothing, so there is nothing to --watch")
    engine = open_engine()
    if dry_run:
        steps = engine.executions.preview_retry(execution_id, from_step=from_step)
        _print_steps(execution_id, _read(engine, execution_id)["round"] + 1, steps, as_json, "would run")
        return DONE
    seen = _read(engine, execution_id)["seq"]
    steps = engine.executions.retry(execution_id, from_step=from_step, actor=COMMAND)
    _print_steps(execution_id, _read(engine, execution_id)["round"], steps, as_json, "run")
    if not watch:
        return DONE
    from celeriac.cli.watch import follow

    return follow(engine, execution_id, as_json=as_json, after=seen)


def _read(engine: WorkflowEngine, execution_id: str) -> ExecutionSummary:
    found = engine.executions.rows([execution_id])
    if not found:
        raise ExecutionNotFound(execution_id=execution_id[:120])
    return found[0]


def _print_steps(execution_id: str, round: int, steps: list[str], as_json: bool, verb: str) -> None:
    if as_json:
        print_json({"execution_id": execution_id, "round": round, "steps": steps})
    else:
        number = "1 step" if len(steps) == 1 else f"{len(steps):,} steps"
        print_line(f"{execution_id} round {round}: {number} {verb} again: {', '.join(steps)}")
