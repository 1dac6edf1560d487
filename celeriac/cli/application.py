"""The command line: its table of commands, and the conversion of every error to one line and an exit status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from celeriac.cli import (
    cancel,
    cleanup,
    doctor,
    executions,
    launch,
    marks,
    processes,
    retry,
    show,
    watch,
    workflows,
)
from celeriac.cli.connection import close_engines
from celeriac.cli.output import print_line, say
from celeriac.cli.statuses import DONE, INTERRUPTED, NO_OUTPUT, REFUSED, error_lines, exit_status
from celeriac.cli.streams import OutputLost
from celeriac.engine.errors import CeleriacError

EPILOG = (
    "Settings are environment variables that begin with CELERIAC_. Exit status: 0 done, 1 the execution "
    "failed or was cancelled or `doctor` found errors, 2 wrong usage, 3 the store cannot be reached, "
    "4 the output cannot be written."
)

app = typer.Typer(
    name="celeriac",
    help="Workflows (DAGs of tasks) on Celery and Redis, with a live web dashboard.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

PROCESSES, DEFINITIONS, EXECUTIONS = "Processes", "Workflows", "Executions"
# Unknown options of `worker` are Celery's.
FOR_CELERY = {"allow_extra_args": True, "ignore_unknown_options": True}

app.command("up", rich_help_panel=PROCESSES)(processes.up)
app.command("web", rich_help_panel=PROCESSES)(processes.web)
app.command("worker", rich_help_panel=PROCESSES, context_settings=FOR_CELERY)(processes.worker)
app.command("doctor", rich_help_panel=PROCESSES)(doctor.doctor)
app.add_typer(workflows.app, name="workflows", rich_help_panel=DEFINITIONS)
app.command("launch", rich_help_panel=DEFINITIONS)(launch.launch)
app.command("executions", rich_help_panel=EXECUTIONS)(executions.executions)
app.command("show", rich_help_panel=EXECUTIONS)(show.show)
app.command("watch", rich_help_panel=EXECUTIONS)(watch.watch)
app.command("cancel", rich_help_panel=EXECUTIONS)(cancel.cancel)
app.command("retry", rich_help_panel=EXECUTIONS)(retry.retry)
app.command("skip", rich_help_panel=EXECUTIONS)(marks.skip)
app.command("succeed", rich_help_panel=EXECUTIONS)(marks.succeed)
app.command("cleanup", rich_help_panel=EXECUTIONS)(cleanup.cleanup)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print_line(f"celeriac {version('celeriac')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def run(arguments: Sequence[str]) -> int:
    """Runs one command line. Returns its exit status; errors are lines on stderr, one each, never a traceback."""
    try:
        status = app(list(arguments), prog_name="celeriac", standalone_mode=False)
    except CeleriacError as error:
        return _fail(error_lines(error), exit_status(error))
    except typer.TyperException as error:
        return _fail([_usage_line(error)], error.exit_code)
    except typer.Abort:  # the user declined the confirmation
        return _fail(["nothing changed"], INTERRUPTED)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OutputLost as lost:
        return DONE if lost.reader_has_gone else _fail([str(lost)], NO_OUTPUT)
    finally:
        close_engines()
    return status if isinstance(status, int) else DONE


def _fail(lines: Sequence[str], status: int) -> int:
    for line in filter(None, lines):
        say(f"celeriac: {line}")
    return status


def _usage_line(error: typer.TyperException) -> str:
    message = error.format_message().strip().rstrip(".")
    context = getattr(error, "ctx", None)
    if not message:
        return ""
    if error.exit_code == REFUSED and context is not None:
        return f"{message}. See `{context.command_path} --help`"
    return message
