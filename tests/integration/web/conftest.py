"""The real application over the real engine on a real store; no worker, so what is launched stays where it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette

from celeriac.web.app import create_app
from celeriac.web.execution.hub import execution_hub
from celeriac.web.streaming.limits import StreamLimits
from celeriac.web.streaming.live import Live
from tests.support.asgi import AsgiClient

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
    app.state.live = Live(feed, StreamLimits())
    async with execution_hub(app, feed):
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
