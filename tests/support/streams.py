"""Reading streams of server-sent events as a program does."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import httpx

from celeriac.engine.engine import WorkflowEngine
from tests.support.waiting import ROOM

Frame = dict[str, str]  # the fields of one message: id, event, data


def frames(lines: Iterator[str]) -> Iterator[Frame]:
    frame: Frame = {}
    for line in lines:
        if not line:
            if frame:
                yield frame
            frame = {}
            continue
        name, _, value = line.partition(": ")
        frame[name] = f"{frame[name]}\n{value}" if name in frame else value


@contextlib.contextmanager
def listening(url: str, **headers: str) -> Iterator[Iterator[Frame]]:
    with httpx.stream("GET", url, headers=headers, timeout=30 * ROOM) as answer:
        assert answer.status_code == 200, answer.read()
        yield frames(answer.iter_lines())


def of_log(stream: Iterator[Frame]) -> Iterator[Frame]:
    """The frames that are events of the log, up to the one that ends the stream."""
    for frame in stream:
        if frame.get("event") == "end":
            return
        if "id" in frame:
            yield frame


def launch(engine: WorkflowEngine, workflow_id: str, steps: list[object]) -> str:
    engine.register_workflow(workflow_id, steps)  # type: ignore[arg-type]
    engine.publish_workflows()
    return engine.execute_workflow(workflow_id, {})
