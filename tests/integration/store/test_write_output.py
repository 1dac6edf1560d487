"""The script that keeps what steps say, called directly."""

from __future__ import annotations

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.store.output import Output
from celeriac.engine.workflows.progress.output import MAX_LINES, Line, Progress, encode_line
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
    assert engine.store.client.xlen(engine.store.keys.output(execution_id)) == MAX_LINES
    engine.cancel_workflow(execution_id)


def write_many(output: Output, execution_id: str, unit: str, number: int, at_once: int = 200) -> None:
    for start in range(0, number, at_once):
        count = min(at_once, number - start)
        output.write_output(execution_id, unit, lines(*(str(start + n) for n in range(count))), None)


def kept(engine: WorkflowEngine, execution_id: str, unit: str) -> list[str]:
    """Every line of a unit that the store has."""
    entries = engine.store.output.after(execution_id, "0-0", MAX_LINES * 2)
    return [entry.what.text for entry in entries if entry.unit == unit and isinstance(entry.what, Line)]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """The number of entries that are kept."""
    monkeypatch.setattr("celeriac.engine.store.output.MAX_LINES", 100)
    return 100


@pytest.mark.parametrize("at_once", [7, 200])
def test_a_quiet_step_keeps_its_lines_when_another_writes_thousands(
    engine: WorkflowEngine, output: Output, execution_id: str, at_once: int
) -> None:
    quiet = [f"quiet {n}" for n in range(14)]
    output.write_output(execution_id, "1", lines(*quiet[:7]), None)
    write_many(output, execution_id, "0", 12_000, at_once)
    output.write_output(execution_id, "1", lines(*quiet[7:]), None)

    assert output.lines(execution_id, "1") == (lines(*quiet[:7]) + lines(*quiet[7:]), 0)
    assert kept(engine, execution_id, "0") == [str(n) for n in range(12_000)][-(MAX_LINES - 14) :]
    assert output.lines(execution_id, "0")[1] == 11_000
    engine.cancel_workflow(execution_id)


def test_lines_are_kept_in_order_when_one_call_brings_more_than_there_is_room_for(
    engine: WorkflowEngine, output: Output, execution_id: str
) -> None:
    write_many(output, execution_id, "0", 12_000, at_once=12_000)

    assert kept(engine, execution_id, "0") == [str(n) for n in range(2_000, 12_000)]
    engine.cancel_workflow(execution_id)


def test_units_have_equal_shares_when_all_of_them_write_much(
    engine: WorkflowEngine, output: Output, execution_id: str, few: int
) -> None:
    units = ("0", "1", "0[1]", "0[11]")
    for _ in range(20):
        for unit in units:
            write_many(output, execution_id, unit, 7)

    shares = [len(kept(engine, execution_id, unit)) for unit in units]
    assert sum(shares) == few
    assert max(shares) - min(shares) <= 1
    assert output.lines(execution_id, "0") == (output.lines(execution_id, "0")[0], 140 - shares[0])
    engine.cancel_workflow(execution_id)


def test_progress_takes_from_the_share_of_its_own_step_when_it_is_written_often(
    engine: WorkflowEngine, output: Output, execution_id: str, few: int
) -> None:
    write_many(output, execution_id, "1", 20)
    for number in range(300):
        output.write_output(execution_id, "0", [], Progress(1, 1, number / 300, ""))

    assert len(kept(engine, execution_id, "1")) == 20
    assert engine.store.client.xlen(engine.store.keys.output(execution_id)) == few
    engine.cancel_workflow(execution_id)


def written_before(engine: WorkflowEngine, execution_id: str, number: int) -> None:
    """Entries as an earlier release wrote them."""
    client, keys = engine.store.client, engine.store.keys
    for text in (f"old {n}" for n in range(number)):
        client.xadd(keys.output(execution_id), {"e": encode_line("1", Line(1, 1, "I", text))})
    client.hincrby(keys.data(execution_id), "n1", number)


def test_entries_of_an_earlier_release_go_first_when_the_log_is_full(
    engine: WorkflowEngine, output: Output, execution_id: str, few: int
) -> None:
    written_before(engine, execution_id, 60)

    write_many(output, execution_id, "1", 10)
    write_many(output, execution_id, "0", 80, at_once=8)

    assert kept(engine, execution_id, "1") == [*(f"old {n}" for n in range(50, 60)), *map(str, range(10))]
    write_many(output, execution_id, "0", 80, at_once=8)
    assert kept(engine, execution_id, "1") == [str(n) for n in range(10)]
    assert len(kept(engine, execution_id, "0")) == few - 10
    assert output.lines(execution_id, "1")[1] == 60
    engine.cancel_workflow(execution_id)


def test_the_limit_holds_when_a_worker_of_an_earlier_release_trimmed_the_log(
    engine: WorkflowEngine, output: Output, execution_id: str, few: int
) -> None:
    write_many(output, execution_id, "0", few + 50)
    written_before(engine, execution_id, few)
    engine.store.client.xtrim(engine.store.keys.output(execution_id), maxlen=few, approximate=False)

    write_many(output, execution_id, "0", few * 3)
    write_many(output, execution_id, "1", 5)

    assert kept(engine, execution_id, "0") == [str(n) for n in range(few * 2 + 5, few * 3)]
    assert kept(engine, execution_id, "1") == [str(n) for n in range(5)]
    engine.cancel_workflow(execution_id)


def test_a_write_costs_two_more_commands_when_there_is_room(
    engine: WorkflowEngine, output: Output, execution_id: str
) -> None:
    def calls() -> dict[str, int]:
        stats = engine.store.client.info("commandstats")
        return {name.removeprefix("cmdstat_"): each["calls"] for name, each in stats.items()}

    output.write_output(execution_id, "0", lines("first"), None)  # loads the script
    before = calls()
    write_many(output, execution_id, "0", 200)
    used = {
        name: number - before.get(name, 0) for name, number in calls().items() if number != before.get(name)
    }

    used = {name: number for name, number in used.items() if name not in ("info", "evalsha")}
    assert {"zadd": 1, "xlen": 1}.items() <= used.items()
    assert set(used) <= {"exists", "xadd", "zadd", "xlen", "hincrby", "publish"}
    engine.cancel_workflow(execution_id)


def test_lost_lines_are_counted_when_they_never_came(
    engine: WorkflowEngine, output: Output, execution_id: str
) -> None:
    output.write_output(execution_id, "0", lines("one"), None, lost=7)

    assert output.lines(execution_id, "0")[1] == 7
    engine.cancel_workflow(execution_id)


def test_nothing_comes_back_when_the_execution_was_deleted(
    engine: WorkflowEngine, output: Output, execution_id: str, few: int
) -> None:
    output.write_output(execution_id, "0", lines("one"), Progress(1, 1, 0.5, ""))
    write_many(output, execution_id, "1", few * 2)
    engine.cancel_workflow(execution_id)
    engine.executions.delete(execution_id)

    assert not output.write_output(execution_id, "0", lines("late"), Progress(1, 1, 0.9, ""))

    assert not list(engine.store.client.scan_iter(match=f"*{execution_id}*", count=1_000))
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
