"""The real web process on a real socket: what only uvicorn, signals and settings together can show."""

from __future__ import annotations

import dataclasses
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from tests.support.processes import LoggedProcess, child_environment, free_port, python_command
from tests.support.waiting import ROOM
from tests.support.webserver import WebServer

Start = Callable[..., LoggedProcess]


@pytest.fixture
def start_process(settings: Settings, tmp_path: Path) -> Start:
    """`start_process(host=…)`: a web process with these settings changed, not waited for."""

    def start(**changes: object) -> LoggedProcess:
        changed = dataclasses.replace(settings, port=free_port(), **changes)  # type: ignore[arg-type]
        return LoggedProcess(
            python_command("-m", "celeriac", "web"),
            name="web",
            log_file=tmp_path / "web.log",
            environment=child_environment(changed.as_environment()),
        )

    return start


def exchange(port: int, request: bytes) -> bytes:
    """The whole answer to these bytes, sent as they are."""
    with socket.create_connection(("127.0.0.1", port), timeout=10 * ROOM) as connection:
        connection.sendall(request)
        parts = iter(lambda: connection.recv(65_536), b"")
        return b"".join(parts)


def test_answer_tells_nothing_of_the_server_when_it_is_asked(shared_web: WebServer) -> None:
    answer = httpx.get(f"{shared_web.url}/api/v1/workflows")

    assert answer.status_code == 200
    assert "server" not in answer.headers
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_forwarded_headers_are_ignored_when_somebody_sends_them(shared_web: WebServer) -> None:
    """Were they believed, the origin below would be the request's own."""
    headers = {
        "x-forwarded-proto": "https",
        "x-forwarded-host": "evil.example",
        "origin": "https://evil.example",
    }

    assert httpx.post(f"{shared_web.url}/api/v1/cleanups", json={}, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.0\r\n\r\n", 400),
        (b"GET http://localhost/healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 400),
        (b"GET //evil.example/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404),
        (b"GET /executions/ HTTP/1.1\r\nHost: localhost@evil.example\r\nConnection: close\r\n\r\n", 400),
    ],
)
def test_request_is_refused_when_its_first_lines_are_forged(
    shared_web: WebServer, request_bytes: bytes, status: int
) -> None:
    answer = exchange(shared_web.settings.port, request_bytes)

    assert answer.split(b" ", 2)[1] == str(status).encode()
    assert b"\r\nlocation: //evil" not in answer.lower()
    assert b"evil.example/" not in answer.partition(b"\r\n\r\n")[0]


def test_chunked_body_is_refused_when_it_grows_too_large(shared_web: WebServer) -> None:
    def chunks() -> object:
        for _ in range(40):
            yield b"x" * 50_000

    url = f"{shared_web.url}/api/v1/cleanups"
    answer = httpx.post(url, content=chunks(), headers={"content-type": "application/json"})  # type: ignore[arg-type]

    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["events", "stream"])
def test_stream_comes_uncompressed_when_the_browser_takes_brotli(
    shared_web: WebServer, shared_engine: WorkflowEngine, path: str
) -> None:
    execution_id = shared_engine.execute_workflow("data_processing", {})
    prefix = "/api/v1" if path == "events" else ""

    url = f"{shared_web.url}{prefix}/executions/{execution_id}/{path}"
    with httpx.stream("GET", url, headers={"accept-encoding": "br, gzip"}, timeout=20 * ROOM) as answer:
        first = next(answer.iter_raw())

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "content-encoding" not in answer.headers
    assert b"data: " in first
    shared_engine.cancel_workflow(execution_id)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_process_ends_when_told_although_a_stream_is_open(
    web: WebServer, engine: WorkflowEngine, number: signal.Signals
) -> None:
    execution_id = engine.execute_workflow("data_processing", {})
    url = f"{web.url}/api/v1/executions/{execution_id}/events"
    with httpx.stream("GET", url, timeout=20 * ROOM) as answer:
        next(answer.iter_raw())

        web.process.signal(number)

        web.process.wait_until_ended(within=15)
    assert "Traceback" not in web.process.log()
    engine.cancel_workflow(execution_id)


def test_process_does_not_start_when_it_would_be_open_to_the_network(start_process: Start) -> None:
    process = start_process(host="0.0.0.0")

    status = process.wait_until_ended(within=30)

    assert status != 0
    assert "CELERIAC_HOST='0.0.0.0' is refused" in process.log()
    assert "Traceback" not in process.log()


def test_process_does_not_start_when_the_store_is_away(start_process: Start) -> None:
    process = start_process(redis_url=f"redis://127.0.0.1:{free_port()}/0")

    status = process.wait_until_ended(within=60)

    assert status == 3
    assert "cannot be reached" in process.log()
    assert "Traceback" not in process.log()
