"""The pages on which workflows are written, compared and deleted, without JavaScript. One worker is announced, none executes."""

from __future__ import annotations

import html
import json
from typing import Any

import httpx
import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import StoreUnavailable
from tests.integration.web.conftest import ApiClient
from tests.integration.web.test_escaping import CORPUS, foreign_parts
from tests.support.announcements import announce, retire

NEW, PAGE = "/workflows/new", "/workflows/written"
ONE = {"description": "One step", "steps": [{"name": "only_step", "task_name": "noop"}]}
TWO = {"steps": [{"name": "a", "task_name": "noop"}, {"name": "b", "task_name": "echo", "depends_on": ["a"]}]}


@pytest.fixture(autouse=True)
def _announced(engine: WorkflowEngine, client: ApiClient) -> None:
    announce(engine)


def put(client: ApiClient, body: dict[str, Any], workflow_id: str = "written") -> str:
    answer = client.put(f"/api/v1/workflows/{workflow_id}", json=body)
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["version"])


def form(definition: dict[str, Any] | str, **fields: str) -> dict[str, str]:
    text = definition if isinstance(definition, str) else json.dumps(definition)
    return {"definition": text, "base": "", **fields}


def typed(answer: httpx.Response) -> str:
    """What the text area holds."""
    area = answer.text.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]
    return html.unescape(area).removeprefix("\n")


def mistakes(answer: httpx.Response) -> str:
    region = (
        answer.text.partition('<div id="mistakes"')[2]
        .partition("<hx-partial")[0]
        .partition('class="foot"')[0]
    )
    return html.unescape(region)


def test_a_workflow_is_saved_when_the_form_is_right(client: ApiClient) -> None:
    answer = client.post(NEW, data=form(ONE, workflow_id=" written "))

    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert client.get("/api/v1/workflows/written").json()["source"] == "api"


def test_the_form_starts_with_a_definition_that_can_be_saved(client: ApiClient) -> None:
    page = client.get(NEW)

    assert page.status_code == 200
    assert client.post(NEW, data=form(typed(page), workflow_id="written")).status_code == 303


def test_the_text_is_kept_and_each_mistake_is_placed_when_the_form_is_wrong(client: ApiClient) -> None:
    text = '{\n  "steps": [\n    {"name": "a", "task_name": "nop"},\n    {"name": "b", "task_name": "noop", "retries": 1}\n  ]\n}'

    answer = client.post(NEW, data=form(text, workflow_id="a b"))

    assert answer.status_code == 422
    assert typed(answer) == text
    assert "the workflow id 'a b' is not allowed" in mistakes(answer)
    assert 'data-line="3" data-column="32"' in mistakes(answer)
    assert "did you mean 'noop'?" in mistakes(answer)
    assert 'data-line="4" data-column="40"' in mistakes(answer)
    assert client.get("/api/v1/workflows/a").status_code == 404


@pytest.mark.parametrize("text", ["", "{", "[]", "nul", '{"steps": ', "{} {}", '{"steps": [], "steps": []}'])
def test_the_text_is_kept_when_it_is_half_typed(client: ApiClient, text: str) -> None:
    answer = client.post(NEW, data=form(text, workflow_id="written"))

    assert answer.status_code == 422
    assert typed(answer) == text
    assert "Line 1, column" in mistakes(answer)


def test_only_the_first_mistakes_are_shown_when_there_are_many(client: ApiClient) -> None:
    steps = [{"name": f"s{n}", "task_name": "nothing"} for n in range(30)]

    answer = client.post(NEW, data=form({"steps": steps}, workflow_id="written"))

    assert mistakes(answer).count('class="excerpt"') == 20
    assert "and 10 more" in mistakes(answer)


# -- while somebody types


def test_fragments_with_the_plan_are_answered_when_the_text_can_be_read(client: ApiClient) -> None:
    answer = client.post(f"{NEW}/validation", data=form(TWO, workflow_id="written"))

    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "Ready to save" in mistakes(answer)
    assert 'hx-target="#preview"' in answer.text
    assert "2 steps, 2 levels" in answer.text


def test_the_plan_is_drawn_when_only_the_task_is_unknown(client: ApiClient) -> None:
    steps = [{"name": "lonely", "task_name": "nothing"}]

    answer = client.post(f"{NEW}/validation", data=form({"steps": steps}))

    assert "Id</a>: give it one" in mistakes(answer)
    assert "no live worker has announced the task 'nothing'" in mistakes(answer)
    assert 'hx-target="#preview"' in answer.text
    assert "lonely" in answer.text


def test_the_last_plan_stays_when_the_text_cannot_be_read(client: ApiClient) -> None:
    answer = client.post(f"{NEW}/validation", data=form('{"steps": ['))

    assert answer.status_code == 200
    assert "Line 1, column" in mistakes(answer)
    assert 'hx-target="#preview"' not in answer.text
    assert "of the last text that could be read" in answer.text


