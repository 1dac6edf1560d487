"""Two web processes over one store, as behind a proxy: a client may go on with the other one at any event."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import cycle, islice

import pytest

from celeriac.engine.engine import WorkflowEngine
from tests.support.executions import wait_until_ended
from tests.support.streams import Frame, launch, listening, of_log
from tests.support.webserver import WebServer
from tests.support.workers import Worker
from tests.support.workflows import chain


@pytest.fixture
def urls(start_web: Callable[..., WebServer]) -> list[str]:
    return [start_web().url, start_web().url]


def test_no_event_is_missed_or_repeated_when_a_client_changes_between_two_web_processes(
    engine: WorkflowEngine, worker: Worker, urls: list[str]
) -> None:
    execution_id = launch(engine, "changed", chain(30))
    seen: list[Frame] = []

    for url in cycle(urls):
        headers = {"Last-Event-ID": seen[-1]["id"]} if seen else {}
        with listening(f"{url}/api/v1/executions/{execution_id}/events", **headers) as stream:
            read = list(islice(of_log(stream), 7))
        seen += read
        if len(read) < 7:
            break

    wait_until_ended(engine, execution_id)
    events = engine.executions.events(execution_id)
    assert [json.loads(frame["data"]) for frame in seen] == events
    assert [int(frame["id"]) for frame in seen] == [event["seq"] for event in events]


def test_both_send_the_same_bytes_when_a_client_follows_each(
    engine: WorkflowEngine, worker: Worker, urls: list[str]
) -> None:
    execution_id = launch(engine, "same", chain(5))

    followed = []
    for url in urls:
        with listening(f"{url}/api/v1/executions/{execution_id}/events") as stream:
            followed.append(list(of_log(stream)))

    assert followed[0] == followed[1]
    assert len(followed[0]) == wait_until_ended(engine, execution_id)["seq"]
