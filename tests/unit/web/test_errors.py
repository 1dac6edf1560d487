"""Every error as an answer, for people and for programs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from celeriac.engine.errors import (
    BrokerUnavailable,
    ExecutionPinned,
    InputDoesNotFit,
    InputProblem,
    InvalidInput,
    InvalidWorkflow,
    StoreFull,
    StoreUnavailable,
)
from celeriac.web.http.routing import resource
from tests.support.asgi import AsgiClient

JSON = {"accept": "application/json"}
HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def failing(make_client: Callable[..., AsgiClient]) -> Callable[[Exception], AsgiClient]:
    """`failing(error)`: a client of an application whose `/fail` raises the error."""

    def make(error: Exception) -> AsgiClient:
        def fail(request: Request) -> Response:
            raise error

        client = make_client()
        client.app.router.routes.append(resource("/fail", GET=fail, POST=fail))
        return client

    return make


Failing = Callable[[Exception], AsgiClient]


def test_problem_names_type_and_reason_when_the_engine_refuses(failing: Failing) -> None:
    answer = failing(ExecutionPinned(execution_id="x-1")).get("/fail", headers=JSON)

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:celeriac:problem:execution-pinned",
        "title": "Conflict",
        "status": 409,
        "detail": "Execution 'x-1' is pinned; unpin it first.",
        "errors": [],
    }


def test_problem_lists_every_mistake_when_a_workflow_is_invalid(failing: Failing) -> None:
    error = InvalidWorkflow(workflow_id="w", problems=["a cycle", "no steps"])

    answer = failing(error).get("/fail", headers=JSON)

    assert [entry["message"] for entry in answer.json()["errors"]] == ["a cycle", "no steps"]


def test_problem_points_into_the_text_when_the_place_is_known(failing: Failing) -> None:
    error = InvalidInput("twice the same key", pointer="/input/a", line=3, column=7)

    answer = failing(error).get("/fail", headers=JSON)

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"pointer": "/input/a", "message": "twice the same key", "line": 3, "column": 7}
    ]


def test_problem_lists_every_place_when_an_input_does_not_fit(failing: Failing) -> None:
    problems = [InputProblem(pointer=f"/input/{name}", message=f"{name}: is required") for name in "abcde"]
    problems[0] = replace(problems[0], line=2, column=3)

    answer = failing(InputDoesNotFit(workflow_id="w", problems=problems)).get("/fail", headers=JSON)

    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:celeriac:problem:input-does-not-fit"
    assert answer.json()["detail"].endswith(
        "schema of workflow 'w': a: is required; b: is required; c: is required; and 2 more"
    )
    assert answer.json()["errors"][:2] == [
        {"pointer": "/input/a", "message": "a: is required", "line": 2, "column": 3},
        {"pointer": "/input/b", "message": "b: is required"},
    ]
    assert len(answer.json()["errors"]) == 5


@pytest.mark.parametrize("kind", [StoreUnavailable, BrokerUnavailable])
def test_answer_says_when_to_come_back_when_a_server_is_away(
    failing: Failing, kind: type[StoreUnavailable]
) -> None:
    answer = failing(kind(url="redis://store", reason="refused")).get("/fail", headers=JSON)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "redis://store" in answer.json()["detail"]


def test_answer_names_the_remedy_when_the_store_is_full(failing: Failing) -> None:
    answer = failing(StoreFull(url="redis://store")).get("/fail", headers=HTML)

    assert answer.status_code == 507
    assert "maxmemory" in answer.text


def test_page_is_shown_when_a_browser_meets_the_error(failing: Failing) -> None:
    answer = failing(ExecutionPinned(execution_id="<script>alert(1)</script>")).get("/fail", headers=HTML)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>Not possible now</h1>" in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "<script>alert(1)" not in answer.text


def test_sentence_alone_is_sent_when_htmx_asked(failing: Failing) -> None:
    answer = failing(ExecutionPinned(execution_id="x")).get("/fail", headers={**HTML, "hx-request": "true"})

    assert answer.text.startswith("<p ")
    assert "is pinned" in answer.text
    assert "<html" not in answer.text


@pytest.mark.parametrize("headers", [JSON, HTML])
def test_reference_leads_into_the_log_when_the_error_was_not_foreseen(
    failing: Failing, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    client = failing(RuntimeError("the secret inside"))

    with caplog.at_level(logging.ERROR, "celeriac.web"):
        answer = client.get("/fail", headers=headers)

    assert answer.status_code == 500
    (record,) = caplog.records
    reference = record.getMessage().rsplit(" ", 1)[1]
    assert reference in answer.text
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert record.exc_info is not None


def test_answer_carries_security_headers_when_the_error_was_not_foreseen(failing: Failing) -> None:
    answer = failing(RuntimeError("x")).get("/fail", headers=HTML)

    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_error_is_raised_on_when_the_answer_has_begun(make_client: Callable[..., AsgiClient]) -> None:
    async def broken_off(request: Request) -> Response:
        async def parts() -> object:
            yield b"x"
            raise RuntimeError("in the middle")

        return StreamingResponse(parts())  # type: ignore[arg-type]

    client = make_client()
    client.app.router.routes.append(resource("/broken", GET=broken_off))

    with pytest.raises(RuntimeError, match="in the middle"):
        client.get("/broken")


def test_sentence_arrives_when_even_the_frame_of_the_page_is_broken(
    failing: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = failing(ExecutionPinned(execution_id="x"))

    def broken(**_: object) -> dict[str, int]:
        raise RuntimeError("no counts")

    monkeypatch.setattr(client.app.state.engine.executions, "count", broken)
    answer = client.get("/fail", headers=HTML)

    assert (answer.status_code, answer.text) == (409, "Execution 'x' is pinned; unpin it first.")


@pytest.mark.parametrize(
    ("path", "headers", "media_type"),
    [
        ("/no-such-page", HTML, "text/html; charset=utf-8"),
        ("/no-such-page", {}, "text/html; charset=utf-8"),
        ("/no-such-page", JSON, "application/problem+json"),
        ("/api", HTML, "text/html; charset=utf-8"),
        ("/api/", HTML, "application/problem+json"),
        ("/api/v2/x", HTML, "application/problem+json"),
        ("/api/v1/executions/%2e%2e", {}, "application/problem+json"),
        ("/executions/" + "x" * 97, HTML, "text/html; charset=utf-8"),
        ("/executions/a%20b", HTML, "text/html; charset=utf-8"),
        ("/workflows/%F0%9F%98%80", HTML, "text/html; charset=utf-8"),
    ],
)
def test_unknown_address_is_404_in_the_form_of_whoever_asks(
    client: AsgiClient, path: str, headers: dict[str, str], media_type: str
) -> None:
    answer = client.get(path, headers=headers)

    assert (answer.status_code, answer.headers["content-type"]) == (404, media_type)


def test_allowed_methods_are_named_when_another_is_used(client: AsgiClient) -> None:
    answer = client.request("PATCH", "/api/v1/executions/x")

    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET, HEAD")
