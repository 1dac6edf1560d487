"""What a task can say and ask through `current_step`, on a real worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.workflows.progress.views import StepProgressView
from tests.support.executions import starts, step_of, wait_for_step, wait_until_ended
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import single

pytestmark = pytest.mark.usefixtures("shared_worker")


def launch(engine: WorkflowEngine, task_name: str, parameters: dict[str, Any], **fields: Any) -> str:
    workflow_id = task_name.replace(".", "-")
    engine.register_workflow(workflow_id, single(task_name, parameters=parameters, **fields))
    return engine.execute_workflow(workflow_id, {})


def test_the_task_knows_its_step_when_it_asks(shared_engine: WorkflowEngine) -> None:
    execution_id = launch(shared_engine, "tests.tell_current_step", {})

    execution = wait_until_ended(shared_engine, execution_id)

    assert execution["result"] == {
        "only": {
            "execution_id": execution_id,
            "step": "only",
            "item": None,
            "attempt": 1,
            "idempotency_key": f"{execution_id}:only",
            "cancelled": False,
        }
    }


def test_lines_are_kept_with_the_step_when_a_task_logs(
    shared_engine: WorkflowEngine, shared_worker: Worker
) -> None:
    lines = ["reading", "two\nrows", "<script>ünïcode ☃</script>"]
    execution_id = launch(shared_engine, "tests.report", {"lines": lines, "progress": []})

    wait_until_ended(shared_engine, execution_id)

    step = shared_engine.steps.get(execution_id, "only")
    assert [(line["message"], line["level"], line["attempt"]) for line in step["logs"]] == [
        (text, "info", 1) for text in lines
    ]
    assert step["logs_omitted"] == 0
    assert "reading" in shared_worker.log()  # Celery's own handlers get them too


def test_every_attempt_is_in_the_log_when_a_step_is_tried_again(shared_engine: WorkflowEngine) -> None:
    parameters = {"lines": ["reading"], "progress": [], "fail": True}
    execution_id = launch(shared_engine, "tests.report", parameters, retry_count=1)

    wait_until_ended(shared_engine, execution_id)

    logs = shared_engine.steps.get(execution_id, "only")["logs"]
    assert [(line["attempt"], line["level"], line["message"]) for line in logs] == [
        (1, "info", "reading"),
        (1, "error", "giving up"),
        (2, "info", "reading"),
        (2, "error", "giving up"),
    ]


def test_progress_is_shown_while_the_step_runs_and_gone_when_it_has_ended(
    shared_engine: WorkflowEngine, tmp_path: Path
) -> None:
    gate = tmp_path / "go"
    parameters = {"lines": [], "progress": [0, 0.25, 0.64], "wait_for": str(gate)}
    execution_id = launch(shared_engine, "tests.report", parameters)

    def shown() -> bool:
        step = step_of(shared_engine.get_workflow_status(execution_id), "only")
        expected: StepProgressView = {"fraction": 0.64, "message": "64% of the rows"}
        return step.get("progress") == expected

    eventually(shown)
    gate.touch()
    ended = wait_until_ended(shared_engine, execution_id)
    assert "progress" not in step_of(ended, "only")


def test_the_task_learns_of_the_cancellation_when_it_asks(
    shared_engine: WorkflowEngine, tmp_path: Path
) -> None:
    execution_id = launch(shared_engine, "tests.stop_when_cancelled", {"marks": str(tmp_path / "stopped")})
    wait_for_step(shared_engine, execution_id, "only", "running")

    shared_engine.cancel_workflow(execution_id)

    assert wait_until_ended(shared_engine, execution_id)["status"] == "cancelled"
    assert starts(tmp_path / "stopped") == 1


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        ([1.5], "progress(1.5): a number from 0 to 1 is expected"),
        ([-0.1], "progress(-0.1)"),
        ([True], "progress(True)"),
    ],
)
def test_the_step_fails_with_a_clear_error_when_its_progress_is_none(
    shared_engine: WorkflowEngine, progress: list[Any], words: str
) -> None:
    execution_id = launch(shared_engine, "tests.report", {"lines": [], "progress": progress})

    error = wait_until_ended(shared_engine, execution_id)["error"]

    assert error is not None
    assert error["type"] == "ValueError"
    assert words in error["message"]


def test_only_the_newest_lines_are_shown_and_the_others_counted_when_a_task_is_chatty(
    shared_engine: WorkflowEngine,
) -> None:
    execution_id = launch(shared_engine, "tests.chatter", {"lines": 1_500, "size": 10})

    wait_until_ended(shared_engine, execution_id)

    step = shared_engine.steps.get(execution_id, "only")
    assert len(step["logs"]) == 1_000
    assert step["logs_omitted"] == 500
    assert step["logs"][-1]["message"].startswith("1499 ")


def test_a_line_is_cut_when_it_is_long(shared_engine: WorkflowEngine) -> None:
    execution_id = launch(shared_engine, "tests.chatter", {"lines": 1, "size": 100_000})

    wait_until_ended(shared_engine, execution_id)

    (line,) = shared_engine.steps.get(execution_id, "only")["logs"]
    assert len(line["message"].encode()) <= 4_096
    assert line["message"].endswith("more bytes)")


def test_the_task_runs_on_when_it_knows_nothing_of_steps(shared_engine: WorkflowEngine) -> None:
    execution_id = launch(shared_engine, "echo", {"x": 1})

    assert wait_until_ended(shared_engine, execution_id)["result"] == {"only": {"input": {}, "x": 1}}


# -- which failures are tried again


@pytest.mark.parametrize(
    ("task_name", "rules", "attempts", "words"),
    [
        ("tests.raise_final", {}, 1, "The task raised FinalError, which is final."),
        ("tests.raise_error", {}, 3, None),
        ("tests.raise_error", {"retry_on": ["ValueError"]}, 3, None),
        ("tests.raise_error", {"retry_on": ["builtins.Exception"]}, 3, None),
        (
            "tests.raise_error",
            {"retry_on": ["OSError"]},
            1,
            "ValueError is not retried: retry_on names only OSError.",
        ),
        (
            "tests.raise_error",
            {"no_retry_on": ["ValueError"]},
            1,
            "ValueError is not retried because of no_retry_on.",
        ),
        ("tests.kill_itself", {"retry_on": ["OSError"]}, 3, None),
        ("tests.retry_itself", {"no_retry_on": ["Exception"]}, 3, None),
    ],
)
def test_the_rules_of_the_step_decide_when_its_task_raises(
    shared_engine: WorkflowEngine,
    tmp_path: Path,
    task_name: str,
    rules: dict[str, list[str]],
    attempts: int,
    words: str | None,
) -> None:
    marks: dict[str, Any] = {"marks": str(tmp_path / "marks")}
    if task_name == "tests.retry_itself":
        marks["times"] = 9
    execution_id = launch(shared_engine, task_name, marks, retry_count=2, **rules)

    execution = wait_until_ended(shared_engine, execution_id)

    step = step_of(execution, "only")
    assert execution["status"] == "failure"
    assert (step["attempt"], starts(tmp_path / "marks")) == (attempts, attempts)
    assert step["error"] is not None
    assert step["error"].get("final") == words


def test_an_example_is_not_tried_again_when_its_input_is_bad(shared_engine: WorkflowEngine) -> None:
    from celeriac.examples.tasks.preparation import validate_data

    shared_engine.register_workflow(
        "bad-input", single(validate_data.name, parameters={"validation_rules": "none"}, retry_count=3)
    )
    execution_id = shared_engine.execute_workflow("bad-input", {})

    step = step_of(wait_until_ended(shared_engine, execution_id), "only")

    assert step["attempt"] == 1
    assert step["error"] is not None
    assert step["error"]["type"] == "BadInput"
