"""A step is the Celery task itself: everything that Celery offers to authors of tasks works in a step, or is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from celeriac.engine.workflows.progress.views import ExecutionView, StepDetail
from celeriac.words.waiting import wait_words
from tests.support.executions import step_of, wait_for_step, wait_until_ended
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import step


@pytest.fixture(scope="module", autouse=True)
def worker(shared_settings: Settings) -> Iterator[Worker]:
    settings = replace(shared_settings, app="tests.support.celery_app:app")
    worker = Worker(
        settings,
        log_directory=shared_settings.data_dir.parent / "logs",
        options=("-Q", "default,routed", "-c", "2"),
    ).start()
    yield worker
    worker.stop()


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path / "notes"


def lines(notes: Path) -> list[str]:
    return notes.read_text().splitlines() if notes.exists() else []


def run(
    engine: WorkflowEngine, task: str, within: float = 30, **fields: Any
) -> tuple[ExecutionView, StepDetail]:
    workflow_id = task.replace(".", "-")
    engine.register_workflow(workflow_id, [step("only", task, **fields)])
    execution = wait_until_ended(engine, engine.execute_workflow(workflow_id, {}), within=within)
    return execution, engine.steps.get(execution["execution_id"], "only")


def test_hooks_and_signals_of_the_task_come_when_a_step_succeeds(
    shared_engine: WorkflowEngine, notes: Path
) -> None:
    _, detail = run(shared_engine, "app.hooked", parameters={"notes": str(notes)})

    assert detail["result"] == "done"
    kinds = [line for line in lines(notes) if not line.startswith("before_start")]
    assert kinds == [
        "signal task_prerun app.hooked",
        "on_success done",
        "signal task_success app.hooked",
        "after_return SUCCESS",
        "signal task_postrun app.hooked",
    ]


def test_one_failure_is_heard_of_when_a_step_is_tried_three_times(
    shared_engine: WorkflowEngine, notes: Path
) -> None:
    execution, _ = run(
        shared_engine, "app.hooked", parameters={"notes": str(notes), "failures": 3}, retry_count=2
    )

    heard = [line for line in lines(notes) if line.startswith(("on_", "signal task_r", "signal task_f"))]
    assert execution["status"] == "failure"
    assert heard == [
        "on_retry ValueError('failure 0')",
        "signal task_retry app.hooked",
        "on_retry ValueError('failure 1')",
        "signal task_retry app.hooked",
        "on_failure ValueError('failure 2')",
        "signal task_failure app.hooked",
    ]
    ids = {line.split()[1] for line in lines(notes) if line.startswith("before_start")}
    assert len(ids) == 1


@pytest.mark.parametrize(("failures", "status"), [(0, "success"), (1, "success"), (2, "failure")])
def test_the_outcome_of_the_body_counts_when_hooks_raise(
    shared_engine: WorkflowEngine, failures: int, status: str
) -> None:
    execution, detail = run(
        shared_engine, "app.raising_hooks", parameters={"failures": failures}, retry_count=1
    )

    assert execution["status"] == status
    assert len(detail["attempts"]) == min(failures, 1) + 1
    if status == "failure":
        assert detail["error"] is not None
        assert detail["error"]["message"] == "of the body"


def test_a_custom_call_of_the_base_class_is_made(shared_engine: WorkflowEngine, notes: Path) -> None:
    _, detail = run(shared_engine, "app.called", parameters={"notes": str(notes)})

    assert detail["result"] == "called"
    assert "called" in lines(notes)


def test_the_request_is_a_real_one(shared_engine: WorkflowEngine, worker: Worker) -> None:
    execution, detail = run(shared_engine, "app.request", parameters={"failures": 1})

    request: Any = detail["result"]
    assert len(request.pop("id")) == 36
    assert len(request.pop("correlation_id")) == 36
    assert request.pop("hostname").startswith(f"{worker.name}@")
    assert request == {
        "task": "app.request",
        "called_directly": False,
        "retries": 1,
        "root_id": execution["execution_id"],
        "is_eager": False,
        "delivery_info": True,
        "current": True,
    }


@pytest.mark.parametrize(
    ("task", "result", "attempts"),
    [
        ("app.until_third", 2, 3),
        ("app.pages", 2, 3),
        ("app.positional", [0, 1], 3),
        ("app.dated", "date", 2),
        ("app.asks_quietly", "went on", 1),
        ("app.moves", "here", 2),
    ],
)
def test_retry_starts_the_next_attempt_as_the_task_asks(
    shared_engine: WorkflowEngine, task: str, result: Any, attempts: int
) -> None:
    _, detail = run(shared_engine, task)

    assert detail["result"] == result
    assert len(detail["attempts"]) == attempts


def test_a_retry_with_arguments_that_are_no_json_fails_with_the_reason(shared_engine: WorkflowEngine) -> None:
    execution, detail = run(shared_engine, "app.unsendable")

    error = step_of(execution, "only")["error"]
    assert error is not None
    assert error["kind"] == "bad_arguments"
    assert "retry() are not JSON" in error["message"]
    assert len(detail["attempts"]) == 1


def delays(engine: WorkflowEngine, execution: ExecutionView) -> list[float]:
    events = engine.executions.events(execution["execution_id"])
    return [event["delay"] for event in events if event["event"] == "step_retrying"]


@pytest.mark.parametrize("naive", [False, True])
def test_an_eta_is_waited_for(shared_engine: WorkflowEngine, naive: bool) -> None:
    execution, _ = run(shared_engine, "app.later", parameters={"seconds": 3, "naive": naive})

    (delay,) = delays(shared_engine, execution)
    assert 2 < delay <= 3


def test_the_default_delay_is_waited_for_when_a_task_asks_without_a_countdown(
    shared_engine: WorkflowEngine,
) -> None:
    shared_engine.register_workflow("patient", [step("only", "app.patient")])
    execution_id = shared_engine.execute_workflow("patient", {})
    wait_for_step(shared_engine, execution_id, "only", "retrying")

    assert delays(shared_engine, shared_engine.executions.get(execution_id)) == [7]
    shared_engine.cancel_workflow(execution_id)


def test_backoff_of_the_task_grows_and_its_max_retries_end_it(shared_engine: WorkflowEngine) -> None:
    execution, _ = run(shared_engine, "app.backoff")

    assert execution["status"] == "failure"
    assert delays(shared_engine, execution) == [2, 4]
    assert step_of(execution, "only")["attempt_limit"] == 3


@pytest.mark.parametrize(
    ("which", "fields", "starts"),
    [
        ("listed", {"retry_count": 1}, 2),  # retry_count is used up first
        ("listed", {"retry_count": 50}, 6),  # max_retries is used up first
        ("listed", {}, 6),  # max_retries of the task
        ("unlisted", {"retry_count": 1}, 2),
        ("unlisted", {"retry_count": 1, "retry_on": ["OSError"]}, 1),
        ("final", {"retry_count": 3}, 1),
    ],
)
def test_autoretry_and_the_step_share_a_budget(
    shared_engine: WorkflowEngine, notes: Path, which: str, fields: dict[str, Any], starts: int
) -> None:
    execution, _ = run(
        shared_engine, "app.autoretry", parameters={"which": which, "notes": str(notes)}, **fields
    )

    assert execution["status"] == "failure"
    assert lines(notes).count(which) == starts


def test_the_cause_is_the_failure_when_max_retries_are_used_up(
    shared_engine: WorkflowEngine, notes: Path
) -> None:
    execution, _ = run(shared_engine, "app.gives_up", parameters={"notes": str(notes)}, retry_count=9)

    error = step_of(execution, "only")["error"]
    assert error is not None
    assert (error["type"], error["message"]) == ("ConnectionError", "no route")
    assert error["final"] == "The max_retries of the task are used up."
    assert lines(notes).count("start") == 2


def test_an_expected_exception_is_quiet_in_the_log_and_still_a_failure(
    shared_engine: WorkflowEngine, worker: Worker
) -> None:
    execution, _ = run(shared_engine, "app.expected")

    assert execution["status"] == "failure"
    eventually(lambda: "raised expected: KeyError('as expected')" in worker.log())


@pytest.mark.parametrize(
    ("task", "parameters", "starts", "kind"),
    [
        ("app.ignored", {}, 1, "no_result"),
        ("app.rejected", {"requeue": False}, 1, "no_result"),
        ("app.rejected", {"requeue": True}, 2, "error"),
    ],
)
def test_a_task_that_gives_no_result_fails(
    shared_engine: WorkflowEngine, notes: Path, task: str, parameters: dict[str, Any], starts: int, kind: str
) -> None:
    execution, _ = run(shared_engine, task, parameters={"notes": str(notes), **parameters}, retry_count=1)

    error = step_of(execution, "only")["error"]
    assert error is not None
    assert error["kind"] == kind
    assert lines(notes).count("start") == starts


def test_a_task_that_replaces_itself_has_the_result_of_the_other(
    shared_engine: WorkflowEngine, notes: Path
) -> None:
    _, detail = run(shared_engine, "app.replaced", parameters={"notes": str(notes)})

    assert detail["result"] == "done"
    assert len(detail["attempts"]) == 1
    assert lines(notes).count("on_success done") == 1


def test_a_task_cannot_be_replaced_by_a_canvas(shared_engine: WorkflowEngine) -> None:
    execution, detail = run(shared_engine, "app.replaced_by_group")

    error = step_of(execution, "only")["error"]
    assert error is not None
    assert error["message"] == "a step cannot be replaced by a chord: make its tasks steps of the workflow"
    assert len(detail["attempts"]) == 1


@pytest.mark.parametrize("stubborn", [False, True])
def test_limits_of_the_task_hold_when_the_step_names_none(
    shared_engine: WorkflowEngine, notes: Path, stubborn: bool
) -> None:
    parameters = {"notes": str(notes), "stubborn": stubborn}

    execution, _ = run(shared_engine, "app.limited", parameters=parameters, retry_count=0)

    error = step_of(execution, "only")["error"]
    assert error is not None
    assert (error["kind"], error["type"]) == ("timeout", "TimeLimitExceeded")
    assert lines(notes)[-1] != "unlimited"
    assert "soft limit" in lines(notes)


def test_the_timeout_of_the_step_holds_when_it_names_one(shared_engine: WorkflowEngine, notes: Path) -> None:
    shared_engine.register_workflow(
        "limited", [step("only", "app.limited", timeout=600, parameters={"notes": str(notes)})]
    )

    (only,) = shared_engine.registered["limited"].steps
    assert (only.timeout, only.soft_limit) == (600, None)


def test_the_rate_limit_of_the_task_holds_for_its_steps_and_is_the_reason_for_waiting(
    shared_engine: WorkflowEngine,
) -> None:
    shared_engine.register_workflow("throttled", [step(f"s{n}", "app.throttled") for n in range(5)])
    shared_engine.register_workflow("free", [step("only", "app.values")])

    execution_id = shared_engine.execute_workflow("throttled", {})

    def limited() -> bool:
        steps = shared_engine.executions.get(execution_id)["steps"]
        waiting = [each["name"] for each in steps if each["status"] == "queued"]
        places = shared_engine.executions.queue_positions(execution_id, waiting)
        words = [
            wait_words({"reason": "queue", "queue": "default", "place": place}) for place in places.values()
        ]
        return any(each and "at most 2 times a second" in f"{each.before}{each.after}" for each in words)

    eventually(limited)
    wait_until_ended(shared_engine, execution_id)
    times = sorted(float(str(shared_engine.steps.get(execution_id, f"s{n}")["result"])) for n in range(5))
    assert times[-1] - times[0] >= 1.0


def test_values_come_from_where_they_are_set(shared_engine: WorkflowEngine) -> None:
    tasks = ["app.pages", "app.limited", "app.routed", "app.annotated", "app.until_third"]
    shared_engine.register_workflow("values", [step(task.partition(".")[2], task) for task in tasks])
    execution_id = shared_engine.execute_workflow("values", {})
    shared_engine.cancel_workflow(execution_id)

    steps = {each["name"]: each for each in shared_engine.workflows.get("values")["steps"]}
    assert (steps["pages"]["retry_count"], steps["pages"]["origins"]["retry_count"]) == (3, "task")
    assert (steps["limited"]["timeout"], steps["limited"]["origins"]["timeout"]) == (1, "task")
    assert (steps["routed"]["queue"], steps["routed"]["origins"]["queue"]) == ("routed", "app")
    assert (steps["annotated"]["retry_count"], steps["annotated"]["origins"]["retry_count"]) == (4, "task")
    assert set(steps["until_third"]["origins"].values()) == {"default"}
    wait_until_ended(shared_engine, execution_id)


def test_the_state_of_a_task_is_the_progress_of_its_step(
    shared_engine: WorkflowEngine, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    shared_engine.register_workflow("states", [step("only", "app.states", parameters={"gate": str(gate)})])
    execution_id = shared_engine.execute_workflow("states", {})

    def reported() -> Any:
        return step_of(shared_engine.executions.get(execution_id), "only").get("progress")

    progress = eventually(reported)
    gate.touch()
    wait_until_ended(shared_engine, execution_id)
    assert (progress["fraction"], progress["message"]) == (0.75, "three quarters")


def test_an_abortable_task_is_aborted_when_its_execution_is_cancelled(
    shared_engine: WorkflowEngine, notes: Path
) -> None:
    shared_engine.register_workflow(
        "abortable", [step("only", "app.abortable", parameters={"notes": str(notes)})]
    )
    execution_id = shared_engine.execute_workflow("abortable", {})
    eventually(lambda: "start" in lines(notes))

    shared_engine.cancel_workflow(execution_id)

    assert wait_until_ended(shared_engine, execution_id)["status"] in ("cancelled", "success")
    eventually(lambda: "aborted" in lines(notes))


def test_values_reach_the_next_step_as_celery_would_give_them(shared_engine: WorkflowEngine) -> None:
    shared_engine.register_workflow(
        "values-on", [step("values", "app.values"), step("types", "app.types", after="values")]
    )

    execution_id = shared_engine.execute_workflow("values-on", {})

    wait_until_ended(shared_engine, execution_id)
    assert shared_engine.steps.get(execution_id, "types")["result"] == {
        "moment": "datetime",
        "day": "date",
        "id": "UUID",
        "price": "Decimal",
        "raw": "bytes",
        "pair": "list",
        "1": "str",
    }


def test_tasks_that_a_step_applies_do_not_end_it(shared_engine: WorkflowEngine, notes: Path) -> None:
    _, detail = run(shared_engine, "app.applies", parameters={"notes": str(notes)})

    assert detail["result"] == "done FAILURE"


def test_a_step_ends_when_its_task_stops_its_own_process(shared_engine: WorkflowEngine, notes: Path) -> None:
    execution, detail = run(
        shared_engine, "app.terminates_itself", 60, parameters={"notes": str(notes)}, retry_count=2
    )

    kinds = {(attempt["error"] or {})["kind"] for attempt in detail["attempts"]}
    assert execution["status"] == "failure"
    assert kinds == {"lost"}
    assert lines(notes).count("start") == 3
