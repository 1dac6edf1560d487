"""Bodies that other JSON readers accept or crash on: refused with a place, and nothing is launched."""

from __future__ import annotations

import pytest

from tests.integration.web.conftest import EXECUTIONS, ApiClient
from tests.support.asgi import chunked

LAUNCH = "/api/v1/workflows/data_processing/executions"
JSON = {"content-type": "application/json"}


def launch_with(input_text: str) -> bytes:
    return f'{{"input": {{"x": {input_text}}}}}'.encode()


HOSTILE = {
    "nothing": b"",
    "white space": b" \n ",
    "half an object": b'{"input": {',
    "trailing comma": b'{"input": {},}',
    "two values": b"{} {}",
    "single quotes": b"{'input': {}}",
    "NaN": launch_with("NaN"),
    "Infinity": launch_with("-Infinity"),
    "1e999": launch_with("1e999"),
    "-1e999": launch_with("-1e999"),
    "lone surrogate": launch_with(r'"\ud800"'),
    "lone surrogate in a key": rb'{"input": {"\udc00": 1}}',
    "duplicate key": b'{"input": {"a": 1, "a": 2}}',
    "duplicate key at the top": b'{"input": {}, "input": {}}',
    "depth 33": launch_with("[" * 31 + "]" * 31),
    "depth 100,000": launch_with("[" * 100_000 + "]" * 100_000),
    "integer of 1,001 digits": launch_with("1" * 1_001),
    "integer of 100,000 digits": launch_with("9" * 100_000),
    "invalid UTF-8": b'{"input": {"x": "\xff"}}',
    "UTF-16": '{"input": {}}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "NUL byte": b'{"input": {"x": "\x00"}}',
}


@pytest.mark.parametrize("in_chunks", [False, True], ids=["whole", "chunked"])
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_body_is_refused_when_it_is_no_strict_json(client: ApiClient, body: bytes, in_chunks: bool) -> None:
    content = chunked([body[:7], body[7:]]) if in_chunks else body

    answer = client.post(LAUNCH, content=content, headers=JSON)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["message"]
    assert client.get(EXECUTIONS).json()["total"] == 0


def test_place_is_given_when_the_json_is_malformed(client: ApiClient) -> None:
    answer = client.post(LAUNCH, content=b'{\n  "input": {"a": 1,}\n}', headers=JSON)

    (error,) = answer.json()["errors"]
    assert error["line"] == 2
    assert error["column"] > 1


@pytest.mark.parametrize("in_chunks", [False, True], ids=["whole", "chunked"])
def test_body_is_too_large_when_it_is_over_a_megabyte(client: ApiClient, in_chunks: bool) -> None:
    body = launch_with('"' + "x" * 1_100_000 + '"')
    content = (
        chunked(body[start : start + 50_000] for start in range(0, len(body), 50_000)) if in_chunks else body
    )

    answer = client.post(LAUNCH, content=content, headers=JSON)

    assert answer.status_code == 413
    assert client.get(EXECUTIONS).json()["total"] == 0


@pytest.mark.parametrize("input_text", ["[" * 30 + "]" * 30, "1" * 1_000, r'"\ud83d\ude00"', '"é"', "-0.0"])
def test_body_is_taken_when_it_stays_within_the_limits(client: ApiClient, input_text: str) -> None:
    assert client.post(LAUNCH, content=launch_with(input_text), headers=JSON).status_code == 201


@pytest.mark.parametrize("path", ["/cancellation", "/pin"])
@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", None), (b"{}", None), (b'{"force":true}', 422), (b"null", 422), (b"{", 400), (b"[NaN]", 400)],
)
def test_call_without_body_takes_none_but_an_empty_one(
    client: ApiClient, path: str, body: bytes, status: int | None
) -> None:
    execution_id = client.launch()

    answer = client.post(f"{EXECUTIONS}/{execution_id}{path}", content=body)

    if status is None:
        assert answer.status_code in (200, 202)
    else:
        assert answer.status_code == status
        execution = client.get(f"{EXECUTIONS}/{execution_id}").json()
        assert (execution["status"], execution["pinned"]) == ("pending", False)
