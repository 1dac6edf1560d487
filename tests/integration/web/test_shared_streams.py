"""The stream that tabs of one browser share: each gets what its own stream would have brought, addressed to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from celeriac.engine.engine import WorkflowEngine
from tests.support.executions import wait_until_ended
from tests.support.streams import Frame, launch, listening
from tests.support.waiting import ROOM
from tests.support.webserver import WebServer
from tests.support.workflows import step

Page = tuple[str, str]  # the address of its stream, the id of the last message that it has


def sharing(web: WebServer, *pages: Page) -> str:
    return f"{web.url}/streams?" + str(
        httpx.QueryParams([pair for of, last in pages for pair in (("of", of), ("last", last))])
    )


def by_page(stream: Iterator[Frame]) -> Iterator[tuple[str, Frame]]:
    for frame in stream:
        yield frame.pop("to", "all"), frame


def stream_of(engine: WorkflowEngine, execution_id: str) -> str:
    return f"/executions/{execution_id}/stream?after={engine.get_workflow_status(execution_id)['seq']}"


def test_each_page_gets_its_own_messages_when_two_share_a_stream(
    shared_web: WebServer, shared_engine: WorkflowEngine, held: str, gate: Path
) -> None:
    other = launch(shared_engine, "unserved", [step("a", queue="served_by_nobody")])
    pages = [(stream_of(shared_engine, each), "") for each in (other, held)]
    received: dict[str, list[Frame]] = {"all": [], "0": [], "1": []}

    with listening(sharing(shared_web, *pages)) as stream:
        for page, frame in by_page(stream):
            received[page].append(frame)
            if all(received.values()):  # each of them is live
                gate.touch()
            if frame.get("event") == "closed":
                break

    assert [received[page][0]["event"] for page in received] == ["ping"] * 3
    assert [frame["data"] for frame in received["1"][-2:]] == ["ended", ""]
    assert [frame.get("event") for frame in received["1"][-2:]] == ["done", "closed"]
    assert any("patch" in frame.get("event", "") for frame in received["1"])
    assert not [frame for frame in received["0"] if held in frame["data"]]
    wait_until_ended(shared_engine, held)


def test_page_goes_on_behind_its_last_message_when_a_shared_stream_is_opened_again(
    shared_web: WebServer, shared_engine: WorkflowEngine, held: str
) -> None:
    page = stream_of(shared_engine, held)
    seq = page.rpartition("=")[2]

    with listening(sharing(shared_web, (page, seq), (page, "1"))) as stream:
        snapshot = next(received for received in by_page(stream) if received[1].get("event") == "patch")

    assert snapshot[0] == "1"  # only that one is behind


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/executions/unknown-0/stream", "404"),
        ("/executions/x/stream?after=x", "400"),
        ("/stream?view=everything", "400"),
        ("/api/v1/executions/unknown-0/events", "404"),
        ("/streams?of=x&last=", "404"),
        ("", "404"),
        ("//[", "404"),
    ],
)
def test_page_is_refused_alone_when_its_own_stream_would_be(
    shared_web: WebServer, address: str, status: str
) -> None:
    with listening(sharing(shared_web, (address, ""), ("/stream?view=overview", ""))) as stream:
        received = by_page(stream)
        first = [next(received) for _ in range(3)]

    assert [(page, frame["event"]) for page, frame in first] == [
        ("all", "ping"),
        ("0", "refused"),
        ("1", "ping"),
    ]
    assert first[1][1]["data"] == status


@pytest.mark.parametrize("query", ["", "?of=/stream", "?" + "&".join(["of=/stream&last="] * 101)])
def test_answer_is_400_when_pages_and_last_messages_are_no_pairs(shared_web: WebServer, query: str) -> None:
    answer = httpx.get(f"{shared_web.url}/streams{query}", timeout=10 * ROOM)

    assert answer.status_code == 400


def test_shared_stream_is_open_to_a_session_that_has_all_streams_it_may(
    shared_web: WebServer, held: str
) -> None:
    headers = {"Cookie": f"session={'full':-<22}"}
    with listening(f"{shared_web.url}/executions/{held}/stream", **headers) as stream:
        next(stream)
        with listening(sharing(shared_web, ("/stream?view=overview", "")), **headers) as shared:
            assert [page for page, _ in (next(by_page(shared)), next(by_page(shared)))] == ["all", "0"]
