"""Streams over real sockets against a real store: nothing is lost, whatever is cut on the way."""

from __future__ import annotations

import dataclasses
import json
import re
import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from redis import Redis

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from celeriac.engine.workflows.progress.output import Line
from tests.support.executions import wait_until_ended
from tests.support.servers import StoreServer
from tests.support.streams import launch, listening, of_log
from tests.support.waiting import ROOM
from tests.support.webserver import WebServer
from tests.support.workers import Worker
from tests.support.workflows import chain, fan, step


def kill_feeds(store: Redis) -> None:
    """Cut every pub/sub connection to the store; those of Celery's workers are to the broker, another database."""
    for client in store.client_list(_type="pubsub"):
        if client["db"] == "0":
            store.client_kill_filter(_id=client["id"])


# -- the API's event stream


def test_ids_are_contiguous_when_the_whole_log_is_followed(
    shared_engine: WorkflowEngine, shared_web: WebServer, shared_worker: Worker
) -> None:
    execution_id = launch(shared_engine, "fan_out", fan(20))

    with listening(f"{shared_web.url}/api/v1/executions/{execution_id}/events") as stream:
        events = list(of_log(stream))

    assert [int(frame["id"]) for frame in events] == list(range(1, len(events) + 1))
    assert json.loads(events[-1]["data"])["event"] == "execution_ended"
    assert json.loads(events[-1]["data"])["seq"] == len(events)


def test_events_stay_contiguous_when_pub_sub_is_killed_meanwhile(
    shared_engine: WorkflowEngine, shared_web: WebServer, shared_worker: Worker, store_server: StoreServer
) -> None:
    execution_id = launch(shared_engine, "long_chain", chain(40))

    numbers = []
    with (
        listening(f"{shared_web.url}/api/v1/executions/{execution_id}/events") as stream,
        store_server.client() as store,
    ):
        for frame in of_log(stream):
            numbers.append(int(frame["id"]))
            if len(numbers) % 25 == 0:
                kill_feeds(store)

    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 120


def test_stream_goes_on_behind_the_last_event_when_the_client_comes_back(
    shared_engine: WorkflowEngine, shared_web: WebServer, shared_worker: Worker
) -> None:
    execution_id = launch(shared_engine, "again", chain(5))
    wait_until_ended(shared_engine, execution_id)
    url = f"{shared_web.url}/api/v1/executions/{execution_id}/events"

    with listening(f"{url}?after=2", **{"Last-Event-ID": "7"}) as stream:
        first = next(of_log(stream))

    assert first["id"] == "8"


def test_what_steps_say_comes_between_the_events_when_a_program_follows(
    shared_engine: WorkflowEngine, shared_web: WebServer, shared_worker: Worker, gate: Path
) -> None:
    held = step("held", "tests.wait_for_file", parameters={"path": str(gate)})
    said = {"lines": ["reading", "writing"], "progress": [0.25]}
    speaks = step("speaks", "tests.report", after="held", parameters=said)
    execution_id = launch(shared_engine, "speaking", [held, speaks])

    told = []
    with listening(f"{shared_web.url}/api/v1/executions/{execution_id}/events") as stream:
        for frame in stream:
            if '"step_running"' in frame["data"]:
                gate.touch()  # only now: what was said before the connection is not repeated
            if '"speaks"' in frame["data"]:
                told.append(frame)

    events = [json.loads(frame["data"]) for frame in told]
    assert [event["event"] for event in events] == [
        "step_queued",
        "step_running",
        "step_log",
        "step_log",
        "step_progress",
        "step_success",
    ]
    assert ["id" in frame for frame in told] == ["seq" in event for event in events]
    assert (events[4]["step"], events[4]["fraction"], events[4]["attempt"]) == ("speaks", 0.25, 1)


def test_nothing_but_end_is_sent_when_the_client_has_seen_all(
    shared_engine: WorkflowEngine, shared_web: WebServer, shared_worker: Worker
) -> None:
    execution_id = launch(shared_engine, "seen", chain(1))
    seq = wait_until_ended(shared_engine, execution_id)["seq"]

    with listening(f"{shared_web.url}/api/v1/executions/{execution_id}/events?after={seq}") as stream:
        assert [frame["event"] for frame in stream] == ["ping", "end"]