def test_it_is_said_when_no_worker_is_alive(client: ApiClient, engine: WorkflowEngine) -> None:
    retire(engine)

    live = client.post(f"{NEW}/validation", data=form(ONE, workflow_id="written"))
    saved = client.post(NEW, data=form(ONE, workflow_id="written"))

    assert "start `celeriac worker`" in mistakes(live)
    assert saved.status_code == 422
    assert typed(saved) == json.dumps(ONE)


def test_the_page_is_shown_and_nothing_saved_when_it_is_only_checked(client: ApiClient) -> None:
    answer = client.post(NEW, data=form(ONE, workflow_id="written", check="1"))

    assert answer.status_code == 200
    assert "Ready to save" in mistakes(answer)
    assert "only_<wbr>step" in answer.text
    assert client.get(PAGE).status_code == 404


# -- editing


def test_the_current_definition_is_edited_when_the_workflow_is_the_apis(client: ApiClient) -> None:
    version = put(client, ONE)

    page = client.get(f"{PAGE}/edit")
    changed = client.post(f"{PAGE}/edit", data=form(TWO, base=version))

    assert json.loads(typed(page)) == ONE
    assert f'name="base" value="{version}"' in page.text
    assert (changed.status_code, changed.headers["location"]) == (303, PAGE)
    assert client.get("/api/v1/workflows/written").json()["step_count"] == 2


def test_an_earlier_version_is_edited_when_it_is_named(client: ApiClient) -> None:
    one = put(client, ONE)
    two = put(client, TWO)

    page = client.get(f"{PAGE}/edit?version={one}")

    assert json.loads(typed(page))["steps"] == ONE["steps"]
    assert f'name="base" value="{two}"' in page.text
    assert client.get(f"{PAGE}/edit?version=nonsense").status_code == 404


def test_a_workflow_of_code_can_only_be_copied(client: ApiClient) -> None:
    page = client.get("/workflows/data_processing/edit")
    refused = client.post("/workflows/data_processing/edit", data=form(ONE))
    named = client.post(NEW, data=form(ONE, workflow_id="data_processing"))
    copy = client.get("/workflows/new?from=data_processing")

    assert page.status_code == 409
    assert "/workflows/new?from=data_processing" in page.text
    for answer in (refused, named):
        assert answer.status_code == 422
        assert "is registered by code" in mistakes(answer)
        assert typed(answer) == json.dumps(ONE)
    assert {step["name"] for step in json.loads(typed(copy))["steps"]} >= {"validate_input"}


def test_the_text_is_kept_once_when_somebody_else_has_saved_meanwhile(client: ApiClient) -> None:
    base = put(client, ONE)
    current = put(client, {"steps": [{"name": "theirs", "task_name": "noop"}]})

    first = client.post(f"{PAGE}/edit", data=form(TWO, base=base))
    assert first.status_code == 409
    assert f"its version is {current}" in mistakes(first)
    assert f'name="base" value="{current}"' in first.text
    assert typed(first) == json.dumps(TWO)

    assert client.post(f"{PAGE}/edit", data=form(TWO, base=current)).status_code == 303


def test_the_workflow_that_is_there_is_not_replaced_unasked_when_a_new_one_has_its_id(
    client: ApiClient,
) -> None:
    version = put(client, ONE)

    first = client.post(NEW, data=form(TWO, workflow_id="written"))

    assert first.status_code == 409
    assert "already exists" in mistakes(first)
    assert 'action="/workflows/written/edit"' in first.text
    assert client.get("/api/v1/workflows/written").json()["version"] == version


def test_the_text_is_kept_when_the_workflow_was_deleted_meanwhile(client: ApiClient) -> None:
    base = put(client, ONE)
    client.delete("/api/v1/workflows/written")

    first = client.post(f"{PAGE}/edit", data=form(TWO, base=base))

    assert first.status_code == 409
    assert "was deleted in the meantime" in mistakes(first)
    assert typed(first) == json.dumps(TWO)
    assert 'action="/workflows/new"' in first.text
    assert 'value="written"' in first.text
    assert client.post(NEW, data=form(TWO, workflow_id="written")).status_code == 303


