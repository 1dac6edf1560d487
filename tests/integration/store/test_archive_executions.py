"""Ended executions are archived: one dense key instead of several, and nothing that is read of them changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import ExecutionNotFound
from celeriac.engine.manager import WorkflowManager
from celeriac.engine.settings import Settings
from celeriac.engine.store import archive as archive_module
from celeriac.engine.store.packing import Contents, pack
from celeriac.engine.workflows.progress.output import Line, Progress
from tests.seed.writing import seed
from tests.support.archiving import archive, is_archived, picture
from tests.support.playing import play
from tests.support.transitions import claim, claimed, clean, fail, launch
from tests.support.workflows import chain, step


@pytest.fixture
def ended(engine: WorkflowEngine) -> str:
    """`s1 -> s2`, both succeeded."""
    created = launch(engine, "line", chain(2))
    _, (second,), _ = engine.store.transitions.complete_step(
        claimed(engine, created.orders[0]), b'"caf\xc3\xa9"'
    )
    engine.store.transitions.complete_step(claimed(engine, second, "task.2"), b"2")
    return created.execution_id


def test_all_is_read_as_before_when_executions_of_every_kind_are_archived(settings: Settings) -> None:
    seed(settings, 80, archived=False)
    engine = WorkflowEngine(settings)
    ids = [row["execution_id"] for row in engine.get_execution_history(limit=200)["executions"]]
    before = {execution_id: picture(engine, execution_id) for execution_id in ids}

    assert archive(engine, *ids) == 80

    assert all(is_archived(engine, execution_id) for execution_id in ids)
    for execution_id in ids:
        assert picture(engine, execution_id) == before[execution_id]
    engine.store.close()


def test_items_are_read_as_before_when_their_execution_is_archived(engine: WorkflowEngine) -> None:
    def odd_ones_fail(item: int | None) -> Any:
        return ValueError(f"no {item}") if item and item % 2 else {"rows": item}

    steps = [step("prepare"), step("load", after="prepare", map_over="input.files", allow_failure=True)]
    engine.register_workflow("mapped", steps)
    engine.publish_workflows()
    execution_id = engine.execute_workflow("mapped", {"files": ["a.csv", "ü.csv", "c.csv"]})
    play(engine, execution_id, {"load": odd_ones_fail})
    before = picture(engine, execution_id)

    assert archive(engine, execution_id) == 1

    assert picture(engine, execution_id) == before


def test_it_takes_less_memory_when_it_is_archived(engine: WorkflowEngine, ended: str) -> None:
    keys, size = engine.store.keys, engine.store.client.memory_usage
    parts = (keys.states(ended), keys.log(ended), keys.data(ended))
    before = sum(size(key) for key in parts)

    archive(engine, ended)

    assert size(keys.archive(ended)) < before
    assert [size(key) for key in parts] == [None, None, None]


def test_nothing_changes_when_the_call_is_repeated(engine: WorkflowEngine, ended: str) -> None:
    archive(engine, ended)
    before = picture(engine, ended)

    assert archive(engine, ended) == 0

    assert is_archived(engine, ended)
    assert picture(engine, ended) == before


def test_an_active_execution_is_left_as_it_is_when_it_is_named(engine: WorkflowEngine) -> None:
    created = launch(engine, "line", chain(2))

    assert archive(engine, created.execution_id, "unknown-1") == 0

    assert not is_archived(engine, created.execution_id)
    clean(engine, created.execution_id)


def test_an_execution_stays_when_it_has_gone_on_since_it_was_read(engine: WorkflowEngine) -> None:
    created = launch(engine, "line", chain(1))
    assert fail(engine, claimed(engine, created.orders[0])) == "failure"
    execution_id, store = created.execution_id, engine.store
    seq = store.reader.read(execution_id)[0].seq
    stale = pack(Contents({}, [b"C 0"] * seq, {}))
    _, (again,) = store.transitions.resume_execution(execution_id, 1, {0: False}, None)
    store.transitions.complete_step(claimed(engine, again, "task.2"), b"1")

    assert store.scripts.call("archive_executions", execution_id, seq, stale) == 0

    assert not is_archived(engine, execution_id)
    assert store.client.zscore(store.keys.archivable(), execution_id) is not None
    assert archive(engine, execution_id) == 1


@pytest.mark.parametrize("limit", ["MOST_EVENTS", "MOST_BYTES"])
def test_an_execution_stays_as_it_is_when_it_is_large(
    engine: WorkflowEngine, ended: str, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(archive_module, limit, 5)

    assert archive(engine, ended) == 0

    assert not is_archived(engine, ended)
    assert not engine.store.client.exists(engine.store.keys.archivable())  # nor is it looked at again


def test_only_what_ended_long_enough_ago_is_archived_when_the_archive_works(
    settings: Settings, engine: WorkflowEngine, ended: str
) -> None:
    assert WorkflowEngine(replace(settings, archive_after=600.0)).store.archive.work() == 0
    assert not is_archived(engine, ended)

    assert WorkflowEngine(replace(settings, archive_after=0.0)).store.archive.work() == 1

    assert is_archived(engine, ended)
    assert not engine.store.client.exists(engine.store.keys.archivable())


def test_a_limited_number_is_looked_at_when_many_are_due(settings: Settings) -> None:
    seed(settings, 30, archived=False)
    archive = WorkflowEngine(replace(settings, archive_after=0.0)).store.archive

    assert [archive.work(most=25), archive.work(most=25), archive.work(most=25)] == [25, 5, 0]


def test_a_late_report_is_stale_when_the_execution_is_archived(engine: WorkflowEngine) -> None:
    created = launch(engine, "line", chain(1))
    held = claimed(engine, created.orders[0])
    engine.store.transitions.complete_step(held, b"1")
    archive(engine, created.execution_id)
    before = picture(engine, created.execution_id)

    assert engine.store.transitions.complete_step(held, b"2").outcome == "stale"
    assert fail(engine, held) == "stale"
    assert isinstance(claim(engine, created.orders[0], "task.9"), str)
    assert picture(engine, created.execution_id) == before


def test_late_lines_are_added_and_counted_when_the_execution_is_archived(
    engine: WorkflowEngine, ended: str
) -> None:
    write = engine.store.output.write_output
    write(ended, "0", [Line(1, 1, "I", "early"), Line(2, 1, "I", "also early")], Progress(1, 1, 0.5, ""))
    archive(engine, ended)

    assert write(ended, "0", [Line(3, 1, "I", "late")], None)

    shown = engine.steps.get(ended, "s1")
    assert [line["message"] for line in shown["logs"]] == ["early", "also early", "late"]
    assert shown["logs_omitted"] == 0
    assert shown["result"] == "café"


def test_an_archived_execution_is_pinned_followed_and_deleted_as_any_other(
    engine: WorkflowEngine, ended: str
) -> None:
    known, last = engine.executions.get(ended), engine.executions.events(ended)[-1]
    archive(engine, ended)

    assert engine.executions.follow(known, last) == (known, [])
    engine.executions.pin(ended)
    assert WorkflowManager(engine).preview_cleanup(0)["count"] == 0
    engine.executions.pin(ended, False)
    engine.executions.delete(ended)

    with pytest.raises(ExecutionNotFound):
        engine.executions.get(ended)
    assert not list(engine.store.client.scan_iter(match=f"*{ended}*", count=1_000))


def test_an_archived_execution_goes_when_history_is_cleaned_up(engine: WorkflowEngine, ended: str) -> None:
    archive(engine, ended)

    assert WorkflowManager(engine).cleanup_completed_executions(0) == 1

    assert not list(engine.store.client.scan_iter(match=f"*{ended}*", count=1_000))


def test_an_execution_of_an_earlier_release_is_read_and_deleted_when_nothing_archives_it(
    engine: WorkflowEngine, ended: str
) -> None:
    engine.store.client.delete(engine.store.keys.archivable())  # earlier releases did not write it

    assert engine.executions.get(ended)["status"] == "success"
    engine.executions.delete(ended)
    assert engine.executions.count()["all"] == 0


def test_nothing_is_lost_when_two_processes_archive_the_same_execution_at_once(
    engine: WorkflowEngine, ended: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = picture(engine, ended)
    other, read = engine.store.archive, type(engine.store.archive)._read

    def read_when_it_was_archived(self: Any, execution_ids: Any) -> Any:
        """The other process is done between the two looks of this one."""
        pipeline = self._client.pipeline

        def archived_first(*arguments: Any, **options: Any) -> Any:
            if not options:  # the second look
                monkeypatch.undo()
                assert archive(engine, ended) == 1
            return pipeline(*arguments, **options)

        monkeypatch.setattr(self._client, "pipeline", archived_first)
        return read(self, execution_ids)

    monkeypatch.setattr(type(other), "_read", read_when_it_was_archived)

    assert archive(engine, ended) == 0

    assert is_archived(engine, ended)
    assert picture(engine, ended) == before


def test_an_empty_form_never_replaces_an_archive(engine: WorkflowEngine, ended: str) -> None:
    before = picture(engine, ended)
    assert archive(engine, ended) == 1

    call = engine.store.scripts.call
    assert call("archive_executions", ended, 0, pack(Contents({}, [], {}))) == 0

    assert picture(engine, ended) == before
