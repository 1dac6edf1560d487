"""What is refused before a handler sees it, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from celeriac.web.http.security import HEADERS, MAX_BODY
from tests.support.asgi import AsgiClient, chunked

MakeClient = Callable[..., AsgiClient]


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "localhost:8000", "127.0.0.1:1", "[::1]:8000", "[::1]"]
)
def test_request_passes_when_host_is_local(client: AsgiClient, host: str) -> None:
    assert client.get("/echo", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.nip.example",
        "localhost.",
        "",
        "a b",
        "localhost:80:80",
        "@localhost",
    ],
)
@pytest.mark.parametrize("path", ["/echo", "/healthz", "/no-such-page", "/api/v1/workflows", "/held-open"])
def test_request_is_refused_when_host_is_foreign(client: AsgiClient, host: str, path: str) -> None:
    answer = client.get(path, headers={"host": host})

    assert answer.status_code == 400
    assert "Host" in answer.text


def test_refusal_names_the_setting_when_host_is_foreign(client: AsgiClient) -> None:
    answer = client.get("/api/v1/workflows", headers={"host": "board.example"})

    assert (
        answer.json()["detail"]
        == "Host 'board.example' is not served. If it is yours, add it to CELERIAC_ALLOWED_HOSTS."
    )


def test_request_is_refused_when_two_hosts_are_named(client: AsgiClient) -> None:
    headers = [("host", "localhost"), ("host", "evil.example")]

    assert client.get("/echo", headers=headers).status_code == 400


def test_request_passes_when_its_host_is_allowed_by_setting(make_client: MakeClient) -> None:
    client = make_client(allowed_hosts=("Board.example",))

    assert client.get("/echo", headers={"host": "board.EXAMPLE:8000"}).status_code == 200
    assert client.get("/echo", headers={"host": "other.example"}).status_code == 400


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "https://localhost"},
        {"origin": "http://localhost:3000"},
        {"origin": "http://localhost.evil.example"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "anything"},
        {"sec-fetch-site": "same-origin", "origin": "null"},
        {"sec-fetch-site": "cross-site", "origin": "http://localhost"},
    ],
)
def test_change_is_refused_when_it_comes_from_another_site(
    client: AsgiClient, method: str, headers: dict[str, str]
) -> None:
    answer = client.request(method, "/echo", headers=headers)

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://localhost"},
        {"origin": "http://localhost:80"},
        {"origin": "HTTP://LOCALHOST".lower()},
        {"sec-fetch-site": "same-origin", "origin": "http://localhost"},
        {"sec-fetch-site": "none"},
    ],
)
def test_change_passes_when_it_comes_from_our_pages_or_a_program(
    client: AsgiClient, headers: dict[str, str]
) -> None:
    assert client.post("/echo", headers=headers).status_code == 200


def test_reading_passes_when_it_comes_from_another_site(client: AsgiClient) -> None:
    headers = {"sec-fetch-site": "cross-site", "origin": "http://evil.example"}

    assert client.get("/echo", headers=headers).status_code == 200


def test_stream_is_refused_when_another_site_opens_it(client: AsgiClient) -> None:
    assert client.get("/held-open", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.get("/held-open", headers={"sec-fetch-site": "same-origin"}).status_code == 200


def test_stream_is_not_opened_when_only_its_headers_are_asked_for(client: AsgiClient) -> None:
    answer = client.request("HEAD", "/held-open")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_stream_is_not_compressed_when_the_browser_would_take_it(client: AsgiClient) -> None:
    answer = client.get("/held-open", headers={"accept-encoding": "br, gzip"})

    assert "content-encoding" not in answer.headers


def test_body_passes_when_it_is_as_large_as_allowed(client: AsgiClient) -> None:
    assert client.post("/echo", content=b"x" * MAX_BODY).text == str(MAX_BODY)


def test_body_is_refused_when_it_announces_too_much(client: AsgiClient) -> None:
    assert client.post("/echo", content=b"x" * (MAX_BODY + 1)).status_code == 413


def test_body_is_refused_when_it_grows_too_large_without_announcing_it(client: AsgiClient) -> None:
    parts = [b"x" * 65_536] * (MAX_BODY // 65_536) + [b"x"]

    assert client.post("/echo", content=chunked(parts)).status_code == 413


@pytest.mark.parametrize("path", ["/echo", "/healthz", "/no-such-page", "/api/no-such-call", "/held-open"])
def test_every_answer_carries_the_security_headers_when_it_is_an_error_too(
    client: AsgiClient, path: str
) -> None:
    for answer in (client.get(path), client.post(path), client.get(path, headers={"host": "evil.example"})):
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert "server" not in answer.headers


def test_pages_are_asked_for_again_when_nothing_else_is_said(client: AsgiClient) -> None:
    answer = client.get("/echo")

    assert answer.headers["cache-control"] == "private, no-cache"
    assert "etag" not in answer.headers


def test_every_page_warns_when_others_can_reach_the_dashboard(make_client: MakeClient) -> None:
    warning = "it listens on the network and has no login"

    assert warning in make_client(host="0.0.0.0", insecure_no_auth=True).get("/help").text
    assert warning not in make_client(insecure_no_auth=True).get("/help").text
