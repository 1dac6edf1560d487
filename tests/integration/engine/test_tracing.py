"""Sentry and OpenTelemetry, with their own integrations for Celery, see the task of a step and not the engine's."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from tests.support.executions import wait_until_ended
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import step


@pytest.fixture
def traced(
    settings: Settings, start_worker: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Path:
    """A directory in which `sentry` and `spans` are written by a worker on the traced application."""
    for variable, name in (("SENTRY_FILE", "sentry"), ("SPANS_FILE", "spans")):
        (tmp_path / name).touch()
        monkeypatch.setenv(variable, str(tmp_path / name))
    start_worker("-c", "2", settings=replace(settings, app="tests.support.traced_app:app"))
    return tmp_path


def entries(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def run(engine: WorkflowEngine, retry_count: int = 2, **parameters: Any) -> str:
    only = step("only", "traced.fails", retry_count=retry_count, parameters=parameters)
    engine.register_workflow("traced", [only])
    execution_id = engine.execute_workflow("traced", {})
    return wait_until_ended(engine, execution_id)["status"]


@pytest.mark.parametrize("ask", [False, True], ids=["raises", "asks for a retry"])
@pytest.mark.parametrize(("failures", "errors", "status"), [(2, 0, "success"), (3, 1, "failure")])
def test_three_attempts_are_one_trace_and_one_error_if_the_last_fails(
    engine: WorkflowEngine, traced: Path, ask: bool, failures: int, errors: int, status: str
) -> None:
    assert run(engine, failures=failures, ask=ask) == status

    eventually(lambda: len([e for e in entries(traced / "sentry") if e["type"] == "transaction"]) == 3)
    events = entries(traced / "sentry")
    assert len([event for event in events if event["type"] == "event"]) == errors
    assert {event["transaction"] for event in events} == {"traced.fails"}
    assert len({event["trace"] for event in events}) == 1
    spans = entries(traced / "spans")
    assert [span["name"] for span in spans] == ["run/traced.fails"] * 3
    assert len({span["trace"] for span in spans}) == 1
    assert [span["status"] for span in spans].count("ERROR") == errors


def test_the_last_attempt_is_an_error_when_the_step_allows_fewer_than_the_task(
    engine: WorkflowEngine, traced: Path
) -> None:
    assert run(engine, failures=9, ask=True, retry_count=1) == "failure"

    eventually(lambda: len([e for e in entries(traced / "sentry") if e["type"] == "transaction"]) == 2)
    assert [event["type"] for event in entries(traced / "sentry")].count("event") == 1


def test_the_trace_of_the_launch_goes_on_in_every_attempt(engine: WorkflowEngine, traced: Path) -> None:
    with TracerProvider().get_tracer("tests").start_as_current_span("launching") as span:
        assert run(engine, failures=2) == "success"

    assert trace.get_current_span() is not span
    assert {each["trace"] for each in entries(traced / "spans")} == {
        f"{span.get_span_context().trace_id:032x}"
    }
