"""`make seed`: what it writes, and what it refuses."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from celeriac.engine.store.store import Store
from tests.seed.__main__ import main, refused
from tests.seed.fates import PREFIX, STEPS
from tests.seed.writing import seed
from tests.support.invariants import violations
from tests.support.workflows import single

NUMBER = 300


def seeded(settings: Settings, number: int = NUMBER) -> WorkflowEngine:
    seed(settings, number)
    return WorkflowEngine(settings)


def test_executions_of_every_kind_are_ended_when_a_store_is_seeded(settings: Settings) -> None:
    engine = seeded(settings)

    counts = engine.executions.count()
    rows = [row for at in pages(engine) for row in at]
    kinds = {row["error"]["kind"] for row in rows if row["error"]}
    assert counts["all"] == NUMBER
    assert counts["pending"] == counts["running"] == 0
    assert all(counts[status] > 0 for status in ("success", "failure", "cancelled"))
    assert len(kinds) >= 3
    assert len({row["workflow_id"] for row in rows}) >= 5
    assert all(row["progress"]["total_steps"] == STEPS for row in rows)
    assert any(row["labels"] for row in rows)
    assert any(row["note"] for row in rows)
    assert any(row["round"] == 2 for row in rows)
    assert any(engine.executions.newest_output(row["execution_id"]) != "0-0" for row in rows)
    assert not violations(settings)
    engine.store.close()


def pages(engine: WorkflowEngine) -> list[list]:  # type: ignore[type-arg]
    """All executions, page by page."""
    found, cursor = [], None
    while True:
        page = engine.get_execution_history(limit=200, cursor=cursor)
        found.append(page["executions"])
        if not (cursor := page["next"]):
            return found


def test_more_are_added_when_a_store_was_seeded_before(settings: Settings) -> None:
    seeded(settings, 20).store.close()

    assert refused("20", settings) == ""
    engine = seeded(settings, 20)
    assert engine.executions.count()["all"] == 40
    engine.store.close()


@pytest.mark.parametrize("number", ["0", "-1", "many", "1e6", "10000001", ""])
def test_the_number_is_refused_when_it_cannot_be(settings: Settings, number: str) -> None:
    assert "N must be a whole number from 1 to 10,000,000" in refused(number, settings)


def test_seeding_is_refused_when_no_store_is_named(settings: Settings) -> None:
    assert "CELERIAC_REDIS_URL is not set" in refused("10", replace(settings, redis_url=""))


def test_seeding_is_refused_when_the_namespace_has_other_workflows(engine: WorkflowEngine) -> None:
    engine.register_workflow("payments", single("noop"))
    engine.publish_workflows()

    refusal = refused("10", engine.settings)

    assert "has workflows of its own (payments)" in refusal
    assert "CELERIAC_NAMESPACE=" in refusal


def test_seeding_is_refused_when_a_worker_is_alive(settings: Settings) -> None:
    store = Store(settings)
    store.transitions.heartbeat("w@host#1", b"{}", [], 2)

    refusal = refused("10", settings)

    assert "has a live worker" in refusal
    store.transitions.retire_worker("w@host#1")
    store.close()


def test_the_command_seeds_the_store_of_the_environment_when_it_runs(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in os.environ if name.startswith("CELERIAC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CELERIAC_REDIS_URL", settings.redis_url)
    monkeypatch.setenv("CELERIAC_NAMESPACE", settings.namespace)

    assert main(["12"]) == 0
    assert "12 of 12 executions" in capsys.readouterr().out
    store = Store(settings)
    assert all(name.startswith(PREFIX) for name in store.definitions.names_ever())
    store.close()


def test_the_command_ends_with_a_sentence_when_it_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CELERIAC_REDIS_URL", "")

    assert main(["12"]) == 2
    assert "CELERIAC_REDIS_URL is not set" in capsys.readouterr().err
