"""`show`: prints one execution with its steps, or the log of a step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from celeriac.cli.connection import open_engine
from celeriac.cli.output import (
    Json,
    console,
    harmless,
    plain,
    print_json,
    print_line,
    say,
    status_text,
    table,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

    from celeriac.engine.engine import WorkflowEngine
    from celeriac.engine.workflows.progress.views import (
        ErrorView,
        ExecutionView,
        StepDetail,
        StepView,
    )


def show(
    execution_id: Annotated[str, typer.Argument(help="Id of the execution.")],
    logs: Annotated[str | None, typer.Option(metavar="STEP", help="The log of this step instead.")] = None,
    as_json: Json = False,
) -> None:
    """Show an execution with its steps, or the log of one step."""
    if logs is not None:
        show_log(open_engine().steps.get(execution_id, logs), as_json=as_json)
        return
    engine = open_engine()
    execution = engine.get_workflow_status(execution_id)
    if as_json:
        print_json(execution)
        return
    screen = console()
    for part in described(execution, waiting_words(engine, execution)):
        screen.print(part)


def show_log(step: StepDetail, *, as_json: bool) -> None:
    """Prints the last lines of a step's log, oldest first; the number of older ones goes to standard error."""
    if as_json:
        print_json({"logs": step["logs"], "logs_omitted": step["logs_omitted"]})
        return
    if step["logs_omitted"]:
        say(f"{step['logs_omitted']:,} older lines are not shown")
    for line in step["logs"]:
        head = f"{line['time'][11:23]}  attempt {line['attempt']}  {line['level']:<8}  "
        for text in line["message"].splitlines() or [""]:
            print_line(head + harmless(text))
            head = " " * len(head)


def waiting_words(engine: WorkflowEngine, execution: ExecutionView) -> dict[str, str]:
    """The reasons why steps wait, as texts, by name."""
    from celeriac.engine.workflows.progress.waiting import is_in_queue, waiting_view
    from celeriac.words.formats import milliseconds
    from celeriac.words.waiting import wait_words

    steps = {step["name"]: step for step in execution["steps"]}
    in_queues = [name for name, step in steps.items() if is_in_queue(step)]
    places = engine.executions.queue_positions(execution["execution_id"], in_queues) if in_queues else {}
    now = milliseconds(engine.current_time())
    found = {
        name: wait_words(waiting_view(step, steps, place=places.get(name))) for name, step in steps.items()
    }
    return {name: words.plain(now) for name, words in found.items() if words}


def described(execution: ExecutionView, waiting: Mapping[str, str]) -> Iterator[RenderableType]:
    """The output of `show`, kept current by `watch`: head, steps by level, error. `waiting`: see `waiting_words`."""
    from rich.text import Text

    from celeriac.words.formats import duration

    progress = execution["progress"]
    done = f"{progress['completed_steps']}/{progress['total_steps']} steps, {progress['percentage']} %"
    state = status_text(execution["status"], cancel_requested=execution["cancel_requested"])
    head = [plain(execution["execution_id"]), state, Text(done), Text(duration(execution["duration"]))]
    if execution["round"] > 1:
        head.append(Text(f"round {execution['round']}"))
    if execution["launched_from"]:
        head.append(plain(f"launched again from {execution['launched_from']}"))
    yield Text("  ").join(head)
    yield table(
        ("STEP", "LEVEL", "STATUS", "ATTEMPT", "DURATION", ""),
        (
            (
                step["name"],
                str(step["level"]),
                status_text(step["status"]),
                str(step["attempt"] or ""),
                duration(step["duration"]),
                step_words(step, waiting.get(step["name"], "")),
            )
            for step in execution["steps"]
        ),
    )
    if execution["error"]:
        error = execution["error"]
        failed = error.get("step", "") + (f"[{error['item']}]" if "item" in error else "")
        yield plain(f"{failed}: {error_text(error)}")


def step_words(step: StepView, wait: str) -> str:
    """Why it waits or was skipped, the state of its items, its error."""
    words = [wait, step["reason"] or ""]
    if "items" in step:
        counts = {name: count for name, count in step["items"].items() if name != "total"}
        parts = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
        words.append(f"{step['items']['total']:,} items" + (f": {parts}" if parts else ""))
    words.append(error_text(step["error"]) if step["status"] != "success" else "")
    if step.get("allowed"):
        words.append("allowed")
    return "; ".join(filter(None, words))


def error_text(error: ErrorView | None) -> str:
    return f"{error['type']}: {error['message']}" if error else ""
