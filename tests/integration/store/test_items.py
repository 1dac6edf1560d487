"""Items of mapped steps as they are read: pages of rows, and one in full."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import (
    ExecutionNotFound,
    InvalidInput,
    ItemNotFound,
    StepNotFound,
    StepNotMapped,
)
from tests.support.playing import hold, play, release
from tests.support.workflows import step


def launch(engine: WorkflowEngine, **fields: Any) -> str:
    """`files -> load (once for each of input.files) -> report`, with nothing done yet."""
    mapped = step("load", after="prepare", map_over="input.files", retry_count=0, **fields)
    engine.register_workflow("mapped", [step("prepare"), mapped, step("report", after="load")])
    engine.publish_workflows()
    return engine.execute_workflow("mapped", {"files": ["a.csv", "b.csv", "c.csv", "d.csv"]})


def odd_ones_fail(item: int | None) -> Any:
    assert item is not None
    return ValueError(f"no {item}") if item % 2 else {"rows": item}


def test_items_are_counted_and_paged_when_some_failed(engine: WorkflowEngine) -> None:
    execution_id = launch(engine, allow_failure=True)
    play(engine, execution_id, {"load": odd_ones_fail})

    page = engine.steps.items(execution_id, "load", limit=3)
    rest = engine.steps.items(execution_id, "load", offset=3)

    assert (page["counts"]["total"], page["counts"]["failure"], page["counts"]["success"]) == (4, 2, 2)
    assert [row["item"] for row in page["items"] + rest["items"]] == [1, 3, 0, 2]
    assert page["items"][0]["error"] == {
        "kind": "error",
        "type": "ValueError",
        "message": "no 1",
        "traceback": None,
    }
    assert page["items"][2]["error"] is None
    assert (page["items"][0]["worker"], page["items"][0]["attempt"]) == ("w@test", 1)
    assert (page["total"], rest["offset"]) == (4, 3)


def test_only_items_in_a_status_are_listed_when_it_is_asked_for(engine: WorkflowEngine) -> None:
    execution_id = launch(engine, allow_failure=True)
    play(engine, execution_id, {"load": odd_ones_fail})

    page = engine.steps.items(execution_id, "load", status="success", offset=1)

    assert ([row["item"] for row in page["items"]], page["total"]) == ([2], 2)
    assert engine.steps.items(execution_id, "load", status="running")["items"] == []


def test_items_are_none_when_the_list_is_not_known_yet(engine: WorkflowEngine) -> None:
    execution_id = launch(engine)

    page = engine.steps.items(execution_id, "load")

    assert (page["items"], page["total"], page["counts"]["total"]) == ([], 0, 0)
    engine.cancel_workflow(execution_id)


@pytest.mark.parametrize("allowed", [True, False], ids=["gathered", "not gathered"])
def test_item_has_its_own_result_when_the_step_has_ended(engine: WorkflowEngine, allowed: bool) -> None:
    execution_id = launch(engine, allow_failure=allowed)
    play(engine, execution_id, {"load": odd_ones_fail})

    done, failed = (engine.steps.get(execution_id, "load", item=number) for number in (2, 1))

    assert (done["status"], done["has_result"], done["result"]) == ("success", True, {"rows": 2})
    assert done["inputs"] == {"input": done["inputs"]["input"], "prepare": None, "item": "c.csv"}
    assert (failed["status"], failed["has_result"], failed["result"]) == ("failure", False, None)
    assert [attempt["attempt"] for attempt in failed["attempts"]] == [1]
    assert failed["attempts"][0]["error"] == failed["error"]
    assert (failed["item"], failed["actions"]) == (1, [])
    assert "items" not in failed


def test_item_gets_no_more_than_its_part_when_the_list_is_a_result(engine: WorkflowEngine) -> None:
    engine.register_workflow("listed", [step("files"), step("load", map_over="files.names")])
    engine.publish_workflows()
    execution_id = engine.execute_workflow("listed", {})
    play(engine, execution_id, {"files": {"names": ["a", "b"]}})

    assert engine.steps.get(execution_id, "load", item=1)["inputs"] == {"input": {}, "item": "b"}


def test_item_shows_its_reason_when_a_failure_stopped_it(engine: WorkflowEngine) -> None:
    execution_id = launch(engine, max_parallel=1)
    play(engine, execution_id, {"load": lambda _: ValueError("no")})

    rows = engine.steps.items(execution_id, "load")["items"]

    assert [row["status"] for row in rows] == ["failure", "skipped", "skipped", "skipped"]


def test_result_of_an_item_is_there_when_the_step_still_runs(engine: WorkflowEngine) -> None:
    execution_id = launch(engine, max_parallel=1)
    for result in (b"null", b'{"rows":0}'):
        (claim,) = hold(engine, execution_id)
        engine.context.dispatch(engine.store.transitions.complete_step(claim, result)[1])

    assert engine.steps.get(execution_id, "load", item=0)["result"] == {"rows": 0}
    assert engine.steps.get(execution_id, "load", item=3)["has_result"] is False
    release(engine, execution_id)


def test_items_are_refused_when_they_cannot_be(engine: WorkflowEngine) -> None:
    execution_id = launch(engine)
    play(engine, execution_id)

    with pytest.raises(StepNotMapped, match="not mapped"):
        engine.steps.items(execution_id, "prepare")
    with pytest.raises(StepNotMapped):
        engine.steps.get(execution_id, "prepare", item=0)
    with pytest.raises(ItemNotFound, match="no item 4; it has 4 items"):
        engine.steps.get(execution_id, "load", item=4)
    with pytest.raises(StepNotFound):
        engine.steps.items(execution_id, "nothing")
    with pytest.raises(ExecutionNotFound):
        engine.steps.items("nowhere", "load")


@pytest.mark.parametrize(
    ("arguments", "pointer"),
    [({"status": "lost"}, "/status"), ({"offset": -1}, "/offset"), ({"limit": 0}, "/limit")],
)
def test_items_name_the_parameter_when_it_is_wrong(
    engine: WorkflowEngine, arguments: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        engine.steps.items("nowhere", "load", **arguments)

    assert refused.value.pointer == pointer
