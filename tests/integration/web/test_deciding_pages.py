"""What pages say of items of mapped steps, of branches, of skipped steps and of failures that were allowed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.web.test_resuming_pages import WAYS, words
from tests.support.playing import hold, play, release
from tests.support.workflows import step

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine
    from tests.integration.web.conftest import ApiClient


def every_50th_fails(item: int | None) -> Any:
    assert item is not None
    return ValueError(f"no <b>{item}</b>") if item % 50 == 49 else {"rows": item}


@pytest.fixture
def mapped(client: ApiClient, engine: WorkflowEngine) -> str:
    """The address of a mapped step with 230 items, of which 4 have failed as they may."""
    engine.register_workflow(
        "mapped",
        [
            step("load", map_over="input.files", allow_failure=True, retry_count=0),
            step("report", after="load"),
        ],
    )
    engine.publish_workflows()
    execution_id = engine.execute_workflow("mapped", {"files": [f"file{n}.csv" for n in range(230)]})
    play(engine, execution_id, {"load": every_50th_fails})
    return f"/executions/{execution_id}/steps/load"


def rows(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'/items/(\d+)">', page)]


def test_items_are_listed_fifty_at_a_time_failed_ones_first(client: ApiClient, mapped: str) -> None:
    first = client.get(mapped).text
    second = client.get(f"{mapped}?offset=50").text

    assert rows(first)[:6] == [49, 99, 149, 199, 0, 1]
    assert len(rows(first)) == len(rows(second)) == 50
    assert not set(rows(first)) & set(rows(second))
    assert f'rel="next" href="{mapped}?offset=50#items"' in first
    assert f'rel="prev" href="{mapped}#items"' in second
    assert "51 to 100 of 230" in words(second)
    assert "226 of 230 items done, 4 failed" in words(first)
    assert "no &lt;b&gt;49&lt;/b&gt;" in first


def test_items_are_those_of_a_status_when_its_tab_is_chosen(client: ApiClient, mapped: str) -> None:
    assert f'href="{mapped}?status=failure#items"' in client.get(mapped).text

    page = client.get(f"{mapped}?status=failure").text

    assert rows(page) == [49, 99, 149, 199]
    assert re.search(r'href="[^"]*status=failure#items" aria-current="page"', page)
    assert "None on this page" in client.get(f"{mapped}?status=running").text


@pytest.mark.parametrize("query", ["status=lost", "offset=-1", "offset=x"])
def test_items_are_404_when_the_address_asks_for_what_cannot_be(
    client: ApiClient, mapped: str, query: str
) -> None:
    assert client.get(f"{mapped}?{query}").status_code == 404


def test_an_item_has_a_page_with_its_own_input_result_and_error(client: ApiClient, mapped: str) -> None:
    done, failed = client.get(f"{mapped}/items/3").text, client.get(f"{mapped}/items/49").text

    assert "<b>item</b> <span>&#34;file3.csv&#34;</span>" in done
    assert "<b>rows</b> <span>3</span>" in done
    assert "ValueError: no &lt;b&gt;49&lt;/b&gt;" in failed
    assert "mark?status" not in failed
    assert client.get(f"{mapped}/items/230").status_code == 404


def test_a_mapped_step_says_so_when_its_list_is_empty(client: ApiClient, engine: WorkflowEngine) -> None:
    engine.register_workflow("mapped", [step("load", map_over="input.files")])
    engine.publish_workflows()
    execution_id = engine.execute_workflow("mapped", {"files": []})
    play(engine, execution_id)

    assert "the list it runs over is empty" in client.get(f"/executions/{execution_id}/steps/load").text


def test_an_allowed_failure_is_marked_as_such_everywhere(
    client: ApiClient, engine: WorkflowEngine, mapped: str
) -> None:
    execution = mapped.rpartition("/steps")[0]

    assert 'data-state="allowed"' in client.get(f"{execution}?view=steps").text
    step_page = client.get(mapped).text
    assert '<span class="chip" data-state="allowed">' in step_page
    (row,) = re.findall(r'<tr id="x-.*?</tr>', client.get("/executions").text, re.DOTALL)
    assert "1 step failed, which was allowed" in words(row)
    assert 'class="bad"' not in row


@pytest.fixture
def decided(client: ApiClient, engine: WorkflowEngine) -> str:
    """A branch that has chosen `small`, and a failure that kept `report` from running."""
    steps = [
        step("decide", conditions=WAYS),
        step("big"),
        step("small"),
        step("load", after="decide", retry_count=0),
        step("report", after="load"),
    ]
    engine.register_workflow("deciding", steps)
    engine.publish_workflows()
    execution_id = engine.execute_workflow("deciding", {"n": 3})
    play(engine, execution_id, {"load": ValueError("no")})
    return f"/executions/{execution_id}"


def test_a_branch_shows_its_conditions_and_what_it_chose(client: ApiClient, decided: str) -> None:
    page = client.get(f"{decided}/steps/decide").text

    (ways,) = re.findall(r'<ol class="rows ways">(.*?)</ol>', page, re.DOTALL)
    big, small = ways.split("</li>")[:2]
    assert words(big.replace("<", " <")) == "big not chosen large: n > 9 n > 9 was false: 3"
    assert words(small.replace("<", " <")) == "small chosen default: when no other condition holds"


def test_a_step_skipped_by_a_decision_looks_different_from_one_that_a_failure_kept_from_running(
    client: ApiClient, decided: str
) -> None:
    board = client.get(f"{decided}?view=steps").text

    assert re.search(r'id="s-big" data-state="skipped"', board)
    assert "skipped: n &gt; 9 was false: 3" in board
    assert re.search(r'id="s-report" data-state="blocked"', board)
    assert "not run: load did not succeed" in board or "not run: stopped after load failed" in board
    assert "Skipped: n &gt; 9 was false: 3." in client.get(f"{decided}/steps/big").text
    assert '<span class="chip" data-state="blocked">' in client.get(f"{decided}/steps/report").text


def test_a_step_that_a_branch_did_not_choose_is_not_offered_to_be_rerun(
    client: ApiClient, decided: str
) -> None:
    assert "retry?from=" not in client.get(f"{decided}/steps/big").text
    refused = client.get(f"{decided}/retry?from=big")
    assert refused.status_code == 409
    assert "re-run from 'decide' instead" in words(refused.text)


def test_an_item_is_skipped_on_its_page_when_it_waits(client: ApiClient, engine: WorkflowEngine) -> None:
    engine.register_workflow("mapped", [step("load", map_over="input.files", max_parallel=1)])
    engine.publish_workflows()
    execution_id = engine.execute_workflow("mapped", {"files": ["a", "b"]})
    hold(engine, execution_id)
    url = f"/executions/{execution_id}/steps/load/items/1"

    assert f'href="{url}/mark?status=skipped"' in client.get(url).text
    form = client.get(f"{url}/mark?status=skipped").text
    done = client.post(f"{url}/mark", data={"status": "skipped", "reason": "known"})

    assert "Skip load[1]" in words(form)
    assert f'action="{url}/mark"' in form
    assert (done.status_code, done.headers["location"]) == (303, url)
    assert "by hand: known" in words(client.get(url).text)
    release(engine, execution_id)
