"""Steps run on an application of the user's own, `CELERIAC_APP`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from tests.conftest import opened_engine
from tests.support.executions import wait_until_ended
from tests.support.workers import Worker
from tests.support.workflows import step


def test_messages_are_plain_json_when_the_application_packs_its_own_in_another_way(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, "tests.support.own_app", raising=False)
    with opened_engine(replace(settings, app="tests.support.own_app:app")) as engine:
        engine.register_workflow("own", [step("only", "own.double", parameters={"number": 21})])
        execution_id = engine.execute_workflow("own", {})
        with engine.app.connection_for_read() as connection:
            message = connection.default_channel.basic_get("default")
        engine.cancel_workflow(execution_id)

    assert message is not None
    assert message.content_type == "application/json"
    assert message.decode()[0] == [execution_id, "0", 1]


def test_a_task_of_the_application_is_a_step_when_a_worker_runs_on_it(
    engine: WorkflowEngine, settings: Settings, start_worker: Callable[..., Worker]
) -> None:
    engine.register_workflow("own", [step("only", "own.double", parameters={"number": 21})])
    start_worker(settings=replace(settings, app="tests.support.own_app:app"))

    execution = wait_until_ended(engine, engine.execute_workflow("own", {}))

    assert execution["result"] == {"only": 42}
