"""The script that keeps what steps say, called directly."""

from __future__ import annotations

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.store.output import Output
from celeriac.engine.workflows.progress.output import MAX_LINES, Line, Progress
from tests.support.workflows import chain, single


@pytest.fixture
def output(engine: WorkflowEngine) -> Output:
    return engine.store.output


@pytest.fixture
def execution_id(engine: WorkflowEngine) -> str:
    engine.register_workflow("w", chain(2))
    return engine.execute_workflow("w", {})


def lines(*texts: str, attempt: int = 1) -> list[Line]:
    return [Line(1_000 + number, attempt, "I", text) for number, text in enumerate(texts)]


def texts(found: list[Line]) -> list[str]:
    return [line.text for line in found]


def test_each_step_has_its_own_lines_when_several_speak(
    engine: WorkflowEngine, output: Output, execution_id: str
) -> None:
    for number in range(3):
        output.write_output(execution_id, "0", lines(f"first {number}"), None)
        output.write_output(execution_id, "1", lines(f"second {number}"), None)

    assert texts(output.lines(execution_id, "0")[0]) == ["first 0", "first 1", "first 2"]
    assert texts(output.lines(execution_id, "1")[0]) == ["second 0", "second 1", "second 2"]
    engine.cancel_workflow(execution_id)


def test_the_log_of_events_is_untouched_when_a_step_speaks(
    engine: WorkflowEngine, output: Output, execution_id: str
) -> None:
    before = engine.get_workflow_status(execution_id)["seq"]

    output.write_output(execution_id, "0", lines("one"), Progress(1, 1, 0.5, "half"))

    assert engine.get_workflow_status(execution_id)["seq"] == before
    engine.cancel_workflow(execution_id)


def test_entries_come_in_order_and_from_a_place_on_when_they_are_followed(
    engine: WorkflowEngine, output: Output, execution_id: str
) -> None:
    output.write_output(execution_id, "0", lines("before"), None)
    place = engine.executions.newest_output(execution_id)
    output.write_output(execution_id, "0", lines("one", "two"), Progress(1, 1, 0.5, "half"))

    found = engine.executions.output(execution_id, after=place)

    assert [entry.view["message"] for entry in found] == ["one", "two", "half"]
    assert [entry.view["event"] for entry in found] == ["step_log", "step_log", "step_progress"]
    assert engine.executions.output(execution_id, after=found[-1].place) == []
    engine.cancel_workflow(execution_id)


def test_the_oldest_lines_go_and_are_counted_when_there_are_too_many(
    engine: WorkflowEngine, output: Output, execution_id: str
) -> None:
    output.write_output(execution_id, "1", lines("quiet step"), None)
    for start in range(0, MAX_LINES + 500, 500):
        output.write_output(execution_id, "0", lines(*(str(start + n) for n in range(500))), None)

    found, omitted = output.lines(execution_id, "0")

    assert texts(found) == [str(n) for n in range(MAX_LINES - 500, MAX_LINES + 500)]
    assert omitted == MAX_LINES - 500
    assert output.lines(execution_id, "1") == ([], 1)
    kept = engine.store.client.xlen(engine.store.keys.output(execution_id))
    assert MAX_LINES <= kept <= MAX_LINES + 200
    engine.cancel_workflow(execution_id)


def test_lost_lines_are_counted_when_they_never_came(
    engine: WorkflowEngine, output: Output, execution_id: str
) -> None:
    output.write_output(execution_id, "0", lines("one"), None, lost=7)

    assert output.lines(execution_id, "0")[1] == 7
    engine.cancel_workflow(execution_id)


def test_nothing_comes_back_when_the_execution_was_deleted(
    engine: WorkflowEngine, output: Output, execution_id: str
) -> None:
    output.write_output(execution_id, "0", lines("one"), Progress(1, 1, 0.5, ""))
    engine.cancel_workflow(execution_id)
    engine.executions.delete(execution_id)

    assert not output.write_output(execution_id, "0", lines("late"), Progress(1, 1, 0.9, ""))

    assert not engine.store.client.exists(
        engine.store.keys.output(execution_id), engine.store.keys.data(execution_id)
    )
    assert output.cancel_requested(execution_id)  # a late attempt had better end


def test_the_cancellation_is_seen_when_it_was_requested(
    engine: WorkflowEngine, output: Output, execution_id: str
) -> None:
    assert not output.cancel_requested(execution_id)

    engine.cancel_workflow(execution_id)

    assert output.cancel_requested(execution_id)


def test_a_step_has_no_log_when_it_said_nothing(engine: WorkflowEngine) -> None:
    engine.register_workflow("silent", single("noop"))
    execution_id = engine.execute_workflow("silent", {})

    step = engine.steps.get(execution_id, "only")

    assert (step["logs"], step["logs_omitted"]) == ([], 0)
    engine.cancel_workflow(execution_id)
