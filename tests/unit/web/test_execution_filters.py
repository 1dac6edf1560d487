"""The URL of the executions list: what it says, and where its links lead."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qsl, urlsplit

import pytest

from celeriac.web.executions.filters import MOST_BACK, ExecutionFilters
from celeriac.web.http.forms import own_path
from celeriac.web.ui.time_spans import span_start

NOW = dt.datetime(2026, 11, 22, 10, 0, tzinfo=dt.UTC)


def opened(url: str) -> ExecutionFilters:
    return ExecutionFilters.read(dict(parse_qsl(urlsplit(url).query)))


def test_other_filters_stay_when_the_status_changes() -> None:
    filters = ExecutionFilters(workflow_id="w", q="w-2026", since="24h", cursor="c", back="-")

    changed = opened(filters.with_status("failure"))

    assert changed == ExecutionFilters(status="failure", workflow_id="w", q="w-2026", since="24h")


def test_newer_leads_back_page_by_page_when_older_was_followed() -> None:
    first = ExecutionFilters(status="running")
    second = opened(first.older("c1"))
    third = opened(second.older("c2"))

    assert (first.page_number, second.page_number, third.page_number) == (1, 2, 3)
    assert opened(third.newer()) == second
    assert opened(second.newer()) == first
    assert first.newer() == ""


def test_the_trail_stays_short_when_many_pages_were_turned() -> None:
    filters = ExecutionFilters()
    for page in range(MOST_BACK * 2):
        filters = opened(filters.older(f"c{page}"))

    assert len(filters.back.split("~")) == MOST_BACK


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("24h", "2026-11-21T10:00:00.000Z"),
        ("30m", "2026-11-22T09:30:00.000Z"),
        ("7d", "2026-11-15T10:00:00.000Z"),
        ("2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"),
        ("yesterday", "yesterday"),
    ],
)
def test_a_span_becomes_a_time_and_anything_else_stays(text: str, start: str) -> None:
    assert span_start(text, NOW) == start


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "", "javascript:x", "/a\nb", "/é"]
)
def test_a_form_leads_to_the_overview_when_its_way_back_is_not_ours(path: str) -> None:
    assert own_path(path) == "/"


def test_a_form_leads_back_when_its_way_back_is_ours() -> None:
    assert own_path("/executions?status=failure&q=a") == "/executions?status=failure&q=a"
