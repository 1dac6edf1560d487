"""`watch`: follows an execution until it ends. A table on a terminal, a line per event when piped."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from celeriac.cli.connection import open_engine
from celeriac.cli.output import Json, console, harmless, print_json, print_line, say
from celeriac.cli.show import described, waiting_words
from celeriac.cli.statuses import DONE, NOT_SUCCESSFUL
from celeriac.engine.errors import StoreUnavailable

if TYPE_CHECKING:
    from rich.console import RenderableType

    from celeriac.engine.engine import WorkflowEngine
    from celeriac.engine.workflows.progress.views import EventView, ExecutionView

PAUSE = 0.2  # seconds between two reads of the log
PATIENCE = 60.0  # seconds that an unreachable store may last
Answer = TypeVar("Answer")


def watch(
    execution_id: Annotated[str, typer.Argument(help="Id of the execution.")], as_json: Json = False
) -> int:
    """Follow an execution until it ends; exit status 1 if it failed or was cancelled."""
    return follow(open_engine(), execution_id, as_json=as_json)


def follow(engine: WorkflowEngine, execution_id: str, *, as_json: bool, after: int = 0) -> int:
    """Prints every change after that event until the execution has ended. Returns the exit status for its status."""
    try:
        if sys.stdout.isatty() and not as_json:
            _follow_on_terminal(engine, execution_id)
        else:
            for event in events(engine, execution_id, after):
                if as_json:
                    print_json(event)
                else:
                    print_line(event_line(event))
    except KeyboardInterrupt:
        say(f"{execution_id} continues; follow it with `celeriac watch {execution_id}`")
        raise
    execution = _patiently(lambda: engine.get_workflow_status(execution_id))
    return DONE if execution["status"] == "success" else NOT_SUCCESSFUL


def _follow_on_terminal(engine: WorkflowEngine, execution_id: str) -> None:
    from rich.console import Group
    from rich.live import Live

    def picture() -> Group:
        return Group(*_patiently(lambda: parts(engine.get_workflow_status(execution_id))))

    def parts(execution: ExecutionView) -> list[RenderableType]:
        return list(described(execution, waiting_words(engine, execution)))

    with Live(picture(), console=console(), auto_refresh=False, vertical_overflow="visible") as live:
        for _ in batches(engine, execution_id):
            live.update(picture(), refresh=True)


def events(engine: WorkflowEngine, execution_id: str, after: int = 0) -> Iterator[EventView]:
    """Every event of the execution after that one, in order, until it has ended."""
    for batch in batches(engine, execution_id, after):
        yield from batch


def batches(engine: WorkflowEngine, execution_id: str, after: int = 0) -> Iterator[list[EventView]]:
    """The events as they arrive, in batches; an empty list if nothing is new. Ends with the execution."""
    last, ended = after, False
    while True:
        batch = _patiently(lambda: engine.executions.events(execution_id, after=last))  # noqa: B023  called at once
        yield batch
        if batch:
            # An end followed by other events belongs to an earlier round.
            last, ended = batch[-1]["seq"], batch[-1]["event"] == "execution_ended"
        elif ended:
            return
        else:
            time.sleep(PAUSE)


def _patiently(ask: Callable[[], Answer]) -> Answer:
    """The result of a call, waiting while the store is unavailable. Raises `StoreUnavailable` if it stays so."""
    give_up_at = time.monotonic() + PATIENCE
    told = False
    while True:
        try:
            return ask()
        except StoreUnavailable as error:
            if time.monotonic() > give_up_at:
                raise
            if not told:
                say(f"celeriac: waiting: {error}")
                told = True
            time.sleep(PAUSE)


def event_line(event: EventView) -> str:
    """One event for people and for grep: time, event, subject."""
    words = [event["time"][11:23], event["event"]]
    if "step" in event:
        words.append(f"{event['step']}[{event['item']}]" if "item" in event else event["step"])
    if "level" in event:
        words.append(f"level {event['level']}")
    if event.get("attempt"):
        words.append(f"attempt {event['attempt']}")
    words += [event[key] for key in ("status", "kind", "reason") if event.get(key)]
    if event.get("allowed"):
        words.append("allowed")
    if "round" in event:
        words.append(f"round {event['round']}")
    if event.get("delay"):
        words.append(f"again in {event['delay']:.1f} s")
    if "worker" in event:
        words.append(f"on {event['worker']}")
    return harmless("  ".join(words))
