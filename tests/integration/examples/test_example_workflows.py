"""The three example workflows on a real store and a real worker."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import InputDoesNotFit
from celeriac.engine.settings import Settings
from tests.support.executions import wait_until_ended
from tests.support.workers import Worker


@pytest.mark.parametrize(
    ("workflow_id", "results"),
    [
        ("data_processing", ["send_notification"]),
        ("conditional_processing", ["quick_analysis"]),
        ("parallel_processing", ["generate_dashboard", "send_alerts"]),
    ],
)
@pytest.mark.parametrize("with_example_input", [True, False])
def test_an_example_succeeds_when_it_is_launched(
    shared_engine: WorkflowEngine,
    shared_worker: Worker,
    workflow_id: str,
    results: list[str],
    with_example_input: bool,
) -> None:
    given: dict[str, Any] = (
        shared_engine.workflows.get(workflow_id)["example_input"] if with_example_input else {}
    )

    execution = wait_until_ended(shared_engine, shared_engine.execute_workflow(workflow_id, given))

    assert execution["status"] == "success", execution["error"]
    assert execution["progress"]["percentage"] == 100
    assert sorted(execution["result"] or {}) == results


@pytest.mark.parametrize(
    ("data_size", "ends"),
    [
        (2_000_000, {"detailed_analysis": "success", "quick_analysis": "skipped"}),
        (52_000, {"detailed_analysis": "skipped", "quick_analysis": "success"}),
        (500, {"detailed_analysis": "skipped", "quick_analysis": "skipped"}),
    ],
)
def test_one_analysis_at_most_runs_when_the_size_of_the_data_decides(
    shared_engine: WorkflowEngine, shared_worker: Worker, data_size: int, ends: dict[str, str]
) -> None:
    execution_id = shared_engine.execute_workflow("conditional_processing", {"data_size": data_size})

    execution = wait_until_ended(shared_engine, execution_id)

    steps = {step["name"]: step for step in execution["steps"]}
    assert (execution["status"], execution["progress"]["percentage"]) == ("success", 100)
    assert {name: steps[name]["status"] for name in ends} == ends
    if data_size == 52_000:
        assert steps["detailed_analysis"]["reason"] == "data_size > 1000000 was false: 52,000"


def test_the_files_lie_below_the_data_directory_when_an_example_has_written_them(
    shared_engine: WorkflowEngine, shared_worker: Worker, shared_settings: Settings
) -> None:
    execution_id = shared_engine.execute_workflow("data_processing", {})
    execution = wait_until_ended(shared_engine, execution_id)

    report = shared_engine.steps.get(execution_id, "generate_report")["result"]["file"]
    message = (execution["result"] or {})["send_notification"]["message"]
    assert (shared_settings.data_dir / "work" / report).read_bytes().startswith(b"%PDF-")
    assert (shared_settings.data_dir / "work" / "outbox" / message).is_file()


def test_nothing_is_launched_when_the_input_does_not_fit(shared_engine: WorkflowEngine) -> None:
    before = shared_engine.executions.count()["all"]

    with pytest.raises(InputDoesNotFit, match='data_size: "large" is not a number'):
        shared_engine.execute_workflow("conditional_processing", {"data_size": "large"})

    assert shared_engine.executions.count()["all"] == before
