"""What a page costs the store: one read of its execution, and nothing that it does not show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import redis

from celeriac.engine.errors import ExecutionNotFound
from tests.support.playing import hold, play, release
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
        for entry in monitor.listen():
            name, *arguments = entry["command"].split(" ")
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


def test_what_was_read_is_brought_up_to_date_when_steps_have_ended_since(
    engine: WorkflowEngine, client: ApiClient
) -> None:
    steps = [step("load", map_over="input.files"), step("other")]
    engine.register_workflow("mapped", steps)
    engine.publish_workflows()
    execution_id = engine.execute_workflow("mapped", {"files": ["a", "b"]})
    queued = engine.executions.look(execution_id, latest=1).read
    hold(engine, execution_id)
    running = engine.executions.look(execution_id, latest=1).read
    release(engine, execution_id)

    for read in (queued, running):
        other = engine.steps.get(execution_id, "other", read=read)
        items = engine.steps.items(execution_id, "load", read=read)["items"]
        assert (other["status"], [each["status"] for each in other["attempts"]]) == ("success", ["success"])
        assert engine.steps.get(execution_id, "load", item=1, read=read)["status"] == "success"
        assert [item["status"] for item in items] == ["success", "success"]
        assert engine.executions.queue_positions(execution_id, ["other"], read=read) == {}


def test_it_is_not_found_when_an_execution_was_deleted_since_it_was_read(engine: WorkflowEngine) -> None:
    engine.register_workflow("one", [step("only")])
    execution_id = engine.execute_workflow("one", {})
    play(engine, execution_id)
    read = engine.executions.look(execution_id, latest=1).read
    engine.executions.delete(execution_id)

    with pytest.raises(ExecutionNotFound):
        engine.steps.get(execution_id, "only", read=read)
