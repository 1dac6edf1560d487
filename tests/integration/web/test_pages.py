"""The pages and their forms over the real engine, as a browser without JavaScript sees them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.workflows import step

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine
    from tests.integration.web.conftest import ApiClient

WORKFLOW = "data_processing"
LAUNCH = f"/workflows/{WORKFLOW}/launch"
PAGES = (
    "/",
    "/workflows",
    f"/workflows/{WORKFLOW}",
    LAUNCH,
    "/executions",
    "/executions/cancellations",
    "/cleanup",
    "/help",
)


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, f"no field {name}"
    return found[1]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_served_when_nothing_was_launched(client: ApiClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 200
    assert "<main" in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_served_when_executions_are_active_and_ended(client: ApiClient, path: str) -> None:
    client.launch(WORKFLOW)
    client.launch_ended(WORKFLOW)

    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/workflows/unknown", "/workflows/unknown/launch", f"{LAUNCH}?from=unknown-1"]
)
def test_a_page_says_not_found_when_its_subject_is_unknown(client: ApiClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_first_page_says_what_to_do_when_nothing_was_launched(client: ApiClient) -> None:
    assert f'href="{LAUNCH}"' in client.get("/").text
    assert "Nothing has been launched yet" in client.get("/executions").text


# -- launch


def test_a_launch_leads_to_its_execution(client: ApiClient, engine: WorkflowEngine) -> None:
    form = {"input": '{"a": 1}', "labels": "region=eu", "note": "try", "key": "k"}

    answer = client.post(LAUNCH, data=form)

    assert answer.status_code == 303
    execution = engine.get_workflow_status(answer.headers["location"].removeprefix("/executions/"))
    assert (execution["input"], execution["labels"], execution["note"]) == ({"a": 1}, {"region": "eu"}, "try")


def test_one_execution_is_launched_when_the_button_is_pressed_twice(
    client: ApiClient, engine: WorkflowEngine
) -> None:
    form = {"input": "{}", "key": hidden(client.get(LAUNCH).text, "key")}

    places = {client.post(LAUNCH, data=form).headers["location"] for _ in range(2)}

    assert len(places) == 1
    assert engine.executions.count()["all"] == 1


def test_another_execution_is_launched_when_the_input_was_changed_on_the_same_page(
    client: ApiClient, engine: WorkflowEngine
) -> None:
    for text in ("{}", '{"a": 2}'):
        assert client.post(LAUNCH, data={"input": text, "key": "k"}).status_code == 303

    assert engine.executions.count()["all"] == 2


@pytest.mark.parametrize("text", ["{", "[1]", "", '{"a": 1, "a": 2}', '{"a": NaN}', "\ufeff{}"])
def test_the_text_is_kept_and_nothing_launched_when_the_input_is_wrong(
    client: ApiClient, engine: WorkflowEngine, text: str
) -> None:
    answer = client.post(LAUNCH, data={"input": text, "note": "kept as well", "key": "k"})

    assert answer.status_code == 422
    assert "Line 1, column" in answer.text
    assert 'value="kept as well"' in answer.text
    assert engine.executions.count()["all"] == 0


def test_the_text_is_escaped_when_it_holds_markup(client: ApiClient) -> None:
    answer = client.post(LAUNCH, data={"input": "</textarea><script>alert(1)</script>", "labels": '"><i>=x'})

    assert "<script>alert" not in answer.text
    assert '"><i>' not in answer.text


def test_the_limit_is_named_when_a_label_is_refused_by_the_engine(client: ApiClient) -> None:
    answer = client.post(LAUNCH, data={"input": "{}", "labels": "a=" + "x" * 5000})

    assert answer.status_code == 422
    assert 'href="#labels"' in answer.text


def test_validation_answers_the_place_and_launches_nothing(client: ApiClient, engine: WorkflowEngine) -> None:
    answer = client.post(
        f"{LAUNCH}/validation", data={"input": '{\n"a": 1,,}'}, headers={"HX-Request": "true"}
    )

    assert answer.status_code == 200
    assert "Line 2, column 8" in answer.text
    assert "<html" not in answer.text
    assert engine.executions.count()["all"] == 0


def test_the_form_is_filled_when_it_starts_from_an_execution(client: ApiClient) -> None:
    execution_id = client.launch(WORKFLOW, input={"n": 7}, labels={"region": "eu"}, note="first")

    html = client.get(f"{LAUNCH}?from={execution_id}").text

    assert "&#34;n&#34;: 7" in html
    assert 'value="region=eu"' in html
    assert 'value="first"' in html


# -- the list and its actions


def test_the_list_shows_what_the_filters_say(client: ApiClient) -> None:
    active, ended = client.launch(WORKFLOW), client.launch_ended("parallel_processing")

    assert ended not in client.get(f"/executions?workflow_id={WORKFLOW}").text
    cancelled = client.get("/executions?status=cancelled").text
    assert (f'id="x-{ended}"' in cancelled, f'id="x-{active}"' in cancelled) == (True, False)
    assert f'id="x-{active}"' in client.get(f"/executions?q={active[:20]}&since=24h").text


@pytest.mark.parametrize("query", ["status=gone", "since=yesterday", "cursor=%3Cb%3E", "label=x"])
def test_the_list_says_why_when_a_filter_is_not_understood(client: ApiClient, query: str) -> None:
    answer = client.get(f"/executions?{query}")

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_every_execution_is_reached_once_when_pages_are_turned(
    client: ApiClient, engine: WorkflowEngine
) -> None:
    launched = {engine.execute_workflow(WORKFLOW, {}) for _ in range(53)}

    first = client.get("/executions").text
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    second = client.get(older[1].replace("&amp;", "&")).text

    rows = [re.findall(r'<tr id="x-([^"]+)"', html) for html in (first, second)]
    assert [len(found) for found in rows] == [50, 3]
    assert {*rows[0], *rows[1]} == launched
    assert re.search(r'rel="prev" href="/executions"', second)


def test_the_selected_are_cancelled_and_the_rest_said_when_one_has_ended(
    client: ApiClient, engine: WorkflowEngine
) -> None:
    kept, ended = client.launch(WORKFLOW), client.launch_ended(WORKFLOW)
    selected = [client.launch(WORKFLOW) for _ in range(2)]

    answer = client.post(
        "/executions/cancellations", data={"execution_id": [*selected, ended], "workflow_id": WORKFLOW}
    )

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/executions?workflow_id={WORKFLOW}&cancelled=2&not_cancelled=1"
    assert engine.get_workflow_status(kept)["cancel_requested"] is False
    assert "Cancellation of 2 executions requested" in client.get(answer.headers["location"]).text


def test_all_active_are_cancelled_when_their_number_was_confirmed(
    client: ApiClient, engine: WorkflowEngine
) -> None:
    for _ in range(3):
        client.launch(WORKFLOW)
    confirm = client.get("/executions/cancellations").text
    assert "Cancel 3 executions" in confirm

    answer = client.post(
        "/executions/cancellations", data={"scope": "all", "count": hidden(confirm, "count")}
    )

    assert answer.headers["location"] == "/executions?cancelled=3"
    assert engine.executions.count()["cancelled"] == 3


@pytest.mark.parametrize("count", ["1", "", "-5", "many"])
def test_nothing_is_cancelled_when_more_are_active_than_confirmed(
    client: ApiClient, engine: WorkflowEngine, count: str
) -> None:
    for _ in range(2):
        client.launch(WORKFLOW)

    answer = client.post("/executions/cancellations", data={"scope": "all", "count": count})

    assert answer.status_code == 409
    assert "2 are active now" in answer.text
    assert engine.executions.count()["cancelled"] == 0


def test_a_cancellation_leads_back_when_the_execution_has_ended(client: ApiClient) -> None:
    execution_id = client.launch_ended(WORKFLOW)

    answer = client.post(f"/executions/{execution_id}/cancellation")

    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/executions/{execution_id}")


def test_the_clean_up_is_shown_and_can_be_skipped_when_a_cancellation_waits_for_it(
    client: ApiClient, engine: WorkflowEngine
) -> None:
    steps = [step("first"), step("remove_files", after="first", trigger="always")]
    engine.register_workflow("with_clean_up", steps)
    execution_id = engine.execute_workflow("with_clean_up", {})
    page = f"/executions/{execution_id}"

    client.post(f"{page}/cancellation")

    assert "Cancelling, 1 step has not ended" in " ".join(client.get("/executions").text.split())
    assert "remove_files cleans up before the execution ends." in client.get(page).text
    assert f"{page}/steps/remove_files/mark?status=skipped" in client.get(f"{page}/steps/remove_files").text
    form = {"status": "skipped", "reason": "removed by hand"}
    client.post(f"{page}/steps/remove_files/mark", data=form)
    assert engine.get_workflow_status(execution_id)["status"] == "cancelled"


def test_an_execution_is_pinned_and_unpinned(client: ApiClient, engine: WorkflowEngine) -> None:
    execution_id = client.launch_ended(WORKFLOW)

    for value, pinned in (("1", True), ("0", False)):
        assert client.post(f"/executions/{execution_id}/pin", data={"pinned": value}).status_code == 303
        assert engine.get_workflow_status(execution_id)["pinned"] is pinned


def test_an_execution_is_deleted_after_the_question(client: ApiClient, engine: WorkflowEngine) -> None:
    execution_id = client.launch_ended(WORKFLOW)
    assert "cannot be undone" in client.get(f"/executions/{execution_id}/deletion").text
    assert engine.executions.count()["all"] == 1

    assert client.post(f"/executions/{execution_id}/deletion").headers["location"] == "/executions?deleted=1"
    assert engine.executions.count()["all"] == 0


def test_an_execution_is_not_deleted_when_it_is_active(client: ApiClient) -> None:
    execution_id = client.launch(WORKFLOW)

    assert "cancel it first" in client.get(f"/executions/{execution_id}/deletion").text
    assert client.post(f"/executions/{execution_id}/deletion").status_code == 409


# -- clean up


def test_as_many_are_removed_as_the_preview_said(client: ApiClient, engine: WorkflowEngine) -> None:
    active, pinned = client.launch(WORKFLOW), client.launch_ended(WORKFLOW)
    engine.executions.pin(pinned)
    for _ in range(3):
        client.launch_ended(WORKFLOW)
    html = client.get("/cleanup?max_age_hours=0&statuses=cancelled").text
    assert "Remove 3 executions" in html
    late = client.launch_ended(WORKFLOW)
    form = {name: hidden(html, name) for name in ("max_age_hours", "before", "count")}

    answer = client.post("/cleanup", data={**form, "statuses": "cancelled"})

    assert answer.headers["location"].endswith("removed=3")
    left = engine.get_execution_history()["executions"]
    assert {execution["execution_id"] for execution in left} == {active, pinned, late}
    assert "3 executions were removed" in client.get(answer.headers["location"]).text


@pytest.mark.parametrize(
    "form",
    [
        {"max_age_hours": "0", "statuses": "cancelled"},
        {"max_age_hours": "0", "statuses": "cancelled", "before": "2026-01-01T00:00:00Z", "count": "x"},
        {"max_age_hours": "-1", "statuses": "cancelled", "before": "2026-01-01T00:00:00Z", "count": "1"},
        {"max_age_hours": "0", "statuses": "running", "before": "2026-01-01T00:00:00Z", "count": "1"},
        {
            "max_age_hours": "0",
            "statuses": "cancelled",
            "before": "2026-01-01T00:00:00Z",
            "count": "2000",
            "typed": "1",
        },
        {},
    ],
)
def test_nothing_is_removed_when_the_confirmation_is_not_whole(
    client: ApiClient, engine: WorkflowEngine, form: dict[str, str]
) -> None:
    client.launch_ended(WORKFLOW)

    answer = client.post("/cleanup", data=form)

    assert answer.status_code == 422
    assert "Nothing was removed" in answer.text
    assert engine.executions.count()["all"] == 1


@pytest.mark.parametrize(
    "query", ["max_age_hours=nan", "max_age_hours=x", "max_age_hours=1", "max_age_hours=1&statuses=running"]
)
def test_the_preview_says_what_to_change_when_the_rule_is_wrong(client: ApiClient, query: str) -> None:
    answer = client.get(f"/cleanup?{query}")

    assert answer.status_code == 422
    assert 'class="mistake"' in answer.text


# -- theme


def test_the_theme_is_kept_when_it_was_chosen(client: ApiClient) -> None:
    answer = client.post("/theme", data={"theme": "dark", "return_to": "/executions?status=failure"})

    assert answer.headers["location"] == "/executions?status=failure"
    assert "theme=dark" in answer.headers["set-cookie"]
    assert 'data-theme="dark"' in client.get("/help", headers={"Cookie": "theme=dark"}).text


def test_the_system_decides_again_when_the_choice_is_taken_back(client: ApiClient) -> None:
    answer = client.post("/theme", data={"theme": "system", "return_to": "https://evil.example/"})

    assert answer.headers["location"] == "/"
    assert 'theme=""' in answer.headers["set-cookie"]
    assert "data-theme" not in client.get("/help", headers={"Cookie": "theme=<b>"}).text
