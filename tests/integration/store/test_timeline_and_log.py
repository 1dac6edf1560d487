"""What the views of an execution are made of: every attempt in one read, and the lines of all steps together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celeriac.engine.errors import ExecutionNotFound, InvalidInput, StepNotFound
from celeriac.engine.workflows.progress.output import Line, Progress
from tests.support.playing import play
from tests.support.workflows import step

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine
    from celeriac.engine.executions import LogPage


@pytest.fixture
def execution(engine: WorkflowEngine) -> str:
    """Of the steps `list`, `each` (over what `list` gives) and `last`; nothing has happened."""
    steps = [step("list"), step("each", map_over="list"), step("last", after="each")]
    engine.register_workflow("orders", steps)
    return engine.execute_workflow("orders", {})


def say(engine: WorkflowEngine, execution_id: str, unit: str, *texts: str, severity: str = "I") -> None:
    lines = [Line(1_000, 1, severity, text) for text in texts]
    assert engine.store.output.write_output(execution_id, unit, lines, Progress(1_000, 1, 0.5, "half"))


def texts(page: LogPage) -> list[str | None]:
    return [entry.view["message"] for entry in page.entries]


def test_timeline_has_the_attempts_of_all_steps_when_it_is_read(
    engine: WorkflowEngine, execution: str
) -> None:
    play(engine, execution, {"list": [1, 2, 3]})

    timeline = engine.executions.timeline(execution)

    assert list(timeline.courses) == ["list", "each", "last"]
    for course in timeline.courses.values():
        (attempt,) = course.attempts
        assert attempt.status == "success"
        assert attempt.ended == course.ended
    assert timeline.rounds[0].ended == timeline.courses["last"].ended
    assert timeline.now >= timeline.launched


def test_timeline_has_a_round_more_when_the_execution_was_taken_up_again(
    engine: WorkflowEngine, execution: str
) -> None:
    play(engine, execution, {"list": ValueError("no list")})
    engine.executions.retry(execution)
    play(engine, execution, {"list": []})

    timeline = engine.executions.timeline(execution)

    assert [attempt.round for attempt in timeline.courses["list"].attempts] == [1, 2]
    assert [bool(each.ended) for each in timeline.rounds] == [True, True]


def test_timeline_says_not_found_when_the_execution_is_unknown(engine: WorkflowEngine) -> None:
    with pytest.raises(ExecutionNotFound):
        engine.executions.timeline("unknown-20261122T100000-aaaaaa")


def test_lines_of_all_steps_come_in_one_order_when_the_log_is_read(
    engine: WorkflowEngine, execution: str
) -> None:
    say(engine, execution, "0", "a", "b")
    say(engine, execution, "1[7]", "c")
    say(engine, execution, "0", "d")

    page = engine.executions.log(execution)

    assert texts(page) == ["a", "b", "c", "d"]
    assert (page.entries[2].view["step"], page.entries[2].view["item"]) == ("each", 7)
    assert not page.has_older


def test_lines_are_left_out_when_they_are_not_asked_for(engine: WorkflowEngine, execution: str) -> None:
    say(engine, execution, "0", "Loading STRASSE", "done")
    say(engine, execution, "0", "slow", severity="W")
    say(engine, execution, "1[0]", "broken", severity="E")

    assert texts(engine.executions.log(execution, severity="warning")) == ["slow", "broken"]
    assert texts(engine.executions.log(execution, step_name="each")) == ["broken"]
    assert texts(engine.executions.log(execution, text="straße")) == ["Loading STRASSE"]
    assert texts(engine.executions.log(execution, text="done", severity="error")) == []


def test_older_lines_are_reached_when_there_are_more_than_asked_for(
    engine: WorkflowEngine, execution: str
) -> None:
    say(engine, execution, "0", *(str(number) for number in range(2_500)))

    newest = engine.executions.log(execution)
    older = engine.executions.log(execution, before=newest.entries[0].place)
    oldest = engine.executions.log(execution, before=older.entries[0].place)

    assert [len(page.entries) for page in (newest, older, oldest)] == [1_000, 1_000, 500]
    assert [page.has_older for page in (newest, older, oldest)] == [True, True, False]
    assert texts(oldest) + texts(older) + texts(newest) == [str(number) for number in range(2_500)]


def test_only_new_lines_come_when_the_place_of_the_last_is_given(
    engine: WorkflowEngine, execution: str
) -> None:
    say(engine, execution, "0", "a")
    before = engine.executions.log(execution)
    say(engine, execution, "0", "b")

    after = engine.executions.log(execution, after=before.newest)

    assert texts(after) == ["b"]
    assert texts(engine.executions.log(execution, after=after.newest)) == []
    assert engine.executions.log(execution, after=after.newest).newest == after.newest


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"severity": "loud"}, "/severity"),
        ({"limit": 0}, "/limit"),
        ({"limit": 1001}, "/limit"),
        ({"after": "yesterday"}, "/after"),
        ({"before": f"{2**64}-0"}, "/before"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_log_is_refused_naming_the_parameter_when_that_makes_no_sense(
    engine: WorkflowEngine, execution: str, wrong: dict[str, object], pointer: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        engine.executions.log(execution, **wrong)  # type: ignore[arg-type]

    assert refusal.value.pointer == pointer


def test_log_says_not_found_when_its_execution_or_step_is_unknown(
    engine: WorkflowEngine, execution: str
) -> None:
    with pytest.raises(ExecutionNotFound):
        engine.executions.log("unknown-20261122T100000-aaaaaa")
    with pytest.raises(StepNotFound):
        engine.executions.log(execution, step_name="nothing")
