"""The page of patterns shows every state in every form and every component, and only in development."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from celeriac.engine.workflows.progress.states import StepStatus
from celeriac.web.help import samples
from celeriac.web.styleguide.page import FORMS
from celeriac.web.ui import paths
from celeriac.words.sentences import status_words
from tests.support.asgi import AsgiClient

#: Where a look is seen, by the form of the page that shows it.
PLACES = {
    "chip": ("", '<span class="chip" data-state="{look}">'),
    "text": ("", '<span class="state"><svg class="icon" data-state="{look}"'),
    "board": ("board", '<a class="node" id="s-{look}" data-state="{look}"'),
    "card": ("cards", '<a id="s-{look}" data-state="{look}"'),
    "line": ("lines", '<a id="s-{look}_1" data-state="{look}"'),
    "segment": ("lines", '<rect class="segment {look}"'),
    "row of the timeline": ("timeline", 'data-shown="{look} '),
}


@pytest.fixture
def shown(make_client: Callable[..., AsgiClient]) -> Callable[[str], str]:
    """`shown(form)`: the page in development."""
    client = make_client(development=True)

    def get(form: str) -> str:
        answer = client.get(f"/patterns?form={form}")
        assert answer.status_code == 200
        return answer.text

    return get


def test_there_is_no_such_page_when_not_in_development(client: AsgiClient) -> None:
    assert client.get("/patterns").status_code == 404


def test_looks_are_all_there_are_when_states_are_added() -> None:
    assert set(samples.LOOKS) == set(status_words()) - {"cancelling"} >= set(StepStatus)


@pytest.mark.parametrize("place", PLACES)
def test_every_look_is_shown_when_its_form_is(shown: Callable[[str], str], place: str) -> None:
    form, markup = PLACES[place]
    page = shown(form)

    assert [look for look in samples.LOOKS if markup.format(look=look) not in page] == []


def test_every_bar_is_shown_when_timelines_are(shown: Callable[[str], str]) -> None:
    page = shown("timeline") + shown("ended")
    style = (paths.STATIC / "css" / "views.css").read_text()
    kinds = set(re.findall(r"\.bars \.(\w+)", style))

    assert kinds
    assert [kind for kind in kinds if f'class="{kind}"' not in page] == []


def test_every_word_of_the_connection_is_shown_when_the_style_knows_it(shown: Callable[[str], str]) -> None:
    style = (paths.STATIC / "css" / "frame.css").read_text()

    assert set(re.findall(r"\[data-live=([\w-]+)\] \.connection \[data-when", style)) == set(
        samples.connection_states()
    )
    assert [
        state for state in samples.connection_states() if f'<span data-live="{state}">' not in shown("")
    ] == []


def test_every_component_is_used_when_there_is_one() -> None:
    used = list(reachable("styleguide/page.html"))
    defined = {
        (path.name, macro)
        for path in (paths.TEMPLATES / "components").glob("*.html")
        if path.name != "live.html"  # a connection, which nobody sees
        for macro in re.findall(r"\{% macro ([a-z]\w*)", path.read_text())
    }
    text = "".join(re.sub(r"\{% macro \w+", "", (paths.TEMPLATES / name).read_text()) for name in used)

    assert [macro for macro in sorted(defined) if not re.search(rf"\b{macro[1]}(?:\(| as )", text)] == []


def reachable(name: str, seen: set[str] | None = None) -> Iterator[str]:
    """The template and all that it includes, imports or extends."""
    seen = set() if seen is None else seen
    if name in seen:
        return
    seen.add(name)
    yield name
    for used in re.findall(
        r"\{%-? (?:include|from|extends) \"([^\"]+)\"", (paths.TEMPLATES / name).read_text()
    ):
        yield from reachable(used, seen)


@pytest.mark.parametrize("form", FORMS)
def test_page_answers_when_a_form_is_chosen(shown: Callable[[str], str], form: str) -> None:
    assert 'aria-current="page"' in shown(form)
