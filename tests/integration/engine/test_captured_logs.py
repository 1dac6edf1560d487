"""What tasks log and print is in the log of their step, on each pool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from tests.support.executions import wait_until_ended
from tests.support.workers import Worker
from tests.support.workflows import single, step

SAID = [
    ("info", "from the logger of the task"),
    ("warning", "from a library"),
    ("info", "from the step"),
    ("info", "printed 3 rows"),
    ("info", "a 100%"),
    ("info", "to stderr"),
    ("error", "caught"),
    ("info", "from a hook"),
    ("info", "unfinished"),
]


def said(engine: WorkflowEngine, step_name: str, execution_id: str) -> list[tuple[str, str]]:
    """The first lines of what a step said, with their severities."""
    logs = engine.steps.get(execution_id, step_name)["logs"]
    return [(line["level"], line["message"].split("\n")[0]) for line in logs]


@pytest.mark.parametrize("pool", ["prefork", "threads", "solo"])
def test_every_line_is_in_the_log_of_its_step_once_when_its_task_logs_and_prints(
    engine: WorkflowEngine, start_worker: Callable[..., Worker], pool: str
) -> None:
    worker = start_worker("-P", pool)
    names = ["a", "b"]
    engine.register_workflow("logs", [step(name, "tests.log_everywhere") for name in names])

    execution_id = engine.execute_workflow("logs", {})
    wait_until_ended(engine, execution_id)

    assert [said(engine, name, execution_id) for name in names] == [SAID, SAID]
    caught = engine.steps.get(execution_id, "a")["logs"][6]["message"]
    assert caught.startswith("caught\nTraceback (most recent call last):\n")
    assert caught.endswith("\nValueError: on purpose")
    assert "from the logger of the task" in worker.log()  # Celery's own handlers get it too


def test_only_the_logger_of_the_step_is_kept_when_the_setting_says_so(
    engine: WorkflowEngine, settings: Settings, start_worker: Callable[..., Worker]
) -> None:
    start_worker(settings=replace(settings, capture_logs=False))
    engine.register_workflow("logs", single("tests.log_everywhere"))

    execution_id = engine.execute_workflow("logs", {})
    wait_until_ended(engine, execution_id)

    assert said(engine, "only", execution_id) == [("info", "from the step")]
