"""The timeline and the log of an execution over the real store: pages, the news for them, and the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from celeriac.engine.workflows.progress.output import Line
from tests.support.playing import play
from tests.support.workflows import step

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine
    from tests.integration.web.conftest import ApiClient


@pytest.fixture
def execution(client: ApiClient, engine: WorkflowEngine) -> str:
    """Of the steps `load`, `each` (mapped) and `send`; played to its end, with four lines."""
    steps = [step("load"), step("each", map_over="load"), step("send", after="each")]
    engine.register_workflow("orders", steps)
    engine.publish_workflows()
    execution_id = engine.execute_workflow("orders", {})
    play(engine, execution_id, {"load": [1, 2]})
    say(engine, execution_id, "0", 3_000, "I", "loaded <b>2</b> orders")
    say(engine, execution_id, "1[1]", 1_000, "W", "slow")
    say(engine, execution_id, "1[0]", 2_000, "D", "looking")
    say(engine, execution_id, "2", 4_000, "E", "refused\nby the other side")
    return execution_id


def say(engine: WorkflowEngine, execution_id: str, unit: str, ms: int, severity: str, text: str) -> None:
    assert engine.store.output.write_output(execution_id, unit, [Line(ms, 1, severity, text)], None)


def sources(html: str) -> list[str]:
    return re.findall(r'<td class="step"><a href="[^"]*">([^<]*)</a>', html)


def test_timeline_shows_a_row_for_each_step_when_the_execution_has_ended(
    client: ApiClient, execution: str
) -> None:
    html = client.get(f"/executions/{execution}?view=timeline").text

    assert re.findall(r'<tr id="t-(\w+)"', html) == ["load", "each", "send"]
    assert html.count('role="img" aria-label="waited') == 3
    assert "\N{MULTIPLICATION SIGN}2" in html
    assert "work on the critical path" in html
    assert 'view=timeline" aria-current="page"' in html
    assert "data-grows" not in html


def test_timeline_has_room_to_grow_when_the_execution_is_active(client: ApiClient) -> None:
    html = client.get(f"/executions/{client.launch()}?view=timeline").text

    assert "data-grows" in html
    assert 'class="queued"' in html
    assert "critical path" not in html


def test_timeline_shows_the_newest_round_and_leads_to_the_others_when_there_are_several(
    client: ApiClient, engine: WorkflowEngine
) -> None:
    engine.register_workflow("orders", [step("load"), step("send", after="load")])
    engine.publish_workflows()
    execution_id = engine.execute_workflow("orders", {})
    play(engine, execution_id, {"send": ValueError("refused")})
    engine.executions.retry(execution_id)
    play(engine, execution_id)
    url = f"/executions/{execution_id}?view=timeline"

    newest, first = client.get(url).text, client.get(f"{url}&round=1").text

    assert "kept from round 1" in newest
    assert 'class="bad"' not in newest
    assert 'class="bad"' in first
    assert 'round=1" aria-current="true"' in first


@pytest.mark.parametrize("query", ["page=9", "page=x", "page=-1", "page=²", "round=99999999999", "round=0"])
def test_timeline_is_shown_when_its_page_or_round_does_not_exist(
    client: ApiClient, execution: str, query: str
) -> None:
    answer = client.get(f"/executions/{execution}?view=timeline&{query}")

    assert answer.status_code == 200
    assert 'id="t-load"' in answer.text


def test_log_holds_the_lines_of_all_steps_by_time_when_it_is_opened(
    client: ApiClient, execution: str
) -> None:
    html = client.get(f"/executions/{execution}?view=log").text

    assert sources(html) == ["each[1]", "each[0]", "load", "send"]
    assert "loaded &lt;b&gt;2&lt;/b&gt; orders" in html
    assert f'href="/executions/{execution}/steps/each/items/1"' in html
    assert "data-more" not in html  # it has ended
    assert "Older lines" not in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("severity=warning", ["each[1]", "send"]),
        ("step=each", ["each[1]", "each[0]"]),
        ("text=LOADED", ["load"]),
        ("step=each&severity=info", ["each[1]"]),
        ("text=nowhere", []),
    ],
)
def test_log_holds_what_is_asked_for_when_it_is_filtered(
    client: ApiClient, execution: str, query: str, found: list[str]
) -> None:
    html = client.get(f"/executions/{execution}?view=log&{query}").text

    assert sources(html) == found


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("severity=loud", 422, "severity must be one of debug, info, warning, error, critical"),
        ("before=yesterday", 422, "is not a position in a log"),
        ("before=99999999999999999999-0", 422, "is not a position in a log"),
        ("step=lod", 404, "lod"),
    ],
)
def test_log_is_refused_saying_why_when_a_filter_makes_no_sense(
    client: ApiClient, execution: str, query: str, status: int, words: str
) -> None:
    answer = client.get(f"/executions/{execution}?view=log&{query}")

    assert answer.status_code == status
    assert words in answer.text


def test_older_lines_are_linked_when_there_are_more_than_a_page(
    client: ApiClient, engine: WorkflowEngine
) -> None:
    execution_id = client.launch()
    lines = [Line(number, 1, "I", f"line {number}.") for number in range(1_500)]
    engine.store.output.write_output(execution_id, "0", lines, None)

    newest = client.get(f"/executions/{execution_id}?view=log").text
    link = re.search(r'href="([^"]*before=[^"]*)"', newest)
    assert link is not None
    older = client.get(link[1].replace("&amp;", "&")).text

    assert [len(sources(page)) for page in (newest, older)] == [1_000, 500]
    assert "line 1499." in newest
    assert "line 0." in older
    assert "data-more" in newest
    assert "data-more" not in older  # a page of old lines stays what it is
    assert "Newest lines" in older


def test_only_new_lines_are_sent_when_a_page_asks_for_them(
    client: ApiClient, engine: WorkflowEngine, execution: str
) -> None:
    first = client.get(f"/executions/{execution}/log?severity=info&after=0-0")
    say(engine, execution, "0", 5_000, "D", "not asked for")
    say(engine, execution, "0", 6_000, "I", "news")

    second = client.get(f"/executions/{execution}/log?severity=info&after={first.headers['log-place']}")
    third = client.get(f"/executions/{execution}/log?severity=info&after={second.headers['log-place']}")

    assert sources(first.text) == ["each[1]", "load", "send"]
    assert "<main" not in first.text
    assert (sources(second.text), "news" in second.text) == (["load"], True)
    assert sources(third.text) == []


def test_whole_log_is_an_attachment_when_it_is_downloaded(client: ApiClient, execution: str) -> None:
    answer = client.get(f"/executions/{execution}/log.txt")

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{execution}.log.txt"'
    assert answer.text.splitlines() == [
        "1970-01-01T00:00:01.000Z warning each[1]: slow",
        "1970-01-01T00:00:02.000Z debug each[0]: looking",
        "1970-01-01T00:00:03.000Z info load: loaded <b>2</b> orders",
        "1970-01-01T00:00:04.000Z error send: refused",
        "    by the other side",
    ]


def test_download_is_empty_when_nothing_was_logged(client: ApiClient) -> None:
    answer = client.get(f"/executions/{client.launch()}/log.txt")

    assert (answer.status_code, answer.text) == (200, "")


def test_view_is_the_drawing_when_no_such_view_exists(client: ApiClient, execution: str) -> None:
    html = client.get(f"/executions/{execution}?view=nonsense").text

    assert re.search(r'aria-current="page">Levels<', html)
