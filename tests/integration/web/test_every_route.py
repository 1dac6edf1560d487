"""Rules that hold for every route there is, whoever added it: made from the route table, so none can be forgotten."""

from __future__ import annotations

import re

import pytest
from starlette.routing import Route

from celeriac.web.routes import all_routes
from tests.integration.web.conftest import EXECUTIONS, ApiClient
from tests.support.cases import check_each

UNKNOWN = {
    "workflow_id": "no_such_workflow",
    "execution_id": "no_such_workflow-20200101T000000-aaaaaa",
    "step_name": "no_such_step",
    "item": "0",
    "version": "000000000000",
    "name": "app.000000000000.css",
}
HOSTILE_PARAMETERS = [
    "a%20b",
    "%3Cscript%3E",
    "%F0%9F%98%80",
    "x" * 300,
    "-x",
    "%2e%2e",
    "a%00",
    "a%2Fb",
    "a;b",
    "a'b",
]
CHANGING = ("POST", "DELETE", "PUT")


def routes() -> list[Route]:
    found = [route for route in all_routes() if isinstance(route, Route)]
    assert len(found) == len(all_routes())
    return found


def address(route: Route, **parameters: str) -> str:
    """The route's address with these parameters, unknown ones where none are given."""
    return re.sub(r"{(\w+):\w+}", lambda match: {**UNKNOWN, **parameters}[match[1]], route.path)


CHANGES = [(method, route) for route in routes() for method in CHANGING if method in (route.methods or ())]
WITH_ID = [route for route in routes() if "_id:" in route.path]


def path_of(route: Route) -> str:
    return route.path


def change_of(change: tuple[str, Route]) -> str:
    return f"{change[0]} {change[1].path}"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://localhost:3000"},
    ],
    ids=["foreign origin", "null origin", "cross-site", "same-site"],
)
def test_change_is_refused_when_another_site_asks(client: ApiClient, headers: dict[str, str]) -> None:
    def check(change: tuple[str, Route]) -> None:
        method, route = change
        answer = client.request(method, address(route, workflow_id="data_processing"), headers=headers)

        assert answer.status_code == 403
        assert client.get(EXECUTIONS).json()["total"] == 0

    check_each(CHANGES, check, name=change_of)


def test_method_is_refused_and_the_right_ones_named_when_it_is_wrong(client: ApiClient) -> None:
    def check(route: Route) -> None:
        for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"} - (route.methods or set()):
            path = address(route)
            others = [other for other in routes() if other is not route and other.path_regex.match(path)]
            if any(method in (other.methods or ()) for other in others):
                continue
            answer = client.request(method, path)
            assert answer.status_code == 405, method
            assert set(answer.headers["allow"].split(", ")) == route.methods

    check_each(routes(), check, name=path_of)


def test_host_is_refused_when_it_is_foreign(client: ApiClient) -> None:
    def check(route: Route) -> None:
        for method in sorted(route.methods or ()):
            answer = client.request(method, address(route), headers={"host": "evil.example"})
            assert answer.status_code == 400

    check_each(routes(), check, name=path_of)


def test_answer_is_404_when_the_id_is_unknown(client: ApiClient) -> None:
    def check(route: Route) -> None:
        # PUT is how what is unknown becomes known.
        for method in sorted((route.methods or set()) - {"HEAD", "PUT"}):
            in_json = "/api/" in route.path and method == "POST"
            headers = {"content-type": "application/json"} if in_json else {}
            mark = b'{"status": "skipped", "reason": "not needed"}'
            content = None if not headers else mark if route.path.endswith("/mark") else b"{}"
            answer = client.request(method, address(route), headers=headers, content=content)
            assert answer.status_code == 404, f"{method}: {answer.text[:300]}"

    check_each(WITH_ID, check, name=path_of)


def test_answer_is_404_when_a_parameter_cannot_be_an_id(client: ApiClient) -> None:
    def check(route: Route) -> None:
        for hostile in HOSTILE_PARAMETERS:
            for parameter in re.findall(r"{(\w+):", route.path):
                answer = client.get(address(route, **{parameter: hostile}))
                assert answer.status_code == 404, hostile
                assert "<script>" not in answer.text

    check_each(WITH_ID, check, name=path_of)


@pytest.mark.parametrize(
    "route", [route for route in routes() if "GET" in (route.methods or ())], ids=path_of
)
def test_answer_is_no_server_error_when_the_query_is_hostile(client: ApiClient, route: Route) -> None:
    keys = (
        "workflow_id",
        "workflow",
        "status",
        "q",
        "since",
        "until",
        "cursor",
        "before",
        "label",
        "limit",
        "from",
    )
    for hostile in (
        "%00",
        "%ff%fe",
        "%F0%9F%98%80",
        "<script>alert(1)</script>",
        "9" * 400,
        "-1",
        "%ed%a0%80",
        "[",
        "1e999",
    ):
        query = "&".join(f"{key}={hostile}" for key in keys)
        answer = client.get(f"{address(route)}?{query}", headers={"accept": "text/html"})
        assert answer.status_code < 500, hostile
        assert "<script>alert" not in answer.text
