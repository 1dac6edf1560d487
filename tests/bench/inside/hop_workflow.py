"""A workflow of two steps whose bodies mark a recording: from the end of the first to the start of the second.

Pauses keep the changes of its steps apart, so that each is a patch of its own.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from celery import signals

from celeriac import WorkflowStep, task

if TYPE_CHECKING:
    from hop_recorder import Recorder

#: Seconds; two of them are shorter than the least time between two rounds of HTML on a page.
PAUSE = 0.06
JOURNEY = "step's end"
#: Set by the process that records.
recorder: Recorder | None = None


@task(name="hops.first")
def first(input: dict[str, Any]) -> str:
    """Waits for the file that the input names."""
    while not Path(input["gate"]).exists():
        time.sleep(0.01)
    if recorder:
        recorder.begin(JOURNEY)
    return "done"


@task(name="hops.second")
def second(first: str) -> str:
    """Takes long enough to be seen running."""
    if recorder:
        recorder.end(JOURNEY, at_publication=True)
    time.sleep(PAUSE)
    return first


@signals.task_prerun.connect
def pause(**_: Any) -> None:
    """Comes before the engine's own handler, which claims the step."""
    time.sleep(PAUSE)


def register(engine: Any) -> None:
    steps = [
        WorkflowStep(name="first", task_name="hops.first"),
        WorkflowStep(name="second", task_name="hops.second", depends_on=["first"]),
    ]
    engine.register_workflow("hops", steps)
