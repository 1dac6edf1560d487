"""`workflows`: lists them; `workflows put` and `workflows delete`: definitions as JSON, at run time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from celeriac.cli.cancel import Yes
from celeriac.cli.connection import COMMAND, open_engine
from celeriac.cli.output import Json, console, print_json, print_line, table
from celeriac.cli.streams import read_standard_input
from celeriac.engine.errors import InvalidDefinition, InvalidInput

WorkflowId = Annotated[str, typer.Argument(help="Id of the workflow.")]

app = typer.Typer()


@app.callback(invoke_without_command=True)
def workflows(context: typer.Context, as_json: Json = False) -> None:
    """List the registered workflows, or change those that are defined as JSON."""
    if context.invoked_subcommand is None:
        _print_list(as_json=as_json)


@app.command("put")
def put(
    workflow_id: WorkflowId,
    file: Annotated[
        str,
        typer.Argument(metavar="FILE|-", help="A file with the definition as JSON, or - for standard input."),
    ],
    as_json: Json = False,
) -> None:
    """Register a workflow that is defined as JSON, or replace its definition."""
    text = read_definition_text(file)
    body = parse_definition(text, file)
    try:
        done = open_engine().workflows.put(workflow_id, body, actor=COMMAND)
    except InvalidDefinition as error:
        raise located_in(text, error) from None
    if as_json:
        print_json(done.workflow)
    else:
        print_line(f"{workflow_id} {done.outcome}, version {done.workflow['version']}")


@app.command("delete")
def delete(workflow_id: WorkflowId, yes: Yes = False, as_json: Json = False) -> None:
    """Delete a workflow that was defined as JSON; its executions and versions stay."""
    workflows = open_engine().workflows
    if not yes and sys.stdin.isatty():
        typer.confirm(f"Delete the workflow {workflow_id}?", abort=True, err=True)
    workflows.delete(workflow_id, actor=COMMAND)
    if as_json:
        print_json({"deleted": workflow_id})
    else:
        print_line(f"{workflow_id} deleted")


def read_definition_text(file: str) -> bytes:
    """The bytes of a file, or of standard input for "-". Raises `InvalidInput` naming a file that cannot be read."""
    if file == "-":
        return read_standard_input()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise InvalidInput(f"cannot read {file!r}: {error.strerror}") from error


def parse_definition(text: bytes, file: str) -> Any:
    """The JSON value in `text`. Raises `InvalidInput` with line and column."""
    from celeriac.engine.workflows.json.strict_json import loads

    try:
        return loads(text)
    except InvalidInput as error:
        place = f" (line {error.line}, column {error.column})" if error.line else ""
        raise InvalidInput(f"{file}: {error}{place}") from None


def located_in(text: bytes, error: InvalidDefinition) -> InvalidDefinition:
    """The same problems, with their lines and columns in the definition's text."""
    from celeriac.engine.workflows.json.text_positions import located

    problems = located(error.problems, text.decode())
    return InvalidDefinition(workflow_id=error.workflow_id, problems=problems)


def _print_list(*, as_json: bool) -> None:
    """Every workflow that can be launched."""
    workflows = open_engine().workflows
    if as_json:
        print_json({"workflows": workflows.list()})
        return
    rows = (
        (
            each["workflow_id"],
            str(each["step_count"]),
            str(each["level_count"]),
            each["version"],
            each["description"],
        )
        for each in workflows.summaries()
    )
    console().print(table(("WORKFLOW", "STEPS", "LEVELS", "VERSION", "DESCRIPTION"), rows))
