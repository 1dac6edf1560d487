"""The web process is killed under an open stream: the browser comes back and has missed nothing."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from celeriac.engine.engine import WorkflowEngine
from tests.support.executions import wait_for_step, wait_until_ended
from tests.support.waiting import ROOM
from tests.support.webserver import WebServer
from tests.support.workers import Worker
from tests.support.workflows import chain, step


def ids_until(url: str, *, after: int, stop_at: int | None) -> list[int]:
    """Sequence numbers read from a stream of events, until `stop_at` was read or the stream ended."""
    seen: list[int] = []
    with httpx.stream("GET", url, params={"after": after}, timeout=30 * ROOM) as answer:
        assert answer.status_code == 200
        for line in answer.iter_lines():
            if line.startswith("id: "):
                seen.append(int(line.removeprefix("id: ")))
            if (stop_at is not None and seen and seen[-1] >= stop_at) or line == "event: end":
                break
    return seen


def test_no_event_is_missed_or_repeated_when_the_web_process_is_killed_under_a_stream(
    engine: WorkflowEngine, worker: Worker, web: WebServer, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    waits = step("waits", "tests.wait_for_file", parameters={"path": str(gate)})
    rest = chain(20)
    rest[0].depends_on = ["waits"]
    engine.register_workflow("streamed", [waits, *rest])
    execution_id = engine.execute_workflow("streamed", {})
    url = f"{web.url}/api/v1/executions/{execution_id}/events"
    execution = wait_for_step(engine, execution_id, "waits", "running")
    before = ids_until(url, after=0, stop_at=len(engine.executions.events(execution_id)))
    assert execution["status"] == "running"

    web.kill()
    with pytest.raises(httpx.TransportError):
        httpx.get(url)
    gate.touch()
    web.start()
    after = ids_until(url, after=before[-1], stop_at=None)

    wait_until_ended(engine, execution_id)
    assert before + after == [event["seq"] for event in engine.executions.events(execution_id)], json.dumps(
        after
    )
