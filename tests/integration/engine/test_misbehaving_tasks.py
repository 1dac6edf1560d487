"""What becomes of a step whose task raises, exits, dies, runs too long or returns what cannot be kept."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from celeriac.engine.workflows.progress.views import ExecutionView
from celeriac.web.app import create_app
from tests.support.asgi import AsgiClient
from tests.support.executions import starts, step_of, wait_for_step, wait_until_ended
from tests.support.tasks import HOSTILE
from tests.support.workers import Worker
from tests.support.workflows import chain, single, step

pytestmark = pytest.mark.usefixtures("shared_worker")


def run_single(engine: WorkflowEngine, task_name: str, within: float = 30, **fields: Any) -> ExecutionView:
    workflow_id = task_name.replace(".", "-")
    engine.register_workflow(workflow_id, single(task_name, **fields))
    return wait_until_ended(engine, engine.execute_workflow(workflow_id, {}), within=within)


@pytest.mark.parametrize(
    ("task_name", "parameters", "kind", "error_type", "words"),
    [
        ("tests.raise_error", {"message": "no such file"}, "error", "ValueError", "no such file"),
        ("tests.system_exit", {"status": 3}, "error", "SystemExit", "3"),
        ("tests.memory_error", {}, "error", "MemoryError", "on purpose"),
        ("tests.recurse", {}, "error", "RecursionError", "recursion"),
        ("tests.exit_at_once", {}, "lost", "WorkerLost", "was lost"),
        ("tests.kill_itself", {}, "lost", "WorkerLost", "was lost"),
        ("tests.segfault", {}, "lost", "WorkerLost", "was lost"),
        ("tests.return_set", {}, "bad_result", "BadResult", "set"),
        ("tests.return_nan", {}, "bad_result", "BadResult", "not JSON"),
        ("tests.return_text", {"size": 10_000_000}, "bad_result", "BadResult", "10,000,002 bytes"),
        ("tests.strict_arguments", {}, "bad_arguments", "BadArguments", "number"),
        ("tests.strict_arguments", {"number": 1, "colour": "red"}, "bad_arguments", "BadArguments", "colour"),
        ("tests.no_such_task", {}, "unknown_task", "UnknownTask", "CELERIAC_WORKFLOWS"),
        ("celery.backend_cleanup", {}, "unknown_task", "UnknownTask", "unknown to this worker"),
    ],
)
def test_the_step_fails_with_the_right_kind_when_its_task_misbehaves(
    shared_engine: WorkflowEngine,
    shared_worker: Worker,
    task_name: str,
    parameters: dict[str, Any],
    kind: str,
    error_type: str,
    words: str,
) -> None:
    execution = run_single(shared_engine, task_name, parameters=parameters)

    error = step_of(execution, "only")["error"]
    assert execution["status"] == "failure"
    assert error is not None
    assert (error["kind"], error["type"]) == (kind, error_type)
    assert words in error["message"]
    assert execution["error"] is not None
    assert execution["error"]["step"] == "only"
    assert shared_worker.alive


def test_the_traceback_shows_the_tasks_own_lines_only_when_it_raises(shared_engine: WorkflowEngine) -> None:
    execution = run_single(shared_engine, "tests.raise_error", parameters={"message": "hidden?"})

    (attempt,) = shared_engine.steps.get(execution["execution_id"], "only")["attempts"]
    traceback = (attempt["error"] or {})["traceback"]
    assert traceback is not None
    assert "raise ValueError(message)" in traceback
    assert "engine/runtime" not in traceback


@pytest.mark.parametrize(
    "task_name", ["tests.raise_error", "tests.system_exit", "tests.exit_at_once", "tests.kill_itself"]
)
def test_the_step_succeeds_on_a_later_attempt_when_the_trouble_passes(
    shared_engine: WorkflowEngine, tmp_path: Path, task_name: str
) -> None:
    parameters = {"marks": str(tmp_path / "marks"), "times": 2}

    execution = run_single(shared_engine, task_name, parameters=parameters, retry_count=3)

    detail = shared_engine.steps.get(execution["execution_id"], "only")
    assert execution["status"] == "success"
    assert detail["result"] == "recovered"
    assert [attempt["status"] for attempt in detail["attempts"]] == ["failure", "failure", "success"]
    assert starts(tmp_path / "marks") == 3


def test_a_step_stops_after_three_lost_attempts_when_it_always_kills_its_process(
    shared_engine: WorkflowEngine, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"

    execution = run_single(
        shared_engine, "tests.exit_at_once", 60, parameters={"marks": str(marks)}, retry_count=50
    )

    assert execution["status"] == "failure"
    assert starts(marks) == 3


def test_every_attempt_is_used_when_the_task_always_raises(
    shared_engine: WorkflowEngine, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"

    execution = run_single(
        shared_engine, "tests.raise_error", parameters={"marks": str(marks)}, retry_count=2
    )

    assert execution["status"] == "failure"
    assert step_of(execution, "only")["attempt"] == 3
    assert starts(marks) == 3


def test_self_retry_counts_as_a_failed_attempt_when_a_task_asks_for_it(
    shared_engine: WorkflowEngine, tmp_path: Path
) -> None:
    parameters = {"marks": str(tmp_path / "marks"), "times": 2, "countdown": 0.2}

    execution = run_single(shared_engine, "tests.retry_itself", parameters=parameters, retry_count=3)

    events = shared_engine.executions.events(execution["execution_id"])
    assert execution["status"] == "success"
    assert [event["delay"] for event in events if event["event"] == "step_retrying"] == [0.2, 0.2]
    assert starts(tmp_path / "marks") == 3


def test_the_attempt_fails_with_the_reason_when_its_countdown_is_no_number(
    shared_engine: WorkflowEngine, tmp_path: Path
) -> None:
    parameters = {"marks": str(tmp_path / "marks"), "times": 1, "countdown": "soon"}

    execution = run_single(shared_engine, "tests.retry_itself", parameters=parameters, retry_count=0)

    error = step_of(execution, "only")["error"]
    assert error is not None
    assert error["message"] == "retry(countdown='soon'): a number of seconds is expected"


def test_pages_show_when_a_step_is_due_when_it_asked_for_an_absurd_countdown(
    shared_engine: WorkflowEngine, shared_settings: Settings, tmp_path: Path
) -> None:
    parameters = {"marks": str(tmp_path / "marks"), "times": 1, "countdown": 1_795_818_096_221}
    shared_engine.register_workflow(
        "absurd", single("tests.retry_itself", parameters=parameters, retry_count=1)
    )
    execution_id = shared_engine.execute_workflow("absurd", {})
    wait_for_step(shared_engine, execution_id, "only", "retrying")
    client = AsgiClient(create_app(shared_engine, shared_settings))

    pages = ["", "?view=timeline", "?view=steps", "/steps/only"]
    statuses = {page: client.get(f"/executions/{execution_id}{page}").status_code for page in pages}
    shared_engine.cancel_workflow(execution_id)

    assert statuses == dict.fromkeys(pages, 200)
    assert starts(tmp_path / "marks") == 1


def test_the_step_times_out_when_its_task_runs_too_long(shared_engine: WorkflowEngine) -> None:
    execution = run_single(shared_engine, "sleep", parameters={"seconds": 30}, timeout=1)

    error = step_of(execution, "only")["error"]
    assert execution["status"] == "failure"
    assert error is not None
    assert error["kind"] == "timeout"


def test_the_hard_limit_ends_the_attempt_once_when_a_task_ignores_the_soft_one(
    shared_engine: WorkflowEngine,
) -> None:
    execution = run_single(shared_engine, "tests.ignore_soft_limit", parameters={"seconds": 60}, timeout=1)

    kinds = [
        event.get("kind")
        for event in shared_engine.executions.events(execution["execution_id"])
        if "kind" in event
    ]
    assert execution["status"] == "failure"
    assert kinds == ["timeout"]


@pytest.mark.parametrize(
    ("task_name", "parameters"),
    [("tests.swallow_soft_limit", {}), ("tests.ignore_soft_limit", {"seconds": 1.4})],
)
def test_the_log_says_that_the_soft_limit_was_passed_when_the_task_succeeds_all_the_same(
    shared_engine: WorkflowEngine, task_name: str, parameters: dict[str, Any]
) -> None:
    execution = run_single(shared_engine, task_name, parameters=parameters, timeout=1, retry_count=0)

    (line,) = shared_engine.steps.get(execution["execution_id"], "only")["logs"]
    assert execution["status"] == "success"
    assert line["level"] == "warning"
    assert re.fullmatch(
        r"The soft time limit of 1 s was passed; the task went on and ended after [\d.]+ s\.",
        line["message"],
    )


def test_later_steps_are_skipped_with_the_reason_when_a_step_fails(shared_engine: WorkflowEngine) -> None:
    steps = [step("first", "tests.raise_error", retry_count=0), *chain(3, "noop")]
    steps[1].depends_on = ["first"]
    shared_engine.register_workflow("stops", steps)

    execution = wait_until_ended(shared_engine, shared_engine.execute_workflow("stops", {}))

    assert [step_of(execution, name)["status"] for name in ("s1", "s2", "s3")] == ["skipped"] * 3
    assert step_of(execution, "s3")["reason"] == "stopped after first failed"
    assert execution["progress"]["percentage"] == 0


@pytest.mark.parametrize("which", HOSTILE)
def test_the_step_fails_within_its_budget_when_its_task_raises_what_no_task_should(
    shared_engine: WorkflowEngine, tmp_path: Path, which: str
) -> None:
    marks = tmp_path / "marks"

    execution = run_single(
        shared_engine, "tests.raise_hostile", parameters={"which": which, "marks": str(marks)}, retry_count=1
    )

    is_final = which in ("ignore", "reject")
    error = step_of(execution, "only")["error"]
    assert execution["status"] == "failure"
    assert error is not None
    assert error["kind"] == ("no_result" if is_final else "error")
    assert error["type"] == type(HOSTILE[which]()).__name__
    assert starts(marks) == (1 if is_final else 2)
    assert len(error["message"]) <= 2_000
