"""…/steps/{step_name}/items: the items of a mapped step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from celeriac.engine.workflows.progress.views import ItemsPage, ItemView, StepDetail
from tests.integration.web.conftest import EXECUTIONS, ApiClient
from tests.support.playing import hold, play, release
from tests.support.workflows import step

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine


def every_third_fails(item: int | None) -> Any:
    assert item is not None
    return {"rows": item} if item % 3 else ValueError(f"no {item}")


@pytest.fixture
def mapped(client: ApiClient, engine: WorkflowEngine) -> str:
    """The address of a mapped step with 7 items; 0, 3 and 6 have failed."""
    engine.register_workflow(
        "mapped", [step("load", map_over="input.files", allow_failure=True, retry_count=0), step("other")]
    )
    engine.publish_workflows()
    execution_id = engine.execute_workflow("mapped", {"files": list("abcdefg")})
    play(engine, execution_id, {"load": every_third_fails})
    return f"{EXECUTIONS}/{execution_id}/steps/load"


def test_items_come_in_pages_when_asked_for(client: ApiClient, mapped: str) -> None:
    first = client.get(f"{mapped}/items", params={"limit": 4}).json()
    second = client.get(f"{mapped}/items", params={"limit": 4, "offset": 4}).json()

    assert set(first) == set(ItemsPage.__annotations__)
    assert set(first["items"][0]) == set(ItemView.__annotations__)
    assert [row["item"] for row in first["items"] + second["items"]] == [0, 3, 6, 1, 2, 4, 5]
    assert (first["total"], first["counts"]["failure"]) == (7, 3)


def test_items_are_those_in_a_status_when_it_is_named(client: ApiClient, mapped: str) -> None:
    page = client.get(f"{mapped}/items", params={"status": "success"}).json()

    assert ([row["item"] for row in page["items"]], page["total"]) == ([1, 2, 4, 5], 4)


def test_item_is_shown_in_full_when_it_is_named(client: ApiClient, mapped: str) -> None:
    item = client.get(f"{mapped}/items/4").json()

    assert item.keys() <= StepDetail.__annotations__.keys()
    assert (item["item"], item["status"], item["result"]) == (4, "success", {"rows": 4})
    assert item["inputs"]["item"] == "e"


@pytest.mark.parametrize(
    "query", ["status=lost", "offset=-1", "offset=x", "limit=0", "limit=1001", "page=2", "limit=1&limit=2"]
)
def test_items_are_refused_when_the_query_is_wrong(client: ApiClient, mapped: str, query: str) -> None:
    answer = client.get(f"{mapped}/items?{query}")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == query.partition("=")[0]


@pytest.mark.parametrize("path", ["/items/7", "/items/01", "/items/-1", "/items/x", "/items/99999"])
def test_item_is_404_when_there_is_no_such_one(client: ApiClient, mapped: str, path: str) -> None:
    assert client.get(mapped + path).status_code == 404


def test_items_are_404_when_the_step_is_not_mapped(client: ApiClient, mapped: str) -> None:
    answer = client.get(mapped.replace("/load", "/other") + "/items")

    assert (answer.status_code, answer.json()["type"]) == (404, "urn:celeriac:problem:step-not-mapped")


@pytest.mark.parametrize("status", ["skipped", "success"])
def test_an_item_gets_its_end_by_hand_when_it_waits(
    client: ApiClient, engine: WorkflowEngine, status: str
) -> None:
    engine.register_workflow("mapped", [step("load", map_over="input.files", max_parallel=1)])
    engine.publish_workflows()
    execution_id = engine.execute_workflow("mapped", {"files": ["a", "b"]})
    hold(engine, execution_id)
    items = f"{EXECUTIONS}/{execution_id}/steps/load/items"

    marked = client.post(f"{items}/1/mark", json={"status": status, "reason": "known"})

    assert marked.status_code == 202
    assert marked.json() == {"execution_id": execution_id, "step": "load", "status": status, "item": 1}
    item = client.get(f"{items}/1").json()
    assert (item["status"], item["reason"], item["actions"]) == (status, "by hand: known", [])
    assert client.post(f"{items}/1/mark", json={"status": status, "reason": "again"}).status_code == 409
    release(engine, execution_id, {"load": lambda number: number})
    assert engine.get_workflow_status(execution_id)["result"] == {"load": [0, None]}