def test_the_text_is_kept_when_the_store_is_away(
    client: ApiClient, engine: WorkflowEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> str:
        raise StoreUnavailable(url="redis://x", reason="gone")

    monkeypatch.setattr(engine.store.definitions, "publish_definition", away)

    answer = client.post(NEW, data=form(ONE, workflow_id="written"))

    assert answer.status_code == 503
    assert "cannot be reached" in mistakes(answer)
    assert "what you typed is kept" in mistakes(answer)
    assert typed(answer) == json.dumps(ONE)


# -- deleting


def test_a_workflow_is_deleted_when_that_is_confirmed(client: ApiClient) -> None:
    put(client, ONE)
    client.launch("written")

    asked = client.get(f"{PAGE}/deletion")
    assert "1 active execution goes on to its end." in asked.text
    assert client.get(PAGE).status_code == 200

    assert client.post(f"{PAGE}/deletion").headers["location"] == "/workflows"
    assert client.get("/api/v1/workflows/written").status_code == 404
    assert client.post(f"{PAGE}/deletion").status_code == 404


def test_what_is_left_can_be_found_when_a_workflow_was_deleted(client: ApiClient) -> None:
    put(client, ONE)
    execution_id = client.launch("written")
    client.delete("/api/v1/workflows/written")

    page = client.get(PAGE)

    assert (page.status_code, page.headers["location"]) == (303, f"{PAGE}/versions")
    for path in ("/", "/executions", "/executions?workflow_id=written"):
        assert execution_id in client.get(path).text, path
    assert client.get(f"/executions/{execution_id}").status_code == 200
    assert client.get(f"/workflows/written/launch?from={execution_id}").status_code == 404


def test_a_workflow_of_code_is_not_deleted(client: ApiClient) -> None:
    asked = client.get("/workflows/data_processing/deletion")

    assert '<button class="button final"' not in asked.text
    assert client.post("/workflows/data_processing/deletion").status_code == 409
    assert client.get("/workflows/data_processing").status_code == 200


# -- versions


def test_the_two_newest_versions_are_compared_when_none_are_named(client: ApiClient) -> None:
    one, two = put(client, ONE), put(client, TWO)

    page = client.get(f"{PAGE}/versions")

    assert f"from {one} to {two}" in page.text
    for name, change in (("a", "added"), ("only_<wbr>step", "removed")):
        assert f'data-change="{change}"><h3>{name}' in page.text


def test_the_named_versions_are_compared_when_the_address_says_so(client: ApiClient) -> None:
    one, two, _ = put(client, ONE), put(client, TWO), put(client, {**TWO, "priority": "low"})

    page = client.get(f"{PAGE}/versions", params={"from": two, "to": one})
    same = client.get(f"{PAGE}/versions", params={"from": two, "to": two})

    assert f"from {two} to {one}" in page.text
    assert 'data-change="added"><h3>only_<wbr>step' in page.text
    assert "None: it is the same version." in same.text
    assert client.get(f"{PAGE}/versions", params={"from": "0" * 12}).status_code == 404


def test_there_is_nothing_to_compare_when_there_is_one_version(client: ApiClient) -> None:
    put(client, ONE)

    page = client.get(f"{PAGE}/versions")

    assert page.status_code == 200
    assert "Compare" not in page.text


def test_versions_can_be_copied_when_the_workflow_was_deleted(client: ApiClient) -> None:
    version = put(client, ONE)
    client.delete("/api/v1/workflows/written")

    page = client.get(f"{PAGE}/versions")
    copy = client.get(f"/workflows/new?from=written&version={version}")

    assert "This workflow was deleted." in page.text
    assert "/edit" not in page.text.partition("<main")[2]
    assert json.loads(typed(copy)) == ONE


def test_every_page_leads_to_the_others_when_the_workflow_is_the_apis(client: ApiClient) -> None:
    put(client, ONE)

    own, code = client.get(PAGE).text, client.get("/workflows/data_processing").text

    for address in ("/edit", "/deletion", "/versions"):
        assert f'href="{PAGE}{address}"' in own
    assert 'href="/workflows/data_processing/versions"' in code
    assert 'href="/workflows/new?from=data_processing"' in code
    assert "/workflows/data_processing/edit" not in code
    assert 'href="/workflows/new"' in client.get("/workflows").text


# -- escaping


@pytest.mark.parametrize("text", CORPUS)
def test_text_stays_text_when_it_is_part_of_a_definition(client: ApiClient, text: str) -> None:
    step = {"name": "a", "task_name": "noop", "parameters": {text: text}}
    put(client, {"description": text, "steps": [step]})
    put(
        client,
        {"description": text, "steps": [{**step, "parameters": {text: [text]}}], "example_input": {text: 1}},
    )

    answers = [
        client.get(path)
        for path in ("/workflows", PAGE, f"{PAGE}/edit", f"{PAGE}/versions", f"{PAGE}/deletion")
    ]

    assert [answer.status_code for answer in answers] == [200] * len(answers)
    for answer in answers:
        assert foreign_parts(answer.text) == []


@pytest.mark.parametrize("text", CORPUS)
def test_text_stays_text_when_it_is_typed(client: ApiClient, text: str) -> None:
    base = put(client, ONE)
    wrong = {"steps": [{"name": text, "task_name": text, "queue": text, text: text}], text: text}
    forms = [form(text, workflow_id=text, base=text), form(wrong, workflow_id=text, base=base)]

    answers = [
        client.post(path, data=data)
        for data in forms
        for path in (NEW, f"{NEW}/validation", f"{PAGE}/edit", f"{PAGE}/edit/validation")
    ]
    answers += [client.get(NEW, params={"from": text, "version": text})]
    answers += [client.get(f"{PAGE}/versions", params={"from": text, "to": text})]

    for answer in answers:
        assert answer.status_code < 500
        assert foreign_parts(answer.text) == []
