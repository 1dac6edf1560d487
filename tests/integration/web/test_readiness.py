"""/healthz and /readyz, and what everything else says while the store is away."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.web.app import create_app
from tests.integration.web.conftest import ApiClient
from tests.support.asgi import AsgiClient
from tests.support.processes import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celeriac.engine.settings import Settings


@pytest.fixture
def cut_off(settings: Settings) -> Iterator[AsgiClient]:
    """A client of an application whose store does not answer."""
    elsewhere = dataclasses.replace(settings, redis_url=f"redis://user:secret@127.0.0.1:{free_port()}/0")
    engine = WorkflowEngine(elsewhere)
    yield AsgiClient(create_app(engine, elsewhere))
    engine.close()


def test_ready_when_the_workflows_are_published(client: ApiClient) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert answer.json()["workflows"] >= 3


def test_not_ready_when_no_workflow_is_published(engine: WorkflowEngine, settings: Settings) -> None:
    answer = AsgiClient(create_app(engine, settings)).get("/readyz", headers={"accept": "application/json"})

    assert (answer.status_code, answer.json()["detail"]) == (503, "No workflow is published yet.")


def test_alive_but_not_ready_when_the_store_is_away(cut_off: AsgiClient) -> None:
    assert cut_off.get("/healthz").json() == {"status": "ok"}
    assert cut_off.get("/readyz").status_code == 503


@pytest.mark.parametrize("path", ["/api/v1/workflows", "/api/v1/executions", "/api/v1/executions/x-1"])
def test_calls_say_which_store_is_away_without_its_password(cut_off: AsgiClient, path: str) -> None:
    answer = cut_off.get(path)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["type"] == "urn:celeriac:problem:store-unavailable"
    assert "127.0.0.1" in answer.json()["detail"]
    assert "secret" not in answer.text


def test_page_says_that_nothing_is_lost_when_the_store_is_away(cut_off: AsgiClient) -> None:
    answer = cut_off.get("/executions", headers={"accept": "text/html"})

    assert answer.status_code == 503
    assert "Nothing is lost" in answer.text
    assert "secret" not in answer.text
