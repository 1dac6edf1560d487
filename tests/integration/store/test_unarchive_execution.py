"""An archived execution is taken up again: it comes back to the form in which it can change, and then changes."""

from __future__ import annotations

import pytest

from celeriac.engine.engine import WorkflowEngine
from tests.support.archiving import archive, is_archived, picture
from tests.support.executions import statuses
from tests.support.transitions import claimed, fail, launch
from tests.support.workflows import chain


@pytest.fixture
def failed(engine: WorkflowEngine) -> str:
    """Of two steps, the first succeeded, the second failed."""
    created = launch(engine, "line", chain(2))
    _, (second,), _ = engine.store.transitions.complete_step(claimed(engine, created.orders[0]), b'"\\ud83d"')
    assert fail(engine, claimed(engine, second, "task.2")) == "failure"
    return created.execution_id


def dense_form(engine: WorkflowEngine, execution_id: str) -> bytes:
    found: bytes = engine.store.client.get(engine.store.keys.archive(execution_id))
    return found


def test_it_is_as_it_was_when_it_is_taken_out_of_the_archive(engine: WorkflowEngine, failed: str) -> None:
    keys, client = engine.store.keys, engine.store.client

    def stored() -> tuple[object, ...]:
        return (
            client.hgetall(keys.execution(failed)),
            client.hgetall(keys.states(failed)),
            client.lrange(keys.log(failed), 0, -1),
            client.hgetall(keys.data(failed)),
        )

    before = stored()
    archive(engine, failed)

    assert engine.store.transitions.unarchive_execution(failed, dense_form(engine, failed))

    assert not is_archived(engine, failed)
    assert stored() == before
    assert client.zscore(keys.archivable(), failed) is not None
    assert archive(engine, failed) == 1


def test_nothing_changes_when_it_is_not_archived_any_more(engine: WorkflowEngine, failed: str) -> None:
    archive(engine, failed)
    dense = dense_form(engine, failed)
    assert engine.store.transitions.unarchive_execution(failed, dense)
    before = picture(engine, failed)

    assert not engine.store.transitions.unarchive_execution(failed, dense)

    assert picture(engine, failed) == before


def test_nothing_is_written_when_the_dense_form_is_another_one(engine: WorkflowEngine, failed: str) -> None:
    archive(engine, failed)
    dense = dense_form(engine, failed)
    engine.store.client.append(engine.store.keys.archive(failed), b"x")

    assert not engine.store.transitions.unarchive_execution(failed, dense)

    assert not engine.store.client.exists(engine.store.keys.log(failed))
    engine.store.client.set(engine.store.keys.archive(failed), dense)


def test_an_archived_execution_runs_again_with_its_results_when_it_is_retried(
    engine: WorkflowEngine, failed: str
) -> None:
    archive(engine, failed)

    resumed, (message,) = engine.store.transitions.resume_execution(failed, 1, {1: False}, None)

    assert (resumed, message.unit, message.attempt) == (True, "1", 2)
    assert not is_archived(engine, failed)
    again = claimed(engine, message, "task.3")
    assert again.results == (b'"\\ud83d"',)
    engine.store.transitions.complete_step(again, b"2")
    assert engine.executions.get(failed)["status"] == "success"
    assert [event["seq"] for event in engine.executions.events(failed)] == list(
        range(1, engine.executions.get(failed)["seq"] + 1)
    )
    assert archive(engine, failed) == 1


def test_a_step_is_given_its_end_by_hand_when_its_execution_is_archived(
    engine: WorkflowEngine, failed: str
) -> None:
    archive(engine, failed)

    engine.steps.skip(failed, "s2", "not needed")

    execution = engine.executions.get(failed)
    assert statuses(execution) == {"s1": "success", "s2": "skipped"}
    assert execution["status"] == "success"


def test_an_archived_execution_stays_archived_when_another_call_has_taken_it_up(
    engine: WorkflowEngine, failed: str
) -> None:
    archive(engine, failed)

    assert engine.store.transitions.resume_execution(failed, 7, {1: False}, None) == (False, ())

    assert is_archived(engine, failed)


def test_either_form_is_read_when_a_process_dies_between_two_calls(
    engine: WorkflowEngine, failed: str
) -> None:
    before = picture(engine, failed)
    archive(engine, failed)
    assert picture(engine, failed) == before

    engine.store.transitions.unarchive_execution(
        failed, dense_form(engine, failed)
    )  # and dies: no retry follows

    assert picture(engine, failed) == before
    assert engine.store.archive.archive_executions([failed]) == 1
    assert picture(engine, failed) == before
