"""What users write is shown as written, and never becomes part of the page."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from tests.integration.web.conftest import EXECUTIONS, ApiClient

CORPUS = [
    "<script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "<hx-partial hx-target=body>x</hx-partial>",
    "--><blink hx-get=/theme hx-trigger=load>",
    "&lt;blink&gt;",
    "😀 " + "x" * 50,
]
#: Elements and attributes that only the corpus would bring in.
FOREIGN_TAGS = {"img", "blink"}


class Seen(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.foreign: list[str] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in FOREIGN_TAGS:
            self.foreign.append(tag)
        self._script = tag == "script"
        for name, value in attrs:
            acts = name.startswith("on") or (
                name in ("href", "action") and (value or "").startswith("javascript:")
            )
            if acts or (name, value) in (("hx-trigger", "load"), ("hx-target", "body")):
                self.foreign.append(f"{name}={value}")

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.foreign.append(f"script {data}")
        self._script = False


def foreign_parts(html: str) -> list[str]:
    seen = Seen()
    seen.feed(html)
    return seen.foreign


@pytest.mark.parametrize("text", CORPUS)
def test_text_stays_text_when_it_is_shown(client: ApiClient, text: str) -> None:
    body = {"input": {text: [text]}, "labels": {"label": text[:100]}, "note": text}
    execution_id = client.launch("data_processing", **body)
    first = client.get(f"{EXECUTIONS}/{execution_id}").json()["steps"][0]["name"]

    for path in (
        "/",
        "/executions",
        f"/executions/{execution_id}",
        f"/executions/{execution_id}/steps/{first}",
        f"/workflows/data_processing/launch?from={execution_id}",
        "/workflows/data_processing",
    ):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert foreign_parts(answer.text) == [], path
        assert "49{% raw" not in answer.text


@pytest.mark.parametrize("text", CORPUS)
def test_text_stays_text_when_it_is_typed_into_a_form_or_an_address(client: ApiClient, text: str) -> None:
    form = {"input": text, "labels": text, "note": text}

    answers = [
        client.post("/workflows/data_processing/launch", data=form),
        client.post(
            "/workflows/data_processing/launch/validation", data=form, headers={"hx-request": "true"}
        ),
        client.post("/cleanup", data={"max_age_hours": text, "statuses": text}),
        client.get("/executions", params={"q": text, "workflow_id": text, "status": text, "label": text}),
        client.get("/cleanup", params={"max_age_hours": text, "statuses": text}),
        client.get(f"/workflows/{text.replace('/', '')}"),
    ]

    for answer in answers:
        assert answer.status_code < 500
        assert foreign_parts(answer.text) == []
    assert client.get(EXECUTIONS).json()["total"] == 0
