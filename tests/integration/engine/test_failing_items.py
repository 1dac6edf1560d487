"""Items of mapped steps that fail, are cancelled or run again, on a real worker."""

from __future__ import annotations

from pathlib import Path

from celeriac.engine.engine import WorkflowEngine
from tests.support.executions import starts, statuses, step_of, wait_until_ended
from tests.support.mapped import attempts, counts, launch, mapped, play, result
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import step

SUCCESS, FAILURE, CANCELLED = "success", "failure", "cancelled"


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


def test_no_further_item_starts_when_another_step_has_failed(
    shared_engine: WorkflowEngine, shared_worker: Worker, tmp_path: Path
) -> None:
    gate, marks = tmp_path / "gate", tmp_path / "marks"
    steps = [
        *mapped(4, max_parallel=1, parameters={"gate": str(gate), "marks": str(marks)}),
        # Fails when the first item runs, not before.
        step("seen", "tests.wait_for_file", parameters={"path": str(marks / "0")}),
        step("breaks", "tests.raise_error", after="seen", retry_count=0),
        step("open", "tests.touch", after="breaks", trigger="any_failure", parameters={"path": str(gate)}),
    ]

    execution = play(shared_engine, steps)

    assert execution["status"] == FAILURE
    assert counts(execution) == {"total": 4, SUCCESS: 1, "skipped": 3}
    assert statuses(execution)["each"] == "skipped"
    assert step_of(execution, "each")["reason"] == "stopped after breaks failed"
    assert starts(marks) == 1


def test_the_step_fails_when_its_results_are_too_large_together(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    steps = [step("each", "tests.return_text", map_over="input.sizes", parameters={"size": 250_000})]

    execution = play(shared_engine, steps, input={"sizes": [0] * 17})

    error = step_of(execution, "each")["error"]
    assert statuses(execution) == {"each": FAILURE}
    assert counts(execution) == {"total": 17, SUCCESS: 17}
    assert error is not None
    assert (error["kind"], error["message"]) == (
        "bad_result",
        "The results of the items are more than 4194304 bytes of JSON together."
        " Let each write its data to a file and return its name.",
    )


def test_there_is_no_list_when_its_source_was_allowed_to_fail(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    source = step("source", "tests.raise_error", retry_count=0, allow_failure=True)

    execution = play(shared_engine, [source, step("each", map_over="source")])

    error = step_of(execution, "each")["error"]
    assert error is not None
    assert (error["kind"], error["message"]) == (
        "bad_items",
        "map_over: the step source has no result; source must be a list.",
    )


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

    assert shared_engine.executions.retry(execution_id) == ["each", "sink"]

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
    shared_engine.executions.retry(execution_id)

    execution = wait_until_ended(shared_engine, execution_id)
    assert execution["result"] == {"sink": {"input": {}, "each": [10, 11, 12, 13]}}
    assert [starts(marks / str(item)) for item in range(4)] == [1, 2, 2, 1]


def test_all_items_run_again_when_the_step_is_run_again(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    execution_id = play(shared_engine, mapped(3))["execution_id"]

    assert shared_engine.executions.retry(execution_id, from_step="each") == ["each", "sink"]

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
        shared_engine.executions.retry(execution_id, from_step="source")
        execution = wait_until_ended(shared_engine, execution_id)
        assert execution["result"] == {"each": expected}
        assert counts(execution) == {"total": len(expected), SUCCESS: len(expected)}
