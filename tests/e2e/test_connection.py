"""What a page does with every answer to its stream that is none, and what the chip says meanwhile.

The defects of hx-sse 4.0.1 that `static/js/live.js` makes harmless; cuts and black holes are in `test_healing.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from celeriac.engine.engine import WorkflowEngine
from tests.support.executions import wait_for_step, wait_until_ended
from tests.support.watching import connection, hide
from tests.support.workflows import step

pytestmark = pytest.mark.usefixtures("shared_worker")
STREAM = "**/stream?*"
#: A stream that says something and is closed by the server at once.
SHORT = "event: ping\ndata: 1\n\n"
SIGN_IN = "<!doctype html><title>Sign in</title><p>Sign in, please</p>"
HIDDEN = "Object.defineProperty(document, 'hidden', { value: true, configurable: true })"


@pytest.fixture(scope="module")
def held(
    shared_engine: WorkflowEngine, base_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """An execution whose step `work` runs as long as these tests."""
    gate = tmp_path_factory.mktemp("held") / "go"
    waits = step("work", "tests.wait_for_file", parameters={"path": str(gate)})
    shared_engine.register_workflow("held_open", [waits, step("after", after="work")])
    shared_engine.publish_workflows()
    execution_id = shared_engine.execute_workflow("held_open", {})
    wait_for_step(shared_engine, execution_id, "work", "running")
    yield execution_id
    gate.touch()
    wait_until_ended(shared_engine, execution_id)


@pytest.fixture
def answered(page: Page, expected_complaints: list[str]) -> Callable[..., list[str]]:
    """`answered(first, then)`: how the stream is answered, once and ever after; gives the list of requests for it."""
    expected_complaints.append(r"status of|htmx:|ERR_")

    def answer(*answers: Callable[[Route], None]) -> list[str]:
        asked: list[str] = []

        def handle(route: Route) -> None:
            asked.append(route.request.url)
            answers[min(len(asked), len(answers)) - 1](route)

        page.route(STREAM, handle)
        return asked

    return answer


def of(status: int, body: str = "<p>An error</p>", kind: str = "text/html") -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=status, body=body, content_type=kind)


def short(route: Route) -> None:
    route.fulfill(status=200, body=SHORT, content_type="text/event-stream")


def sign_in(route: Route) -> None:
    of(200, SIGN_IN)(route)


def chip(page: Page, words: str) -> None:
    expect(page.locator(".connection")).to_have_text(re.compile(f"^{words}$"), use_inner_text=True)


@pytest.mark.parametrize("refuse", [of(503), of(200, SIGN_IN), of(204, ""), lambda route: route.abort()])
def test_first_connection_is_tried_again_when_no_stream_came_of_it(
    page: Page, held: str, answered: Callable[..., list[str]], refuse: Callable[[Route], None]
) -> None:
    answered(refuse, lambda route: route.continue_())

    page.goto(f"/executions/{held}")

    connection(page, "live")
    expect(page.locator("body")).not_to_contain_text(re.compile("An error|Sign in"))


@pytest.mark.parametrize("then", [of(204, ""), of(200, SIGN_IN), short], ids=["204", "html", "short"])
def test_connection_is_not_asked_for_without_end_when_the_answer_is_no_stream(
    page: Page, held: str, answered: Callable[..., list[str]], then: Callable[[Route], None]
) -> None:
    page.clock.install()
    asked = answered(short, then)
    page.goto(f"/executions/{held}")
    page.wait_for_function("() => document.documentElement.dataset.live === 'retrying'")

    page.clock.run_for(10_000)

    # Twice a second for 3 s, then with each poll.
    assert len(asked) < 25
    if then is not short:
        connection(page, "polling")
        chip(page, "Every 2 s")
    expect(page.locator("#s-work")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("Sign in")


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [
        (401, "signed-out", r"Not allowed, as of \d\d:\d\d:\d\d"),
        (403, "signed-out", r"Not allowed, as of \d\d:\d\d:\d\d"),
        (404, "gone", "Deleted"),
        (410, "gone", "Deleted"),
    ],
)
@pytest.mark.parametrize("first", [True, False], ids=["first", "again"])
def test_nothing_more_is_asked_when_the_answer_is_final(
    page: Page,
    held: str,
    answered: Callable[..., list[str]],
    status: int,
    state: str,
    words: str,
    first: bool,
) -> None:
    asked = answered(*([] if first else [short]), of(status))
    page.clock.install()

    page.goto(f"/executions/{held}")
    page.clock.run_for(1_000)
    connection(page, state)
    so_far = len(asked)
    page.clock.run_for(30_000)

    assert len(asked) == so_far
    chip(page, words)
    expect(page.locator("#s-work")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("An error")


@pytest.mark.parametrize("moved", [False, True], ids=["instead of the page", "elsewhere"])
def test_page_stays_and_says_so_when_a_sign_in_page_comes_instead(
    page: Page, held: str, answered: Callable[..., list[str]], moved: bool
) -> None:
    answered(short, of(200, SIGN_IN))
    page.goto(f"/executions/{held}")
    elsewhere = {"status": 302, "headers": {"Location": "/sign-in"}}
    page.route(
        f"**/executions/{held}",
        lambda route: route.fulfill(**elsewhere) if moved else of(200, SIGN_IN)(route),  # type: ignore[arg-type]
    )

    connection(page, "signed-out")
    chip(page, r"Not allowed, as of \d\d:\d\d:\d\d")
    expect(page.locator("#s-work")).to_be_visible()


@pytest.mark.parametrize("lost", [of(503), sign_in, lambda route: route.abort()])
def test_step_stays_and_is_asked_for_again_when_its_answer_was_lost(
    page: Page, held: str, expected_complaints: list[str], lost: Callable[[Route], None]
) -> None:
    expected_complaints.append(r"status of|htmx:|ERR_")
    address = f"/executions/{held}/steps/work"
    page.goto(address)
    connection(page, "live")
    page.route(f"**{address}", lost, times=1)

    with page.expect_request(f"**{address}"):
        page.evaluate("() => htmx.trigger('#step', 'step:changed')")
    if lost is not sign_in:  # which is an answer, though none that says anything of the step
        page.wait_for_event("request", lambda request: request.url.endswith(address))

    expect(page.locator("#step")).to_contain_text("work")
    expect(page.locator("body")).not_to_contain_text(re.compile("An error|Sign in"))


def test_nothing_connects_in_a_background_tab_until_it_is_shown(
    page: Page, held: str, answered: Callable[..., list[str]]
) -> None:
    asked = answered(lambda route: route.continue_())
    page.add_init_script(HIDDEN)
    page.clock.install()
    page.goto(f"/executions/{held}")
    page.clock.run_for(10_000)
    assert asked == []

    hide(page, False)

    connection(page, "live")
    assert len(asked) == 1


def test_connection_is_given_up_when_the_tab_is_hidden_while_it_is_made(
    page: Page, held: str, answered: Callable[..., list[str]]
) -> None:
    waiting: list[Route] = []
    asked = answered(waiting.append, lambda route: route.continue_())
    with page.expect_request(STREAM):
        page.goto(f"/executions/{held}")
    hide(page, True)
    # Shown again before that, the page would keep the connection.
    with page.expect_event("requestfailed", lambda request: "/stream" in request.url):
        waiting[0].continue_()
    connection(page, "paused")

    with page.expect_response(STREAM):
        hide(page, False)

    connection(page, "live")
    assert len(asked) == 2


def test_trouble_is_said_aloud_when_it_lasts_and_not_at_a_blip(
    page: Page, held: str, answered: Callable[..., list[str]]
) -> None:
    page.clock.install()
    answered(lambda route: route.continue_(), of(503))
    page.goto(f"/executions/{held}")
    connection(page, "live")
    aloud = page.locator("#connection-say")
    page.clock.run_for(9_000)
    expect(aloud).to_have_text("")

    page.route(f"**/executions/{held}", of(503))
    page.evaluate(
        "() => document.querySelector('#live')._htmx.sse.reader.cancel()"
    )  # as when the server closes it
    connection(page, "retrying")
    page.clock.run_for(3_000)
    expect(aloud).to_have_text("")
    page.clock.run_for(8_000)

    expect(aloud).to_have_text(re.compile(r"Reconnecting, as of \d\d:\d\d:\d\d"))
    page.unroute_all()
    connection(page, "live")
    expect(aloud).to_have_text("Live")


def test_ninth_tab_is_live_when_eight_are_in_the_background(context: BrowserContext, held: str) -> None:
    address = f"/executions/{held}"
    for number in range(8):
        page = context.new_page()
        if number % 2:
            page.add_init_script(HIDDEN)  # opened in the background
            page.goto(address)
        else:
            page.goto(address)
            connection(page, "live")
            hide(page, True)

    ninth = context.new_page()
    ninth.goto(address)

    expect(ninth.locator("html")).to_have_attribute("data-live", "live")
