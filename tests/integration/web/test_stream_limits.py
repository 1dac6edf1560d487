"""How many streams are open at a time: by session and by kind, each by a setting that a refusal names."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable

import httpx
import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from tests.support.streams import launch, listening
from tests.support.tcp_proxy import TcpProxy
from tests.support.waiting import ROOM, eventually
from tests.support.webserver import WebServer
from tests.support.workflows import chain


def cookie(session: str) -> dict[str, str]:
    """The header of a browser whose session has this name."""
    return {"Cookie": f"session={session:-<22}"}


def test_connection_is_given_back_when_the_browser_vanishes(
    shared_web: WebServer, held: str, start_proxy: Callable[[int], TcpProxy]
) -> None:
    proxy = start_proxy(shared_web.settings.port)
    for _ in range(2 * shared_web.settings.session_streams):
        with (
            contextlib.suppress(httpx.HTTPError),
            listening(f"{proxy.url}/executions/{held}/stream", **cookie("vanishing")) as stream,
        ):
            next(stream)
            proxy.cut()
            list(stream)

        def free() -> bool:
            """the session has no stream open any more"""
            url = f"{shared_web.url}/executions/{held}/stream"
            with httpx.stream("GET", url, headers=cookie("vanishing"), timeout=10 * ROOM) as answer:
                return answer.status_code == 200

        eventually(free)


def test_further_stream_of_a_session_is_refused_by_name_of_the_setting_when_it_has_all_it_may(
    shared_web: WebServer, held: str
) -> None:
    url = f"{shared_web.url}/executions/{held}/stream"
    most = shared_web.settings.session_streams
    with contextlib.ExitStack() as open_streams:
        streams = [open_streams.enter_context(listening(url, **cookie("greedy"))) for _ in range(most)]
        assert [next(stream)["event"] for stream in streams] == ["ping"] * most

        refused = httpx.get(url, headers=cookie("greedy"), timeout=10 * ROOM)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
        assert "CELERIAC_SESSION_STREAMS" in refused.text
        with listening(url, **cookie("modest")) as other:
            assert next(other)["event"] == "ping"


def test_browsers_of_a_team_behind_one_address_are_let_in_when_they_are_the_same(
    shared_web: WebServer, held: str
) -> None:
    url = f"{shared_web.url}/executions/{held}/stream"
    with contextlib.ExitStack() as open_streams:
        for number in range(4 * shared_web.settings.session_streams):
            headers = {"User-Agent": "of all", **cookie(f"person-{number}")}
            assert next(open_streams.enter_context(listening(url, **headers)))["event"] == "ping"


@pytest.mark.parametrize(
    ("setting", "path"),
    [("page_streams", "/executions/{}/stream"), ("program_streams", "/api/v1/executions/{}/events")],
)
def test_stream_is_refused_by_name_of_the_setting_when_all_of_its_kind_are_open(
    start_web: Callable[..., WebServer], settings: Settings, engine: WorkflowEngine, setting: str, path: str
) -> None:
    web = start_web(settings=dataclasses.replace(settings, **{setting: 1}))
    execution_id = launch(engine, "waits", chain(1))
    url = web.url + path.format(execution_id)
    other = "/stream?view=overview" if "api" in path else f"/api/v1/executions/{execution_id}/events"

    with listening(url) as stream, listening(web.url + other) as of_other_kind:
        assert (next(stream)["event"], next(of_other_kind)["event"]) == ("ping", "ping")
        refused = httpx.get(url, headers={"Accept": "application/json"}, timeout=10 * ROOM)

    assert refused.status_code == 429
    assert f"CELERIAC_{setting.upper()}" in refused.json()["detail"]


def test_page_gives_a_session_to_a_browser_that_has_none(shared_web: WebServer) -> None:
    with httpx.Client(base_url=shared_web.url, timeout=10 * ROOM) as browser:
        given = browser.get("/").headers["set-cookie"]

        assert given.startswith("session=")
        assert "httponly" in given.lower()
        assert "set-cookie" not in browser.get("/executions").headers
