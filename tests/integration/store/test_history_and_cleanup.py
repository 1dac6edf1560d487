"""Lists, counts, pins, deletion and cleanup over executions of several workflows and statuses."""

from __future__ import annotations

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import ExecutionActive, ExecutionNotFound, ExecutionPinned, InvalidInput
from celeriac.engine.manager import WorkflowManager
from celeriac.engine.store.read import history
from tests.support.workflows import single


@pytest.fixture
def ids(engine: WorkflowEngine) -> list[str]:
    """Twelve executions, oldest first: every third of `beta`, every second cancelled, the rest pending."""
    for workflow_id in ("alpha", "beta"):
        engine.register_workflow(workflow_id, single("noop"))
    launched = []
    for number in range(12):
        workflow_id = "beta" if number % 3 == 0 else "alpha"
        labels = {"parity": "even" if number % 2 == 0 else "odd"}
        launched.append(engine.executions.launch(workflow_id, {}, labels=labels).execution_id)
        if number % 2 == 0:
            engine.cancel_workflow(launched[-1])
    return launched


def shown(engine: WorkflowEngine, **filters: object) -> list[str]:
    """All executions behind a filter, page by page."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = engine.get_execution_history(limit=5, cursor=cursor, **filters)  # type: ignore[arg-type]
        found += [execution["execution_id"] for execution in page["executions"]]
        cursor = page["next"]
        if cursor is None:
            assert page["total"] == len(found)
            return found


def finish(engine: WorkflowEngine) -> None:
    WorkflowManager(engine).cancel_all_executions()


def test_pages_come_newest_first_without_gap_or_repetition(engine: WorkflowEngine, ids: list[str]) -> None:
    listed = shown(engine)

    starts = [engine.get_workflow_status(execution_id)["start_time"] for execution_id in listed]
    assert sorted(listed) == sorted(ids)
    assert starts == sorted(starts, reverse=True)
    finish(engine)


def test_filters_agree_with_the_executions(engine: WorkflowEngine, ids: list[str]) -> None:
    beta = {execution_id for number, execution_id in enumerate(ids) if number % 3 == 0}
    cancelled = {execution_id for number, execution_id in enumerate(ids) if number % 2 == 0}

    assert set(shown(engine, workflow_id="beta")) == beta
    assert set(shown(engine, status="cancelled")) == cancelled
    assert set(shown(engine, workflow_id="beta", status="cancelled")) == beta & cancelled
    assert set(shown(engine, label="parity=even")) == cancelled
    assert set(shown(engine, label="parity=even", workflow_id="beta")) == beta & cancelled
    assert set(shown(engine, label="parity=odd", status="cancelled")) == set()
    assert set(shown(engine, q="beta-")) == beta
    assert shown(engine, q=ids[4]) == [ids[4]]
    assert shown(engine, workflow_id="gamma") == []
    finish(engine)


@pytest.mark.parametrize("limit", ["COMBINED_CAP", "MOST_COMPARED", None])
def test_a_label_and_another_filter_agree_however_many_match(
    engine: WorkflowEngine, ids: list[str], monkeypatch: pytest.MonkeyPatch, limit: str | None
) -> None:
    """Few are compared in the store, many are read in chunks."""
    even, middle = ids[::2][::-1], engine.get_workflow_status(ids[6])["start_time"]
    if limit:
        monkeypatch.setattr(history, limit, 2)
    monkeypatch.setattr(history, "FIRST_CHUNK", 1)
    monkeypatch.setattr(history, "CHUNK", 3)

    def found(cursor: str | None = None, **filters: str) -> list[str]:
        page = engine.get_execution_history(
            label="parity=even", status="cancelled", limit=2, cursor=cursor, **filters
        )
        rest = found(page["next"], **filters) if page["next"] else []
        return [row["execution_id"] for row in page["executions"]] + rest

    assert set(found()) == set(even)
    assert set(found(workflow_id="beta")) == {ids[0], ids[6]}
    assert set(found(since=middle)) | set(found(until=middle)) == set(even)
    assert ids[6] in found(since=middle, until=middle)
    assert found(q=ids[4]) == [ids[4]]
    page = engine.get_execution_history(label="parity=even", status="cancelled")
    assert (page["total"], page["total_capped"]) == ((2, True) if limit == "COMBINED_CAP" else (6, False))
    finish(engine)


@pytest.mark.parametrize("label", [None, ("parity", "even")])
def test_no_execution_comes_twice_when_others_are_launched_between_two_chunks(
    engine: WorkflowEngine,
    ids: list[str],
    monkeypatch: pytest.MonkeyPatch,
    label: tuple[str, str] | None,
) -> None:
    monkeypatch.setattr(history, "FIRST_CHUNK", 2)
    monkeypatch.setattr(history, "CHUNK", 2)
    reading = engine.store.history._matching(history.Filter(workflow_id="alpha", label=label), None)
    found = [next(reading)[0].decode()]
    newest = engine.executions.launch("alpha", {}, labels={"parity": "even"}).execution_id

    found += [name.decode() for name, _ in reading]

    step = 2 if label else 1
    expected = [name for name in ids[::step] if name.startswith("alpha")]
    assert sorted({*found, newest}) == sorted([*expected, newest])
    assert len(found) == len(set(found))
    finish(engine)


def test_times_bound_the_list(engine: WorkflowEngine, ids: list[str]) -> None:
    middle = engine.get_workflow_status(ids[6])["start_time"]

    since, until = set(shown(engine, since=middle)), set(shown(engine, until=middle))

    assert since | until == set(ids)
    assert ids[6] in since & until
    assert ids[11] in since
    assert ids[0] in until
    finish(engine)


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"status": "done"}, "status 'done' is unknown"),
        ({"since": "yesterday"}, "since 'yesterday' is not an RFC 3339 time"),
        ({"until": "2026-11-22T10:00:00"}, "until"),
        ({"label": "parity"}, "key=value"),
        ({"limit": 0}, "from 1 to 200"),
        ({"limit": 201}, "from 1 to 200"),
        ({"cursor": "!!"}, "is not valid"),
    ],
)
def test_the_filter_is_named_when_it_cannot_be(
    engine: WorkflowEngine, filters: dict[str, object], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        engine.get_execution_history(**filters)  # type: ignore[arg-type]


def test_counts_agree_with_the_lists(engine: WorkflowEngine, ids: list[str]) -> None:
    expected = {"all": 12, "pending": 6, "running": 0, "success": 0, "failure": 0, "cancelled": 6}

    assert engine.executions.count() == expected
    assert engine.executions.count(workflow_id="beta")["all"] == 4
    finish(engine)


def test_an_execution_is_kept_when_it_is_active_or_pinned(engine: WorkflowEngine, ids: list[str]) -> None:
    engine.executions.pin(ids[0])

    with pytest.raises(ExecutionPinned, match="unpin it first"):
        engine.executions.delete(ids[0])
    with pytest.raises(ExecutionActive, match="cancel it first"):
        engine.executions.delete(ids[1])
    engine.executions.pin(ids[0], False)
    engine.executions.delete(ids[0])
    with pytest.raises(ExecutionNotFound):
        engine.executions.delete(ids[0])
    with pytest.raises(ExecutionNotFound):
        engine.get_workflow_status(ids[0])

    assert engine.executions.count()["all"] == 11
    finish(engine)


def test_cleanup_removes_what_the_preview_counted(engine: WorkflowEngine, ids: list[str]) -> None:
    manager = WorkflowManager(engine)
    engine.executions.pin(ids[0])

    preview = manager.preview_cleanup(0)
    engine.cancel_workflow(ids[1])
    removed = manager.cleanup_completed_executions(0, before=preview["before"])

    assert preview["count"] == removed == 5
    assert preview["by_status"] == {"success": 0, "failure": 0, "cancelled": 5}
    assert sum(preview["by_workflow"].values()) == 5
    assert set(shown(engine)) == {ids[0], ids[1], *ids[3::2]}
    finish(engine)


def test_cleanup_removes_nothing_when_nothing_is_old_enough(engine: WorkflowEngine, ids: list[str]) -> None:
    manager = WorkflowManager(engine)

    assert manager.preview_cleanup(1)["count"] == 0
    assert manager.cleanup_completed_executions() == 0
    assert manager.preview_cleanup(0, statuses=["failure"])["count"] == 0
    finish(engine)


@pytest.mark.parametrize(
    "arguments", [{"max_age_hours": -1}, {"statuses": ["running"]}, {"statuses": ["gone"]}, {"before": "now"}]
)
def test_cleanup_is_refused_when_its_rule_cannot_be(
    engine: WorkflowEngine, arguments: dict[str, object]
) -> None:
    with pytest.raises(InvalidInput):
        WorkflowManager(engine).cleanup_completed_executions(**arguments)  # type: ignore[arg-type]
