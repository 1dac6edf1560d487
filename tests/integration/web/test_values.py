"""Inputs and results: as trees in pages of bounded size, and as files that hold exactly what is stored."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.playing import hold, play, release
from tests.support.workflows import step

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine
    from tests.integration.web.conftest import ApiClient

#: Members whose order, numbers and characters a careless reader would change.
ODD = (
    b'{"z":1'
    + b"0" * 40
    + b',"a":-0.0,"m":1e-07,"b":1e+22,"text":"\xe6\x97\xa5 <b>\\u0000\\"","z2":[1.0,[]]}'
)


def launch(client: ApiClient, engine: WorkflowEngine, *steps: Any, text: bytes = b"{}") -> str:
    engine.register_workflow("values", steps)
    engine.publish_workflows()
    answer = client.post(
        "/api/v1/workflows/values/executions",
        content=b'{"input":' + text + b"}",
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["execution_id"])


def words(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def test_files_are_the_stored_bytes_when_numbers_are_large_and_keys_in_an_order(
    client: ApiClient, engine: WorkflowEngine
) -> None:
    steps = step("load", parameters={"limit": 10**30}), step("each", after="load", map_over="load.list")
    execution_id = launch(client, engine, *steps, text=ODD)
    play(engine, execution_id, {"load": {"list": [10**25, 2.0], "b": 1, "a": 0}, "each": lambda item: item})
    url = f"/executions/{execution_id}"

    files = {
        name: client.get(f"{url}/{name}.json")
        for name in (
            *("input", "result", "steps/load/inputs", "steps/load/result", "steps/each/inputs"),
            *("steps/each/result", "steps/each/items/0/inputs", "steps/each/items/1/result"),
        )
    }

    load = b'{"list": [10000000000000000000000000, 2.0], "b": 1, "a": 0}'
    assert {name: answer.content for name, answer in files.items()} == {
        "input": ODD,
        "result": b'{"each":[0,1]}',
        "steps/load/inputs": b'{"input":' + ODD + b',"limit":1' + b"0" * 30 + b"}",
        "steps/load/result": load,
        "steps/each/inputs": b'{"input":' + ODD + b',"load":' + load + b"}",
        "steps/each/result": b"[0,1]",
        "steps/each/items/0/inputs": b'{"item":10000000000000000000000000,"input":' + ODD + b"}",
        "steps/each/items/1/result": b"1",
    }
    answer = files["steps/each/items/0/inputs"]
    assert answer.headers["content-type"] == "application/json"
    disposition = f'attachment; filename="{execution_id}.each.0.inputs.json"'
    assert answer.headers["content-disposition"] == disposition


def test_there_is_no_file_when_there_is_no_result_yet(client: ApiClient, engine: WorkflowEngine) -> None:
    execution_id = launch(client, engine, step("load"), step("after", after="load"))
    url = f"/executions/{execution_id}"
    hold(engine, execution_id)

    for path in ("result.json", "steps/load/result.json", "steps/after/result.json"):
        answer = client.get(f"{url}/{path}", headers={"accept": "text/html"})
        assert answer.status_code == 404, path
        assert "There is no result" in answer.text
    assert client.get(f"{url}/steps/after/inputs.json").content == b'{"input":{}}'
    assert client.get(f"{url}/steps/load/items/0/result.json").status_code == 404
    assert client.get(f"{url}/steps/other/inputs.json").status_code == 404
    release(engine, execution_id)
    assert client.get(f"{url}/result.json").content == b'{"after":null}'


def test_pages_show_values_as_they_are_stored(client: ApiClient, engine: WorkflowEngine) -> None:
    execution_id = launch(client, engine, step("load"), text=ODD)
    play(engine, execution_id, {"load": {"big": 10**40, "tiny": 1e-07}})

    shown = words(client.get(f"/executions/{execution_id}").text)
    of_step = words(client.get(f"/executions/{execution_id}/steps/load").text)

    assert f'z 1{"0" * 40} a -0.0 m 1e-07 b 1e+22 text "日 <b>\\u0000\\"" z2 2 entries 0 1.0 1 []' in shown
    assert f'load {{"big": 1{"0" * 40}, "tiny": 1e-07}}' in shown
    assert f"big 1{'0' * 40} tiny 1e-07" in of_step


@pytest.mark.parametrize("path", ["", "/steps/load", "/steps/after"])
def test_page_stays_small_when_values_are_large(client: ApiClient, engine: WorkflowEngine, path: str) -> None:
    rows = [{"id": n, "name": "n" * 20, "tags": ["<&>"] * 3, "more": {"a": [n]}} for n in range(2_600)]
    execution_id = launch(client, engine, step("load"), step("after", after="load"))
    play(engine, execution_id, {"load": {"rows": rows}, "after": {"rows": rows}})
    assert len(client.get(f"/executions/{execution_id}/steps/load/result.json").content) > 200_000

    page = client.get(f"/executions/{execution_id}{path}")

    assert len(page.content) < 60_000
    assert "in the download" in page.text