def test_reset_is_sent_when_the_log_is_shorter_than_what_the_client_has(
    shared_engine: WorkflowEngine, shared_web: WebServer, shared_worker: Worker
) -> None:
    execution_id = launch(shared_engine, "restored", chain(1))
    seq = wait_until_ended(shared_engine, execution_id)["seq"]

    with listening(f"{shared_web.url}/api/v1/executions/{execution_id}/events?after={seq + 50}") as stream:
        told = list(stream)

    assert [frame.get("event") for frame in told[:2]] == ["ping", "reset"]
    assert [int(frame["id"]) for frame in told if "id" in frame] == list(range(1, seq + 1))


def test_stream_ends_with_gone_when_the_execution_is_deleted(
    settings: Settings, engine: WorkflowEngine, web: WebServer
) -> None:
    execution_id = launch(engine, "deleted", chain(1))
    with listening(f"{web.url}/api/v1/executions/{execution_id}/events") as stream:
        next(frame for frame in stream if "id" in frame)
        engine.cancel_workflow(execution_id)
        wait_until_ended(engine, execution_id)
        engine.executions.delete(execution_id)

        last = list(stream)[-1]

    assert last["event"] in ("gone", "end")  # it may have seen the end before the deletion


def test_slow_program_is_dropped_with_reset_and_others_are_served_when_it_does_not_keep_up(
    shared_engine: WorkflowEngine, shared_web: WebServer
) -> None:
    execution_id = launch(shared_engine, "much_output", [step("a", queue="served_by_nobody")])
    path = f"/api/v1/executions/{execution_id}/events"
    with socket.socket() as slow, listening(shared_web.url + path) as quick:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        slow.connect(("127.0.0.1", shared_web.settings.port))
        slow.settimeout(30 * ROOM)
        slow.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        read = b""
        while b"id: 1\n" not in read:
            read += slow.recv(1024)
        for batch in range(10):
            lines = [Line(1_000, 1, "I", f"{batch}-{number} {'x' * 1_000}") for number in range(400)]
            shared_engine.store.output.write_output(execution_id, "0", lines, None)
            next(frame for frame in quick if f"{batch}-399 x" in frame["data"])

        while not read.endswith(b"\r\n0\r\n\r\n"):
            more = slow.recv(65_536)
            assert more, "the connection was cut"
            read += more

    last = re.findall(rb"id: (\d+)\n", read)[-1]
    assert b"event: reset\ndata: %b\n\n\r\n0\r\n\r\n" % last in read
    assert b"9-399 x" not in read
    shared_engine.cancel_workflow(execution_id)


# -- the page's stream


def test_page_stream_brings_patch_and_pieces_and_says_when_it_is_done(
    shared_web: WebServer, shared_engine: WorkflowEngine, held: str, gate: Path
) -> None:
    seq = shared_engine.get_workflow_status(held)["seq"]

    with listening(f"{shared_web.url}/executions/{held}/stream?after={seq}") as stream:
        assert next(stream)["event"] == "ping"
        gate.touch()
        told = list(stream)

    patches = [json.loads(frame["data"]) for frame in told if frame.get("event") == "patch"]
    assert {name: values[0] for patch in patches for name, values in patch["s"].items()} == {
        "first": "success",
        "second": "success",
    }
    assert not any("full" in patch for patch in patches)
    assert [patch["q"] for patch in patches] == sorted({patch["q"] for patch in patches})
    assert told[-1] == {"event": "done", "data": "ended"}
    assert 'hx-target="#execution-head"' in told[-2]["data"]


def test_last_event_id_wins_when_after_says_something_else(
    shared_web: WebServer, shared_engine: WorkflowEngine, held: str
) -> None:
    seq = shared_engine.get_workflow_status(held)["seq"]

    with listening(
        f"{shared_web.url}/executions/{held}/stream?after={seq}", **{"Last-Event-ID": "1"}
    ) as stream:
        snapshot = next(frame for frame in stream if frame["event"] == "patch")

    assert json.loads(snapshot["data"])["full"] == 1


