"""`launch`: starts an execution of a workflow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from celeriac.cli.connection import COMMAND, open_engine
from celeriac.cli.output import Json, print_json, print_line
from celeriac.cli.statuses import DONE
from celeriac.cli.streams import read_standard_input
from celeriac.engine.errors import InputDoesNotFit, InvalidInput


def launch(
    workflow_id: Annotated[str, typer.Argument(help="Id of the workflow, see `celeriac workflows`.")],
    given_input: Annotated[
        str,
        typer.Option(
            "--input", metavar="JSON|@FILE|-", help="A JSON object, a file with one, or standard input."
        ),
    ] = "{}",
    label: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="A label. May be repeated.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="A note for people.")] = None,
    idempotency_key: Annotated[
        str | None,
        typer.Option(help="Repeating a launch with the same key returns the same execution, for a day."),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Follow it until it ends.")] = False,
    as_json: Json = False,
) -> int:
    """Launch a workflow and print the id of the execution."""
    text = read_input(given_input)
    input_data = parse_input(text)
    labels = parse_labels(label or [])
    engine = open_engine()
    try:
        launched = engine.executions.launch(
            workflow_id,
            input_data,
            labels=labels,
            note=note,
            idempotency_key=idempotency_key,
            actor=COMMAND,
        )
    except InputDoesNotFit as error:
        raise located_in(text, error) from None
    if as_json:
        print_json({"execution_id": launched.execution_id, "replayed": launched.replayed})
    else:
        print_line(launched.execution_id)
    if not watch:
        return DONE
    from celeriac.cli.watch import follow

    return follow(engine, launched.execution_id, as_json=as_json)


def read_input(given: str) -> bytes:
    """The bytes of `--input`. Raises `InvalidInput` naming a file that cannot be read."""
    if given == "-":
        return read_standard_input()
    if not given.startswith("@"):
        return given.encode(errors="surrogatepass")
    try:
        return Path(given[1:]).read_bytes()
    except OSError as error:
        raise InvalidInput(f"--input: cannot read {given[1:]!r}: {error.strerror}") from error


def parse_input(text: bytes) -> dict[str, Any]:
    """The JSON object in `text`. Raises `InvalidInput` with line and column."""
    from celeriac.engine.workflows.json.strict_json import loads

    try:
        value = loads(text)
    except InvalidInput as error:
        place = f" (line {error.line}, column {error.column})" if error.line else ""
        raise InvalidInput(f"--input: {error}{place}") from None
    if not isinstance(value, dict):
        raise InvalidInput('--input: a JSON object is expected, for example \'{"name": "value"}\'')
    return value


def located_in(text: bytes, error: InputDoesNotFit) -> InputDoesNotFit:
    """The same problems, with their lines and columns in the text of `--input`."""
    from celeriac.engine.workflows.json.text_positions import located

    problems = located(error.problems, text.decode(), below="/input")
    return InputDoesNotFit(workflow_id=error.workflow_id, problems=problems)


def parse_labels(given: list[str]) -> dict[str, str]:
    """Labels from `key=value` texts. Raises `InvalidInput` for an invalid or repeated one."""
    labels: dict[str, str] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise InvalidInput(f"--label {text!r}: write it KEY=VALUE")
        if key in labels:
            raise InvalidInput(f"--label {key!r} is given twice")
        labels[key] = value
    return labels
