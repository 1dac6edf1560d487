"""An execution that is followed: what comes without an event, and where there is no way from before to now.

That following gives what reading gives, whatever happens, is shown in tests/model/test_following.py.
"""

from __future__ import annotations

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import ExecutionNotFound
from celeriac.engine.workflows.progress.output import Line, Progress
from celeriac.engine.workflows.progress.views import EventView, ExecutionView
from tests.support.playing import hold, play, release
from tests.support.workflows import chain, layered

Known = tuple[ExecutionView, EventView]


@pytest.fixture
def execution_id(engine: WorkflowEngine) -> str:
    engine.register_workflow("w", chain(3))
    return engine.execute_workflow("w", {})


def known(engine: WorkflowEngine, execution_id: str) -> Known:
    return engine.get_workflow_status(execution_id), engine.executions.events(execution_id)[-1]


def test_progress_and_lines_are_seen_when_no_event_tells_of_them(
    engine: WorkflowEngine, execution_id: str
) -> None:
    hold(engine, execution_id)
    before = known(engine, execution_id)
    engine.store.output.write_output(
        execution_id, "0", [Line(1_000, 1, "I", "one")], Progress(1_000, 1, 0.5, "half")
    )

    followed = engine.executions.follow(*before)

    assert followed is not None
    step = followed[0]["steps"][0]
    assert (step["progress"]["fraction"], step["log_lines"]) == (0.5, 1)
    release(engine, execution_id)


def test_steps_that_have_not_changed_are_the_same_objects_when_others_have(engine: WorkflowEngine) -> None:
    engine.register_workflow("wide", layered(2, 4))
    execution_id = engine.execute_workflow("wide", {})
    before = known(engine, execution_id)
    hold(engine, execution_id)

    followed = engine.executions.follow(*before)

    assert followed is not None
    view, events = followed
    assert [event["event"] for event in events] == ["execution_running", "step_running"]
    kept = [now is then for now, then in zip(view["steps"], before[0]["steps"], strict=True)]
    assert kept == [False] + [True] * 9
    release(engine, execution_id)


def test_it_has_to_be_read_anew_when_the_execution_has_ended_or_is_taken_up(
    engine: WorkflowEngine, execution_id: str
) -> None:
    active = known(engine, execution_id)
    play(engine, execution_id, {"s2": ValueError("no")})
    ended = known(engine, execution_id)
    engine.executions.retry(execution_id)

    assert engine.executions.follow(*active) is None
    assert engine.executions.follow(*ended) is None
    play(engine, execution_id)


def test_it_has_to_be_read_anew_when_the_store_has_lost_what_was_known(
    engine: WorkflowEngine, execution_id: str
) -> None:
    hold(engine, execution_id)
    view, last = known(engine, execution_id)

    assert engine.executions.follow({**view, "seq": view["seq"] + 3}, last) is None  # fewer events now
    assert engine.executions.follow(view, {**last, "time": "2026-11-22T10:00:00.000Z"}) is None  # others
    release(engine, execution_id)


def test_following_is_refused_when_the_execution_is_deleted(
    engine: WorkflowEngine, execution_id: str
) -> None:
    play(engine, execution_id)
    before = known(engine, execution_id)
    engine.executions.delete(execution_id)

    with pytest.raises(ExecutionNotFound):
        engine.executions.follow(*before)