def test_page_stream_goes_on_when_the_store_restarts(
    own_store_server: StoreServer,
    start_web: Callable[..., WebServer],
    settings: Settings,
) -> None:
    own = dataclasses.replace(settings, redis_url=own_store_server.url)
    engine = WorkflowEngine(own)
    try:
        execution_id = launch(engine, "restart", chain(1))
        web = start_web(settings=own)
        seq = engine.get_workflow_status(execution_id)["seq"]
        with listening(f"{web.url}/executions/{execution_id}/stream?after={seq}") as stream:
            assert next(stream)["event"] == "ping"
            own_store_server.kill()
            own_store_server.start()
            engine.cancel_workflow(execution_id)

            assert list(stream)[-1] == {"event": "done", "data": "ended"}
    finally:
        engine.close()


def test_other_browsers_are_served_when_one_never_reads(
    shared_web: WebServer, shared_engine: WorkflowEngine, held: str, gate: Path
) -> None:
    with socket.create_connection(("127.0.0.1", shared_web.settings.port)) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        deaf.sendall(f"GET /executions/{held}/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        with listening(f"{shared_web.url}/executions/{held}/stream", **{"User-Agent": "another"}) as stream:
            next(stream)
            gate.touch()

            assert list(stream)[-1]["event"] == "done"


@pytest.mark.parametrize(
    "path", ["/executions/{}/stream", "/api/v1/executions/{}/events", "/stream?view=overview"]
)
def test_stream_is_refused_when_another_site_asks(shared_web: WebServer, held: str, path: str) -> None:
    answer = httpx.get(
        shared_web.url + path.format(held), headers={"Sec-Fetch-Site": "cross-site"}, timeout=10
    )

    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/executions/nobody-0/stream", "/api/v1/executions/nobody-0/events"])
def test_answer_is_404_when_there_is_no_such_execution(shared_web: WebServer, path: str) -> None:
    assert httpx.get(shared_web.url + path, timeout=10 * ROOM).status_code == 404


@pytest.mark.parametrize("after", ["-1", "x", "1e9", "9" * 40, "\N{ARABIC-INDIC DIGIT ONE}"])
def test_answer_is_400_when_the_resume_point_is_no_number(
    shared_web: WebServer, held: str, after: str
) -> None:
    answer = httpx.get(
        f"{shared_web.url}/executions/{held}/stream", params={"after": after}, timeout=10 * ROOM
    )

    assert answer.status_code == 400


def test_no_stream_is_offered_when_the_execution_has_ended(
    shared_web: WebServer, shared_engine: WorkflowEngine, held: str, gate: Path
) -> None:
    page = f"{shared_web.url}/executions/{held}"
    assert "hx-sse:connect" in httpx.get(page).text
    gate.touch()
    wait_until_ended(shared_engine, held)

    assert "hx-sse:connect" not in httpx.get(page).text


# -- the lists' stream


def test_visible_row_is_replaced_and_new_ones_are_counted_when_executions_change(
    shared_web: WebServer, shared_engine: WorkflowEngine, held: str, gate: Path
) -> None:
    seq = shared_engine.get_workflow_status(held)["seq"]
    with listening(f"{shared_web.url}/stream?view=executions&workflow_id=held&rows={held}~{seq}") as stream:
        assert next(stream)["event"] == "ping"
        gate.touch()
        another = launch(shared_engine, "held", [step("only")])
        wait_until_ended(shared_engine, another)

        told = ""
        for frame in stream:
            told += frame.get("data", "")
            if f'hx-target="#x-{held}"' in told and "1 new, show" in told and "Success" in told:
                break

    assert f'hx-target="#x-{another}"' not in told


@pytest.mark.parametrize(
    "query",
    [
        "",
        "view=everything",
        "view=executions&rows=<script>",
        "view=executions&rows=" + ",".join(["a~1", "b"]),
    ],
)
def test_list_stream_is_refused_when_the_query_makes_no_sense(shared_web: WebServer, query: str) -> None:
    assert httpx.get(f"{shared_web.url}/stream?{query}", timeout=10 * ROOM).status_code == 400
