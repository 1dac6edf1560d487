"""Windows that watch one execution, each another view of it: whether they show what the server has, and how soon."""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, WebError, expect

from tests.support.waiting import ROOM, NeverHappenedError, eventually

#: Milliseconds that a page may take for anything: to load, to act, to show what is expected.
PATIENCE = 15_000 * ROOM

#: Every page that follows an execution, by what it is called here.
VIEWS = {
    "levels": "/executions/{}",
    "steps": "/executions/{}?view=steps",
    "timeline": "/executions/{}?view=timeline",
    "log": "/executions/{}?view=log",
    "step": "/executions/{}/steps/last",
    "list": "/executions?workflow_id=watched",
    "overview": "/",
}
#: What a page shows, without what may differ between one kept up to date and one loaded just now: counters that tick,
#: where bars are on an axis that grows, what was said aloud, and what an ended log needs no more.
SHOWN = r"""() => {
  const main = document.querySelector('#main').cloneNode(true);
  for (const el of main.querySelectorAll('*')) {
    for (const name of ['data-htmx-powered', 'data-now', 'data-more', 'data-place']) el.removeAttribute(name);
    if (el.matches('[data-since], [data-until], #execution-say, #log > .none')) el.textContent = '';
    el.classList.remove('htmx-request');
    if (el.id === 'hot') el.removeAttribute('d'); // what is pointed at
    if (el.classList.length === 0) el.removeAttribute('class');
    if (el.matches('#timeline[data-grows]')) ['data-from', 'data-span'].forEach((name) => el.removeAttribute(name));
    if (el.closest('#timeline[data-grows] svg')) {
      for (const { name } of [...el.attributes]) if (name !== 'class') el.removeAttribute(name);
      if (el.matches('.axis')) el.textContent = '';
    }
    // In the order of their names, whatever was set last.
    for (const { name, value } of [...el.attributes].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      el.removeAttribute(name);
      el.setAttribute(name, value);
    }
  }
  const shown = document.title + main.outerHTML + document.querySelector('#active-executions').textContent;
  return shown.replace(/\s+/g, ' ').replace(/ (?=[<>])|(?<=>) /g, '');
}"""
#: What the browser logs when a connection is cut or refused.
CUT = r"htmx:(sse:)?error|Failed to load resource|ERR_|NetworkError|TypeError: (network|Failed to fetch)|TimeoutError"


@contextlib.contextmanager
def complaining(context: BrowserContext, expected: Sequence[str]) -> Iterator[BrowserContext]:
    """Fails at the end when a page of `context` complained of what matches no pattern of `expected`."""
    complaints: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(f"console error: {message.text} ({message.location.get('url', '')})")

    def on_exception(error: WebError) -> None:
        complaints.append(f"uncaught exception: {error.error}")

    context.on("console", on_console)
    context.on("weberror", on_exception)
    # Reported through the console, so that a violation just before a navigation is not lost with its page.
    context.add_init_script(
        "addEventListener('securitypolicyviolation',"
        " e => console.error('CSP violation: ' + e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample))"
    )
    yield context
    unexpected = [c for c in complaints if not any(re.search(pattern, c) for pattern in expected)]
    assert not unexpected, "the page complained:\n" + "\n".join(unexpected)


def window(
    browser: Browser, user_agent: str, expected: Sequence[str], resources: contextlib.ExitStack
) -> Page:
    """A window with connections of its own: a browser has six to a site per context, and the server counts streams
    by user agent. `resources` closes it."""
    context = browser.new_context(user_agent=user_agent)
    context.set_default_timeout(PATIENCE)
    resources.callback(context.close)
    resources.enter_context(complaining(context, expected))
    return context.new_page()


def connection(page: Page, state: str) -> None:
    expect(page.locator("html")).to_have_attribute("data-live", state)


def hide(page: Page, hidden: bool) -> None:
    """As when another tab is chosen: a headless page is always visible."""
    page.evaluate(
        """hidden => {
          Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
          document.dispatchEvent(new Event('visibilitychange'));
        }""",
        hidden,
    )


def loaded_now(page: Page, execution_id: str, views: Iterable[str] = VIEWS) -> dict[str, str]:
    """View -> what a page that is loaded now shows of it."""
    shown = {}
    for view in views:
        page.goto(VIEWS[view].format(execution_id))
        page.wait_for_function("() => window.celeriac && htmx.version")
        shown[view] = page.evaluate(SHOWN)
    return shown


def assert_equal(windows: Mapping[str, Page], expected: Mapping[str, str]) -> None:
    """Every window shows what is expected, or comes to."""
    for view, page in windows.items():
        try:
            eventually(lambda: page.evaluate(SHOWN) == expected[view], every=0.05)  # noqa: B023 (called at once)
        except NeverHappenedError:
            lines = (text.replace("<", "\n<").splitlines() for text in (page.evaluate(SHOWN), expected[view]))
            differences = "\n".join(difflib.unified_diff(*lines, "kept", "loaded", n=1, lineterm=""))
            pytest.fail(f"the window with view {view!r} is not what a page loaded now shows:\n{differences}")
