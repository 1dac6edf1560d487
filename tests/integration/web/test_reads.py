"""What a page costs the store: one read of its execution, and nothing that it does not show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import redis

from tests.support.playing import play
from tests.support.workflows import layered, step

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine
    from tests.integration.web.conftest import ApiClient


@contextmanager
def watched(url: str) -> Iterator[Counter[tuple[str, str]]]:
    """Counts the commands that the store gets within the block, by name and key."""
    seen: Counter[tuple[str, str]] = Counter()
    client = redis.Redis.from_url(url)
    with client.monitor() as monitor:
        yield seen
        client.echo("watched")
        for told in monitor.listen():
            name, *arguments = told["command"].split(" ")
            if name.upper() == "ECHO":
                break
            seen[name.upper(), arguments[0] if arguments else ""] += 1
    client.close()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "?view=timeline",
        "?view=log",
        "/steps/load",
        "/steps/load/items/1",
        "/steps/after",
        "/steps/after?view=timeline",
    ],
)
def test_an_execution_is_read_once_for_a_page(
    client: ApiClient, engine: WorkflowEngine, store_url: str, address: str
) -> None:
    steps = [step("load", map_over="input.files"), step("after", after="load")]
    engine.register_workflow("mapped", steps)
    engine.publish_workflows()
    execution_id = engine.execute_workflow("mapped", {"files": ["a", "b"]})
    play(engine, execution_id)
    client.get(f"/executions/{execution_id}{address}")

    with watched(store_url) as seen:
        assert client.get(f"/executions/{execution_id}{address}").status_code == 200

    assert seen["HGETALL", engine.store.keys.execution(execution_id)] == 1


def test_no_definition_is_read_for_a_list(client: ApiClient, engine: WorkflowEngine, store_url: str) -> None:
    engine.register_workflow("large", layered(8, 6))
    engine.publish_workflows()

    for address in ("/", "/executions", "/api/v1/executions"):
        with watched(store_url) as seen:
            assert client.get(address).status_code == 200
        assert not [key for _, key in seen if key.startswith(engine.store.keys.definition("large", ""))], (
            address
        )
