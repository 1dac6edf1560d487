"""The patterns of examples/patterns on a worker that was started as their README says, launched through the JSON API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from celeriac.engine.workflows.progress.views import ExecutionView
from celeriac.web.app import create_app
from tests.conftest import make_settings, opened_engine
from tests.integration.web.conftest import live_without_news
from tests.support.asgi import AsgiClient
from tests.support.executions import wait_until_ended
from tests.support.servers import StoreServer
from tests.support.workers import Worker


@dataclass(frozen=True)
class Patterns:
    """One engine on the worker's store, and the API in front of it."""

    engine: WorkflowEngine
    api: AsgiClient

    def launch(self, workflow_id: str, input: dict[str, Any]) -> ExecutionView:
        """The execution as the API shows it after its end."""
        answer = self.api.post(f"/api/v1/workflows/{workflow_id}/executions", json={"input": input})
        assert answer.status_code == 201, answer.text
        return self.ended(answer.json()["execution_id"])

    def ended(self, execution_id: str) -> ExecutionView:
        wait_until_ended(self.engine, execution_id)
        return cast(ExecutionView, self.api.get(f"/api/v1/executions/{execution_id}").json())

    def retry(self, execution: ExecutionView) -> list[str]:
        """Takes the execution up again; answers the names of the steps that run again."""
        answer = self.api.post(f"/api/v1/executions/{execution['execution_id']}/retry")
        assert answer.status_code == 202, answer.text
        return list(answer.json()["steps"])

    def result(self, execution: ExecutionView, step_name: str) -> Any:
        address = f"/api/v1/executions/{execution['execution_id']}/steps/{step_name}"
        return self.api.get(address).json()["result"]


@pytest.fixture(scope="package")
def shared_settings(store_server: StoreServer, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    data_dir = tmp_path_factory.mktemp("patterns") / "data"
    return make_settings(store_server, data_dir, workflows=("examples.patterns",))


@pytest.fixture(scope="package")
def patterns(shared_settings: Settings) -> Iterator[Patterns]:
    worker = Worker(shared_settings, log_directory=shared_settings.data_dir.parent / "logs").start()
    with opened_engine(shared_settings) as engine:
        yield Patterns(engine, AsgiClient(create_app(engine, shared_settings), around=live_without_news))
    worker.stop()
