"""The bytes of the streams: the browser's parser breaks a message whose CR and LF come in two packets, and sees no comments."""

from __future__ import annotations

import httpx
import pytest

from celeriac.engine.engine import WorkflowEngine
from tests.support.waiting import ROOM
from tests.support.webserver import WebServer
from tests.support.workflows import step


@pytest.mark.parametrize("path", ["/executions/{}/stream?after=0", "/stream?view=overview"])
def test_lines_end_with_line_feeds_and_the_first_message_has_a_name_when_a_page_connects(
    shared_engine: WorkflowEngine, shared_web: WebServer, path: str
) -> None:
    shared_engine.register_workflow("unserved", [step("held", queue="served_by_nobody")])
    execution_id = shared_engine.execute_workflow("unserved", {})

    read = b""
    with httpx.stream("GET", shared_web.url + path.format(execution_id), timeout=30 * ROOM) as answer:
        for piece in answer.iter_raw():
            read += piece
            if b"hx-partial" in read and read.endswith(b"\n\n"):
                break

    assert read.startswith(b"event: ping\n")
    assert b"\r" not in read
    assert b"\n:" not in read
