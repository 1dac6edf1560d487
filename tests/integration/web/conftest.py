"""The real application over the real engine on a real store; no worker, so what is launched stays where it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette

from celeriac.web.app import create_app
from celeriac.web.execution.hub import execution_hub
from celeriac.web.streaming.live import live
from tests.support.asgi import AsgiClient
from tests.support.executions import wait_for_step, wait_until_ended
from tests.support.streams import launch
from tests.support.workers import Worker
from tests.support.workflows import step

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine
    from celeriac.engine.settings import Settings

EXECUTIONS = "/api/v1/executions"


class SilentFeed:
    """Listens to nothing: these requests end before there could be news."""

    def watch(self, execution_id: str, listener: Any) -> AbstractContextManager[None]:
        return nullcontext()

    def watch_summaries(self, listener: Any) -> AbstractContextManager[None]:
        return nullcontext()


@asynccontextmanager
async def live_without_news(app: Starlette) -> AsyncIterator[None]:
    feed = SilentFeed()
    async with live(app, feed), execution_hub(app, feed):
        yield


class ApiClient(AsgiClient):
    """With the calls that most tests need first."""

    def launch(self, workflow_id: str = "parallel_processing", **body: Any) -> str:
        answer = self.post(f"/api/v1/workflows/{workflow_id}/executions", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["execution_id"])

    def launch_ended(self, workflow_id: str = "parallel_processing", **body: Any) -> str:
        """Ends at once: nothing of it runs, so a cancellation has nothing to wait for."""
        execution_id = self.launch(workflow_id, **body)
        answer = self.post(f"{EXECUTIONS}/{execution_id}/cancellation")
        assert answer.status_code == 202, answer.text
        return execution_id


@pytest.fixture
def client(engine: WorkflowEngine, settings: Settings) -> ApiClient:
    engine.load_workflows()
    engine.publish_workflows()
    return ApiClient(create_app(engine, settings), around=live_without_news)


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A file that the steps of `held` wait for."""
    return tmp_path / "go"


@pytest.fixture
def held(shared_engine: WorkflowEngine, shared_worker: Worker, gate: Path) -> Iterator[str]:
    """An execution whose first step runs until `gate` exists."""
    waiting = step("first", "tests.wait_for_file", parameters={"path": str(gate)})
    execution_id = launch(shared_engine, "held", [waiting, step("second", after="first")])
    wait_for_step(shared_engine, execution_id, "first", "running")
    yield execution_id
    gate.touch()
    wait_until_ended(shared_engine, execution_id)
