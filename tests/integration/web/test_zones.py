"""The time zone: chosen by a form, kept in a cookie, true on every page, without JavaScript."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from celeriac.web.ui.time_zones import Zone, in_zone, local_time

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine
    from tests.integration.web.conftest import ApiClient

KATHMANDU = {"Cookie": 'zone="Asia/Kathmandu"'}
TIME = re.compile(r'<time datetime="([^"]+)" title="([^"]+)">([^<]+)')


def test_the_zone_is_kept_when_it_was_chosen(client: ApiClient) -> None:
    form = {"zone": "Asia/Kathmandu", "return_to": "/executions?status=failure"}

    answer = client.post("/zone", data=form)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/executions?status=failure"
    cookie = answer.headers["set-cookie"]
    assert 'zone="Asia/Kathmandu"' in cookie
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax"))
    page = client.get("/help", headers={"Cookie": cookie.partition(";")[0]}).text
    assert 'data-zone="Asia/Kathmandu" data-zone-names="+05:45=+05:45"' in page


def test_the_browsers_own_zone_is_kept_as_such(client: ApiClient) -> None:
    answer = client.post("/zone", data={"zone": "local:Europe/Paris"})

    page = client.get("/help", headers={"Cookie": answer.headers["set-cookie"].partition(";")[0]}).text
    assert 'data-zone="Europe/Paris" data-zone-names="+01:00=CET +02:00=CEST" data-zone-local' in page


def test_times_are_in_utc_again_when_utc_was_chosen(client: ApiClient) -> None:
    answer = client.post("/zone", data={"zone": "UTC", "return_to": "//evil.example"}, headers=KATHMANDU)

    assert answer.headers["location"] == "/"
    assert 'zone=""' in answer.headers["set-cookie"]
    assert "Max-Age=0" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        ("Mars/Olympus", "Mars/Olympus"),
        ("local:Etc/Unknown", "Etc/Unknown"),
        ("", "&#39;&#39;"),
        ("<script>", "&lt;script&gt;"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("x" * 5_000, "x" * 60 + "…"),
    ],
    ids=lambda value: value[:20],
)
def test_a_zone_is_refused_by_name_when_there_is_none(client: ApiClient, choice: str, called: str) -> None:
    answer = client.post("/zone", data={"zone": choice, "return_to": "/executions"})

    assert answer.status_code == 422
    assert f"There is no time zone called {called}, so nothing was changed." in answer.text
    assert "set-cookie" not in answer.headers
    assert 'name="return_to" value="/executions"' in answer.text


def test_names_that_are_alike_are_offered_when_one_is_misspelt(client: ApiClient) -> None:
    answer = client.post("/zone", data={"zone": "Europe/Pariss"})

    assert "Did you mean Europe/Paris" in answer.text


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../UTC", "local:", "%00", "x" * 3_000])
def test_times_are_in_utc_when_the_cookie_names_no_zone(client: ApiClient, zone: str) -> None:
    answer = client.get("/executions", headers={"Cookie": f"zone={zone}"})

    assert answer.status_code == 200
    assert 'data-zone="UTC"' in answer.text


def test_every_zone_is_offered_and_the_way_back_is_ours(client: ApiClient) -> None:
    page = client.get("/zone?return_to=//evil.example", headers=KATHMANDU).text

    assert '<option value="Asia/Kathmandu" selected>Kathmandu, +05:45</option>' in page
    assert '<option value="America/Argentina/Buenos_Aires">Argentina/Buenos Aires, -03:00</option>' in page
    assert "evil.example" not in page.partition("<main")[2]


def test_every_page_is_in_the_chosen_zone(client: ApiClient, engine: WorkflowEngine) -> None:
    execution_id = client.launch_ended("parallel_processing")
    execution = engine.get_workflow_status(execution_id)
    pages = {
        "/": 1,
        "/workflows": 1,
        "/workflows/parallel_processing": 1,
        "/workflows/parallel_processing/versions": 1,
        "/executions": 1,
        f"/executions/{execution_id}": 5,  # started, ended, and its events
        f"/executions/{execution_id}?view=timeline": 2,
        "/cleanup?max_age_hours=0&statuses=cancelled": 1,
    }
    for path, at_least in pages.items():
        page = client.get(path, headers=KATHMANDU).text
        times = TIME.findall(page)
        assert len(times) >= at_least, path
        with in_zone(Zone("Asia/Kathmandu")):
            for moment, title, text in times:
                full = local_time(moment).full
                assert title == full, path
                assert text.strip() in full, path
        assert "UTC" not in html.unescape(re.sub(r"<[^>]*>", "", page.partition("<main")[2])), path
    assert (
        f"{local(execution['start_time'])} <span"
        in client.get(f"/executions/{execution_id}", headers=KATHMANDU).text
    )


def local(moment: str) -> str:
    with in_zone(Zone("Asia/Kathmandu")):
        return local_time(moment).shaped("date")


def test_moments_are_read_in_the_zone_and_mean_the_same_to_everybody(client: ApiClient) -> None:
    form = "/executions?status=failure&since=between&from=2026-11-22T15%3A45&to=2026-11-23T00%3A00%3A05.5"

    answer = client.get(form, headers=KATHMANDU)

    assert answer.status_code == 303
    address = answer.headers["location"]
    assert address == (
        "/executions?status=failure&since=2026-11-22T10%3A00%3A00.000Z&until=2026-11-22T18%3A15%3A05.500Z"
    )
    here, elsewhere = client.get(address, headers=KATHMANDU).text, client.get(address).text
    assert 'name="from" type="datetime-local" step="any" value="2026-11-22T15:45:00.000"' in here
    assert 'name="to" type="datetime-local" step="any" value="2026-11-23T00:00:05.500"' in here
    assert "<span data-zone-label>+05:45</span>" in here
    assert 'type="datetime-local" step="any" value="2026-11-22T10:00:00.000"' in elsewhere


def test_a_span_counts_when_moments_were_typed_but_not_chosen(client: ApiClient) -> None:
    answer = client.get("/executions?since=24h&from=2026-11-22T15%3A45&to=")

    assert answer.status_code == 200
    assert '<option value="24h" selected>' in answer.text
    assert "2026-11-22" not in answer.text.partition('<form class="filters"')[2].partition("</form>")[0]


@pytest.mark.parametrize("typed", ["yesterday", "2026-13-01T00:00", "<b>"])
def test_a_moment_is_refused_by_name_when_it_is_none(client: ApiClient, typed: str) -> None:
    answer = client.get("/executions", params={"since": "between", "from": typed})

    refused = client.get(answer.headers["location"])

    assert refused.status_code == 422
    assert html.escape(typed) in refused.text


def test_programs_get_utc_whatever_the_cookie_says(client: ApiClient) -> None:
    execution_id = client.launch_ended()
    path = f"/api/v1/executions/{execution_id}"

    assert client.get(path, headers=KATHMANDU).json() == client.get(path).json()
    assert client.get(path, headers=KATHMANDU).json()["start_time"].endswith("Z")
