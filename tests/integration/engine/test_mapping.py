"""Steps that run once for each item of a list known only at run time, on a real worker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from celeriac.engine.engine import WorkflowEngine
from tests.support.counts import FULL, how_many
from tests.support.executions import starts, statuses, step_of, wait_until_ended
from tests.support.mapped import attempts, counts, launch, mapped, play, result
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import step

SUCCESS, FAILURE = "success", "failure"


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


@pytest.mark.sampled
@pytest.mark.timeout(3600 if FULL else 600)
def test_all_items_end_when_there_are_very_many(shared_engine: WorkflowEngine, shared_worker: Worker) -> None:
    many = how_many(1_000, full=5_000)
    steps = [step("each", "noop", map_over="input.numbers"), step("sink", "tests.count", after="each")]
    execution_id = launch(shared_engine, steps, {"numbers": list(range(many))})

    def succeeded() -> bool:
        """it has succeeded; read without its steps, which are many"""
        return shared_engine.executions.rows([execution_id])[0]["status"] == SUCCESS

    eventually(succeeded, within=100, every=0.2)
    execution = shared_engine.get_workflow_status(execution_id)
    assert counts(execution) == {"total": many, SUCCESS: many}
    assert execution["result"] == {"sink": many}


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
    for event in engine.executions.events(execution_id):
        if "item" in event:
            (under_way.discard if event["event"] == "step_success" else under_way.add)(event["item"])
            most = max(most, len(under_way))
    assert most == 2
    assert all(starts(marks / str(item)) == 1 for item in range(7))
