"""Steps that run once for each item of a list known only at run time, on a real worker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.engine import WorkflowEngine
from engine.workflows.steps import WorkflowStep
from engine.workflows.views import ExecutionView
from tests.support.executions import starts, statuses, step_of, wait_until_ended
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import step

SUCCESS, FAILURE, CANCELLED = "success", "failure", "cancelled"


def mapped(items: int, *, task_name: str = "tests.item", **fields: Any) -> list[WorkflowStep]:
    """`source -> each -> sink`, over the numbers from 10 on."""
    return [
        step("source", "echo", parameters={"numbers": list(range(10, 10 + items))}),
        step("each", task_name, **{"map_over": "source.numbers", "retry_count": 0, **fields}),
        step("sink", "tests.everything", after="each"),
    ]


def launch(
    engine: WorkflowEngine, steps: list[WorkflowStep], input: dict[str, Any] | None = None, **options: Any
) -> str:
    engine.register_workflow("mapping", steps, **options)
    return engine.execute_workflow("mapping", input or {})


def play(engine: WorkflowEngine, steps: list[WorkflowStep], **options: Any) -> ExecutionView:
    return wait_until_ended(engine, launch(engine, steps, **options))


def counts(execution: ExecutionView) -> dict[str, int]:
    """How many items are in each status, without those that none is in."""
    return {status: count for status, count in step_of(execution, "each")["items"].items() if count}  # type: ignore[misc]


def attempts(engine: WorkflowEngine, execution_id: str) -> dict[int, int]:
    """How often each item has started."""
    found: dict[int, int] = {}
    for event in engine.get_events(execution_id):
        if event["event"] == "step_running" and "item" in event:
            found[event["item"]] = event["attempt"]
    return dict(sorted(found.items()))


def result(engine: WorkflowEngine, execution: ExecutionView, name: str = "each") -> Any:
    return engine.get_step(execution["execution_id"], name)["result"]


# -- items and results


@pytest.mark.parametrize("items", [0, 1, 20])
def test_the_results_are_in_order_when_all_items_have_succeeded(
    shared_engine: WorkflowEngine, shared_worker: Worker, items: int
) -> None:
    execution = play(shared_engine, mapped(items))

    assert statuses(execution) == {"source": SUCCESS, "each": SUCCESS, "sink": SUCCESS}
    assert execution["result"] == {"sink": {"input": {}, "each": list(range(10, 10 + items))}}
    assert attempts(shared_engine, execution["execution_id"]) == dict.fromkeys(range(items), 1)


def test_an_item_keeps_every_digit_when_it_is_handed_on(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    items = [12345678901234567890, {"z": 1, "a": [None, True]}, "☃ \x00", 1e300]
    steps = [step("each", "tests.item", map_over="input.things")]

    execution = play(shared_engine, steps, input={"things": items})

    assert execution["result"] == {"each": items}


def test_an_item_is_called_with_item_input_and_the_other_results_when_it_runs(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    steps = [
        step("source", "echo", parameters={"numbers": [7]}),
        step("other", "echo", parameters={"a": 1}),
        step("each", "tests.everything", after="other", map_over="source.numbers", parameters={"b": 2}),
    ]

    execution = play(shared_engine, steps, input={"day": "Monday"})

    other = {"input": {"day": "Monday"}, "a": 1}
    assert execution["result"] == {"each": [{"input": {"day": "Monday"}, "other": other, "item": 7, "b": 2}]}


def test_each_item_knows_its_number_and_has_a_key_of_its_own_when_it_asks(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    execution = play(shared_engine, mapped(2, task_name="tests.tell_current_step"))

    told = [
        (each["step"], each["item"], each["idempotency_key"]) for each in result(shared_engine, execution)
    ]
    key = f"{execution['execution_id']}:each"
    assert told == [("each", 0, f"{key}[0]"), ("each", 1, f"{key}[1]")]


def test_no_list_is_looked_for_when_the_step_is_skipped_by_its_condition(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    wanted = {"type": "value_exists", "params": {"field": "input.wanted"}}
    steps = [step("each", map_over="input.numbers", only_if=wanted)]

    execution = play(shared_engine, steps, input={})

    assert (execution["status"], statuses(execution)) == (SUCCESS, {"each": "skipped"})
    assert step_of(execution, "each")["reason"] == "input.wanted exists was false: the input has no wanted"


@pytest.mark.parametrize(
    ("map_over", "message"),
    [
        ("source.numbers", "map_over: source.numbers is a dict; it must be a list."),
        ("source.nowhere", "map_over: the result of source has no nowhere; source.nowhere must be a list."),
        ("input.nowhere", "map_over: the input has no nowhere; input.nowhere must be a list."),
        ("input.many", "map_over: input.many has 5,001 items; at most 5,000 are allowed."),
    ],
)
def test_the_step_fails_when_there_is_no_list_to_map_over(
    shared_engine: WorkflowEngine, shared_worker: Worker, map_over: str, message: str
) -> None:
    steps = [
        step("source", "echo", parameters={"numbers": {"one": 1}}),
        step("each", "tests.item", map_over=map_over, after="source"),
        step("sink", after="each"),
    ]

    execution = play(shared_engine, steps, input={"many": [0] * 5001})

    error = step_of(execution, "each")["error"]
    assert error is not None
    assert (error["kind"], error["message"]) == ("bad_items", message)
    assert statuses(execution) == {"source": SUCCESS, "each": FAILURE, "sink": "skipped"}
    assert step_of(execution, "each")["attempt"] == 1  # it is not tried again


def test_all_items_end_when_there_are_5000(shared_engine: WorkflowEngine, shared_worker: Worker) -> None:
    steps = [step("each", "noop", map_over="input.numbers"), step("sink", "tests.count", after="each")]
    execution_id = launch(shared_engine, steps, {"numbers": list(range(5000))})

    def succeeded() -> bool:
        """it has succeeded; read without its steps, which are many"""
        return shared_engine.get_executions([execution_id])[0]["status"] == SUCCESS

    eventually(succeeded, within=100, every=0.2)
    execution = shared_engine.get_workflow_status(execution_id)
    assert counts(execution) == {"total": 5000, SUCCESS: 5000}
    assert execution["result"] == {"sink": 5000}


# -- how many at a time


def test_no_more_items_are_under_way_when_max_parallel_says_how_many(
    engine: WorkflowEngine, start_worker: Callable[..., Worker], tmp_path: Path
) -> None:
    gate, marks = tmp_path / "gate", tmp_path / "marks"
    start_worker("-c", "4")
    steps = mapped(7, max_parallel=2, parameters={"gate": str(gate), "marks": str(marks)})
    execution_id = launch(engine, steps)
    eventually(lambda: starts(marks) == 2)

    assert counts(engine.get_workflow_status(execution_id)) == {"total": 7, "running": 2, "pending": 5}
    gate.touch()

    assert wait_until_ended(engine, execution_id)["status"] == SUCCESS
    under_way: set[int] = set()
    most = 0
    for event in engine.get_events(execution_id):
        if "item" in event:
            (under_way.discard if event["event"] == "step_success" else under_way.add)(event["item"])
            most = max(most, len(under_way))
    assert most == 2
    assert all(starts(marks / str(item)) == 1 for item in range(7))


# -- items that fail


def test_only_that_item_is_tried_again_when_it_fails(
    shared_engine: WorkflowEngine, shared_worker: Worker, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    parameters = {"failing": [1, 3], "times": 2, "marks": str(marks)}

    execution = play(shared_engine, mapped(5, retry_count=2, parameters=parameters))

    assert execution["status"] == SUCCESS
    assert attempts(shared_engine, execution["execution_id"]) == {0: 1, 1: 3, 2: 1, 3: 3, 4: 1}
    assert [starts(marks / str(item)) for item in range(5)] == [1, 3, 1, 3, 1]
    assert result(shared_engine, execution) == [10, 11, 12, 13, 14]


def test_no_further_item_starts_when_one_has_failed_for_good(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    execution = play(shared_engine, mapped(5, max_parallel=1, parameters={"failing": [1]}))

    error = step_of(execution, "each")["error"]
    assert statuses(execution) == {"source": SUCCESS, "each": FAILURE, "sink": "skipped"}
    assert counts(execution) == {"total": 5, SUCCESS: 1, FAILURE: 1, "skipped": 3}
    assert error is not None
    assert (error["kind"], error["message"]) == (
        "items",
        "1 of 5 items failed, the first of them is item 1.",
    )
    assert execution["error"] is not None
    assert (execution["error"]["step"], execution["error"]["item"], execution["error"]["message"]) == (
        "each",
        1,
        "item 1 on purpose",
    )


def test_every_item_is_tried_when_the_workflow_continues_on_failure(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    steps = mapped(5, max_parallel=1, parameters={"failing": [1, 3]})

    execution = play(shared_engine, steps, on_failure="continue")

    assert statuses(execution) == {"source": SUCCESS, "each": FAILURE, "sink": "skipped"}
    assert counts(execution) == {"total": 5, SUCCESS: 3, FAILURE: 2}
    assert (step_of(execution, "each")["error"] or {})["message"] == (  # type: ignore[index]
        "2 of 5 items failed, the first of them is item 1."
    )


def test_null_is_in_the_place_of_items_when_they_were_allowed_to_fail(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    execution = play(shared_engine, mapped(4, allow_failure=True, parameters={"failing": [0, 2]}))

    assert execution["status"] == SUCCESS
    assert step_of(execution, "each")["allowed"] is True
    assert counts(execution) == {"total": 4, SUCCESS: 2, FAILURE: 2}
    assert execution["result"] == {"sink": {"input": {}, "each": [None, 11, None, 13]}}


# -- cancelled and taken up again


def test_items_end_cancelled_when_the_execution_is_cancelled_in_the_middle(
    shared_engine: WorkflowEngine, shared_worker: Worker, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    parameters = {"gate": str(tmp_path / "never"), "waiting": [2, 3, 4, 5], "marks": str(marks)}
    execution_id = launch(shared_engine, mapped(6, parameters=parameters))
    eventually(lambda: starts(marks) == 4)

    shared_engine.cancel_workflow(execution_id)

    execution = wait_until_ended(shared_engine, execution_id)
    assert statuses(execution) == {"source": SUCCESS, "each": CANCELLED, "sink": CANCELLED}
    assert counts(execution) == {"total": 6, SUCCESS: 2, CANCELLED: 4}
    assert step_of(execution, "each")["stopped"] is True
    assert starts(marks) == 4


def test_items_that_have_succeeded_are_kept_when_the_execution_is_retried(
    shared_engine: WorkflowEngine, shared_worker: Worker, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    parameters = {"failing": [1, 3], "times": 1, "marks": str(marks)}
    execution_id = launch(shared_engine, mapped(5, parameters=parameters), on_failure="continue")
    assert wait_until_ended(shared_engine, execution_id)["status"] == FAILURE

    assert shared_engine.retry_execution(execution_id) == ["each", "sink"]

    execution = wait_until_ended(shared_engine, execution_id)
    assert (execution["status"], execution["round"]) == (SUCCESS, 2)
    assert [starts(marks / str(item)) for item in range(5)] == [1, 2, 1, 2, 1]
    assert counts(execution) == {"total": 5, SUCCESS: 5}
    assert execution["result"] == {"sink": {"input": {}, "each": [10, 11, 12, 13, 14]}}


def test_items_that_were_cancelled_run_when_the_execution_is_retried(
    shared_engine: WorkflowEngine, shared_worker: Worker, tmp_path: Path
) -> None:
    marks, gate = tmp_path / "marks", tmp_path / "gate"
    parameters = {"gate": str(gate), "waiting": [1, 2], "marks": str(marks)}
    execution_id = launch(shared_engine, mapped(4, max_parallel=2, parameters=parameters))
    eventually(lambda: starts(marks) == 3)
    shared_engine.cancel_workflow(execution_id)
    assert wait_until_ended(shared_engine, execution_id)["status"] == CANCELLED

    gate.touch()
    shared_engine.retry_execution(execution_id)

    execution = wait_until_ended(shared_engine, execution_id)
    assert execution["result"] == {"sink": {"input": {}, "each": [10, 11, 12, 13]}}
    assert [starts(marks / str(item)) for item in range(4)] == [1, 2, 2, 1]


def test_all_items_run_again_when_the_step_is_run_again(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    execution_id = play(shared_engine, mapped(3))["execution_id"]

    assert shared_engine.retry_execution(execution_id, from_step="each") == ["each", "sink"]

    execution = wait_until_ended(shared_engine, execution_id)
    assert attempts(shared_engine, execution_id) == {0: 2, 1: 2, 2: 2}
    assert execution["result"] == {"sink": {"input": {}, "each": [10, 11, 12]}}


def test_the_new_list_is_mapped_over_when_the_source_runs_again_with_another(
    shared_engine: WorkflowEngine, shared_worker: Worker, tmp_path: Path
) -> None:
    marks = str(tmp_path / "marks")
    steps = [
        step("source", "tests.one_more", parameters={"marks": marks}),
        step("each", "tests.item", map_over="source"),
    ]
    execution_id = play(shared_engine, steps)["execution_id"]

    for expected in ([1, 2], [1, 2, 3]):
        shared_engine.retry_execution(execution_id, from_step="source")
        execution = wait_until_ended(shared_engine, execution_id)
        assert execution["result"] == {"each": expected}
        assert counts(execution) == {"total": len(expected), SUCCESS: len(expected)}
