"""Retry, re-run, skip and mark by hand, and launch again, as a browser without JavaScript does them."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.executions import statuses
from tests.support.playing import hold, play, release
from tests.support.workflows import step

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine
    from tests.integration.web.conftest import ApiClient

WAYS: dict[str, Any] = {
    "large": {"type": "value_greater_than", "params": {"field": "n", "threshold": 9}, "task": "big"},
    "default": {"task": "small"},
}


@pytest.fixture
def failed(client: ApiClient, engine: WorkflowEngine) -> str:
    """`load -> clean -> report`, failed at `clean`."""
    steps = [step("load"), step("clean", after="load", retry_count=0), step("report", after="clean")]
    engine.register_workflow("three", steps)
    engine.publish_workflows()
    launched = engine.executions.launch("three", {"day": 1}, labels={"team": "data"}, note="monthly")
    play(engine, launched.execution_id, {"clean": ValueError("no")})
    return launched.execution_id


def field(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, f"no field {name}"
    return found[1]


def listed(text: str) -> list[str]:
    """The names of the steps that would run again."""
    found = re.search(r'<ol class="rows again">(.*?)</ol>', text, re.DOTALL)
    assert found, "no list of steps"
    return [name.replace("<wbr>", "") for name in re.findall(r'<b class="strong">(.*?)</b>', found[1])]


def words(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", text)).split())


# -- retry and re-run


def test_an_ended_execution_offers_a_retry_when_something_is_not_done(
    client: ApiClient, engine: WorkflowEngine, failed: str
) -> None:
    assert f'href="/executions/{failed}/retry"' in client.get(f"/executions/{failed}").text
    engine.executions.retry(failed)
    assert f'href="/executions/{failed}/retry"' not in client.get(f"/executions/{failed}").text
    play(engine, failed)
    page = client.get(f"/executions/{failed}").text
    assert f'href="/executions/{failed}/retry"' not in page
    assert "Launch again…" in page
    assert re.search(r"<dt>Round</dt><dd>2</dd>", page)


def test_nothing_changes_when_a_retry_is_only_looked_at(
    client: ApiClient, engine: WorkflowEngine, failed: str
) -> None:
    before = engine.get_workflow_status(failed)

    page = client.get(f"/executions/{failed}/retry")

    assert page.status_code == 200
    assert listed(page.text) == ["clean", "report"]
    assert "1 successful step is kept" in words(page.text)
    assert engine.get_workflow_status(failed) == before


def test_a_retry_leads_to_its_execution_when_confirmed(
    client: ApiClient, engine: WorkflowEngine, failed: str
) -> None:
    form = {"round": field(client.get(f"/executions/{failed}/retry").text, "round")}

    answer = client.post(f"/executions/{failed}/retry", data=form)

    assert (answer.status_code, answer.headers["location"]) == (303, f"/executions/{failed}")
    assert engine.get_workflow_status(failed)["status"] == "running"
    assert 'id="live"' in client.get(f"/executions/{failed}").text
    play(engine, failed)
    assert engine.get_workflow_status(failed)["status"] == "success"


def test_a_step_and_what_is_behind_it_run_again_when_rerun_from_it(
    client: ApiClient, engine: WorkflowEngine, failed: str
) -> None:
    assert (
        f'href="/executions/{failed}/retry?from=load"' in client.get(f"/executions/{failed}/steps/load").text
    )
    page = client.get(f"/executions/{failed}/retry?from=load").text
    assert listed(page) == ["load", "clean", "report"]

    answer = client.post(
        f"/executions/{failed}/retry",
        data={"round": field(page, "round"), "from_step": field(page, "from_step")},
    )

    assert answer.status_code == 303
    play(engine, failed)
    events = [event["event"] for event in engine.executions.events(failed) if event.get("step") == "load"]
    assert events.count("step_success") == 2


def test_a_retry_is_shown_anew_when_somebody_else_was_first(
    client: ApiClient, engine: WorkflowEngine, failed: str
) -> None:
    form = {"round": field(client.get(f"/executions/{failed}/retry").text, "round")}
    engine.executions.retry(failed)
    play(engine, failed, {"report": ValueError("no")})
    before = engine.get_workflow_status(failed)

    answer = client.post(f"/executions/{failed}/retry", data=form)

    assert answer.status_code == 409
    assert "Nothing was started" in answer.text
    assert listed(answer.text) == ["report"]
    assert engine.get_workflow_status(failed) == before


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_retry_says_why_when_it_is_too_late(
    client: ApiClient, engine: WorkflowEngine, failed: str, method: str
) -> None:
    engine.executions.retry(failed)

    answer = client.request(
        method, f"/executions/{failed}/retry", data={"round": "2"} if method == "POST" else None
    )

    assert answer.status_code == 409
    assert "is still running" in words(answer.text)
    assert f'href="/executions/{failed}"' in answer.text
    play(engine, failed)


def test_a_retry_is_404_when_the_step_is_unknown(client: ApiClient, failed: str) -> None:
    assert client.get(f"/executions/{failed}/retry?from=nothing").status_code == 404


def test_a_long_list_of_steps_is_cut_and_counted(client: ApiClient, engine: WorkflowEngine) -> None:
    steps = [step("source", retry_count=0), *(step(f"s{n}", after="source") for n in range(150))]
    engine.register_workflow("wide", steps)
    engine.publish_workflows()
    execution_id = engine.execute_workflow("wide", {})
    play(engine, execution_id, {"source": ValueError("no")})

    page = client.get(f"/executions/{execution_id}/retry").text

    assert len(listed(page)) == 100
    assert "and 51 more" in page
    assert "These 151 steps will run again" in words(page)


# -- by hand


@pytest.mark.parametrize(
    ("status", "word"), [("skipped", "Skip clean"), ("success", "Mark clean as successful")]
)
def test_a_failed_step_gets_its_end_and_the_rest_goes_on_when_a_reason_is_given(
    client: ApiClient, engine: WorkflowEngine, failed: str, status: str, word: str
) -> None:
    url = f"/executions/{failed}/steps/clean"
    assert f'href="{url}/mark?status={status}"' in client.get(url).text
    page = client.get(f"{url}/mark?status={status}").text
    assert word in words(page)
    assert listed(page) == ["report"]

    answer = client.post(f"{url}/mark", data={"status": status, "reason": "cleaned <b>elsewhere</b>"})

    assert (answer.status_code, answer.headers["location"]) == (303, url)
    play(engine, failed)
    execution = engine.get_workflow_status(failed)
    assert (execution["status"], statuses(execution)["clean"]) == ("success", status)
    shown = client.get(url).text
    assert "by hand: cleaned &lt;b&gt;elsewhere&lt;/b&gt;" in shown


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_the_form_comes_back_with_what_was_typed_when_the_reason_is_wrong(
    client: ApiClient, engine: WorkflowEngine, failed: str, reason: str
) -> None:
    before = engine.get_workflow_status(failed)

    answer = client.post(
        f"/executions/{failed}/steps/clean/mark", data={"status": "success", "reason": reason}
    )

    assert answer.status_code == 422
    assert f'value="{reason}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert engine.get_workflow_status(failed) == before


def test_nothing_is_marked_when_the_status_is_none_of_the_two(
    client: ApiClient, engine: WorkflowEngine, failed: str
) -> None:
    before = engine.get_workflow_status(failed)

    answer = client.post(f"/executions/{failed}/steps/clean/mark", data={"status": "failure", "reason": "x"})

    assert answer.status_code == 422
    assert engine.get_workflow_status(failed) == before


def test_a_mark_says_why_when_it_comes_too_late(
    client: ApiClient, engine: WorkflowEngine, failed: str
) -> None:
    engine.executions.retry(failed)
    hold(engine, failed)
    url = f"/executions/{failed}/steps/clean"

    answers = [
        client.get(f"{url}/mark?status=success"),
        client.post(f"{url}/mark", data={"status": "success", "reason": "x"}),
    ]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert all("is running and cannot be marked" in words(answer.text) for answer in answers)
    assert all(f'href="{url}"' in answer.text for answer in answers)
    release(engine, failed)


def test_a_branch_is_not_marked_as_successful_and_says_why(client: ApiClient, engine: WorkflowEngine) -> None:
    engine.register_workflow(
        "deciding", [step("decide", conditions=WAYS, retry_count=0), step("big"), step("small")]
    )
    engine.publish_workflows()
    execution_id = engine.execute_workflow("deciding", {"n": 3})
    play(engine, execution_id, {"decide": ValueError("no")})
    url = f"/executions/{execution_id}/steps/decide"

    assert "status=success" not in client.get(url).text
    answer = client.get(f"{url}/mark?status=success")
    assert answer.status_code == 409
    assert "would choose nothing" in words(answer.text)


def test_actions_are_offered_only_where_they_apply(
    client: ApiClient, engine: WorkflowEngine, failed: str
) -> None:
    def offered(name: str) -> list[str]:
        page = client.get(f"/executions/{failed}/steps/{name}").text
        return re.findall(r'href="[^"]*/(mark\?status=\w+|retry\?from=\w+)"', page)

    by_hand = ["mark?status=skipped", "mark?status=success"]
    assert offered("load") == ["retry?from=load"]
    assert offered("clean") == [*by_hand, "retry?from=clean"]
    engine.executions.retry(failed)
    hold(engine, failed)
    assert (offered("load"), offered("clean"), offered("report")) == ([], by_hand[:1], by_hand)
    release(engine, failed)


# -- pages that have ended


def test_a_page_that_has_ended_is_told_to_load_anew_when_another_round_has_begun(
    client: ApiClient, engine: WorkflowEngine, failed: str
) -> None:
    (asks,) = re.findall(r'hx-get="([^"]*/round\?seen=\d+)"', client.get(f"/executions/{failed}").text)

    before = client.get(asks)
    engine.executions.retry(failed)
    after = client.get(asks)

    assert (before.status_code, after.status_code) == (204, 204)
    assert "hx-refresh" not in before.headers
    assert after.headers["hx-refresh"] == "true"
    assert "/round?seen=" not in client.get(f"/executions/{failed}").text
    play(engine, failed)


# -- launch again


def test_a_launch_is_filled_and_linked_both_ways_when_it_repeats_another(
    client: ApiClient, engine: WorkflowEngine, failed: str
) -> None:
    assert "Launch again with changes…" in client.get(f"/executions/{failed}").text
    page = client.get(f"/workflows/three/launch?from={failed}").text
    assert field(page, "labels") == "team=data"
    assert field(page, "note") == "monthly"
    form = {"input": '{"day": 2}', "key": field(page, "key"), "launched_from": field(page, "launched_from")}

    again = client.post("/workflows/three/launch", data=form).headers["location"]

    assert (
        f'Launched again from</dt><dd><a class="link id-text" href="/executions/{failed}">'
        in client.get(again).text
    )
    assert (
        f'Launched again as</dt><dd><a class="link id-text" href="{again}">'
        in client.get(f"/executions/{failed}").text
    )
    play(engine, again.removeprefix("/executions/"))


def test_the_link_and_nothing_else_is_lost_when_the_original_is_gone(
    client: ApiClient, engine: WorkflowEngine, failed: str
) -> None:
    page = client.get(f"/workflows/three/launch?from={failed}").text
    engine.executions.delete(failed)
    form = {"input": '{"day": 2}', "key": field(page, "key"), "launched_from": failed}

    refused = client.post("/workflows/three/launch", data=form)

    assert refused.status_code == 409
    assert "not found" in words(refused.text)
    assert "{&#34;day&#34;: 2}" in refused.text
    assert 'name="launched_from"' not in refused.text
    assert client.post("/workflows/three/launch", data={**form, "launched_from": ""}).status_code == 303
