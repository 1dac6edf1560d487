"""`skip`, `succeed`: mark a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from celeriac.cli.connection import COMMAND, open_engine
from celeriac.cli.output import Json, print_json, print_line

if TYPE_CHECKING:
    pass

ExecutionId = Annotated[str, typer.Argument(help="Id of the execution.")]
StepName = Annotated[str, typer.Argument(metavar="STEP", help="Name of the step.")]
Item = Annotated[
    int | None, typer.Option("--item", metavar="N", min=0, help="Only this item of a mapped step.")
]
Reason = Annotated[str, typer.Option(help="The reason, shown with the step.")]


def skip(
    execution_id: ExecutionId, step: StepName, reason: Reason, item: Item = None, as_json: Json = False
) -> None:
    """Skip a waiting or running step; in an ended execution a failed step or one that could not run, which continues it."""
    open_engine().steps.skip(execution_id, step, reason, item=item, actor=COMMAND)
    _print_mark(execution_id, step, item, "skipped", as_json)


def succeed(
    execution_id: ExecutionId, step: StepName, reason: Reason, item: Item = None, as_json: Json = False
) -> None:
    """Mark a step as a success with the result null, under the conditions of `skip`; running steps cannot be marked."""
    open_engine().steps.succeed(execution_id, step, reason, item=item, actor=COMMAND)
    _print_mark(execution_id, step, item, "success", as_json)


def _print_mark(execution_id: str, step: str, item: int | None, status: str, as_json: bool) -> None:
    if as_json:
        answer = {"execution_id": execution_id, "step": step, "status": status}
        print_json(answer if item is None else {**answer, "item": item})
    else:
        print_line(f"{step if item is None else f'{step}[{item}]'} of {execution_id} is {status} by hand")
