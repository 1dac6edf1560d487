"""A real browser in front of the whole stack. One stack and one namespace for all tests of this folder.

A test fails when the page complains: CSP violations, console errors, uncaught exceptions. One that provokes
such a thing says so beforehand: `expected_complaints.append("htmx:sse:error")`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType, expect

from celeriac.engine.settings import Settings
from tests.conftest import make_settings, opened_engine
from tests.support.browser import QUIET, executable_path
from tests.support.servers import StoreServer
from tests.support.watching import PATIENCE, complaining
from tests.support.webserver import WebServer
from tests.support.workers import Worker

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine

# -- the browser


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], browser_type: BrowserType
) -> dict[str, Any]:
    """Playwright's own browser if it is installed, else the one on PATH (or in the variable CHROMIUM)."""
    arguments: dict[str, Any] = {**browser_type_launch_args, "args": list(QUIET)}
    try:
        found = executable_path(browser_type.executable_path)
    except RuntimeError as error:
        pytest.fail(str(error))
    if found:
        arguments["executable_path"] = found
    return arguments


@pytest.fixture
def expected_complaints() -> list[str]:
    """Regular expressions of complaints that this test provokes on purpose."""
    return []


@pytest.fixture(scope="session", autouse=True)
def _room_for_pages() -> None:
    """One limit for all that tests expect of a page, where Playwright's own is 5 s."""
    expect.set_options(timeout=PATIENCE)


@pytest.fixture
def context(context: BrowserContext, expected_complaints: list[str]) -> Iterator[BrowserContext]:
    context.set_default_timeout(PATIENCE)
    with complaining(context, expected_complaints):
        yield context


# -- the stack behind it


@pytest.fixture(scope="session")
def shared_settings(store_server: StoreServer, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_settings(store_server, tmp_path_factory.mktemp("e2e") / "data", development=True)


@pytest.fixture(scope="session")
def shared_engine(shared_settings: Settings) -> Iterator[WorkflowEngine]:
    with opened_engine(shared_settings) as engine:
        yield engine


@pytest.fixture(scope="session")
def shared_worker(shared_settings: Settings) -> Iterator[Worker]:
    worker = Worker(shared_settings, log_directory=shared_settings.data_dir.parent / "logs").start()
    yield worker
    worker.stop()


@pytest.fixture(scope="session")
def shared_web(shared_settings: Settings, shared_worker: Worker) -> Iterator[WebServer]:
    """The web process, with a ready worker behind it."""
    web = WebServer(shared_settings, log_directory=shared_settings.data_dir.parent / "logs").start()
    yield web
    web.stop()


@pytest.fixture(scope="session")
def base_url(shared_web: WebServer) -> str:
    """`page.goto("/executions")` goes to the common stack."""
    return shared_web.url
