"""Fixtures of every tier. A test asks for what it needs and nothing is started before that.

`settings`, `engine`, `worker`, `web`, `start_worker` belong to one test: its own namespace, ended with it.
`shared_settings`, `shared_engine`, `shared_worker`, `shared_web` belong to one module: a start is paid once.
`store_server` is one server per test process; namespaces keep tests apart.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from celeriac.engine.settings import Settings
from tests.support.counts import FULL
from tests.support.invariants import violations
from tests.support.processes import LoggedProcess
from tests.support.servers import StoreServer
from tests.support.store_leaks import forget, leaks, strangers
from tests.support.tcp_proxy import TcpProxy
from tests.support.waiting import eventually
from tests.support.webserver import WebServer
from tests.support.workers import Worker

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine

#: Timings at which a fault test takes seconds. Leases stay long enough for a busy machine.
QUICK: dict[str, float] = {
    "lease": 6.0,
    "heartbeat": 1.0,
    "tick": 0.1,
    "publish_lease": 1.0,
    "unclaimed": 5.0,
    "deadline_grace": 2.0,
    "hard_limit_grace": 1.0,
    "cancel_kill": 2.5,  # a step asks once a second whether it is cancelled
    "cancel_grace": 6.0,
    "unknown_task_grace": 0.5,
    "retry_base": 0.05,
    "retry_cap": 0.5,
    "archive_after": 0.3,
}
WORKFLOW_MODULES = (
    "celeriac.examples",
    "tests.support.tasks",
    "tests.support.program_tasks",
    "tests.support.logging_tasks",
)


def make_settings(server: StoreServer, data_dir: Path, **changes: Any) -> Settings:
    """Settings with a namespace of their own on `server`, quick timings, and the test tasks announced."""
    values: dict[str, Any] = {
        "redis_url": server.url,
        "namespace": f"t-{uuid.uuid4().hex[:10]}",
        "workflows": WORKFLOW_MODULES,
        "data_dir": data_dir,
        **QUICK,
    }
    return Settings(**{**values, **changes})


@contextlib.contextmanager
def opened_engine(settings: Settings) -> Iterator[WorkflowEngine]:
    """An engine whose connections are closed at the end."""
    from celeriac.engine.engine import WorkflowEngine

    engine = WorkflowEngine(settings)
    try:
        yield engine
    finally:
        if "app" in vars(engine):  # made on first use
            engine.app.close()
        engine.store.close()


def pytest_configure(config: pytest.Config) -> None:
    """Tests marked `long` are for `make soak`; `-m` of the command line says otherwise."""
    config.addinivalue_line("markers", "long: takes long; run by `make soak`, left out by `make test`")
    config.addinivalue_line("markers", "sampled: tries a sample; run by `make soak` with FULL_COUNTS=1")
    if not config.option.markexpr:
        config.option.markexpr = "not long"


# Without a deadline and without a look at how fast data is made: that depends on who else uses the machine.
_ANY_SPEED: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
hypothesis_settings.register_profile("sample", max_examples=40, derandomize=True, **_ANY_SPEED)
hypothesis_settings.register_profile("full", max_examples=1_000, print_blob=True, **_ANY_SPEED)
hypothesis_settings.load_profile("full" if FULL else "sample")


# -- the store


@pytest.fixture(scope="session")
def store_server() -> Iterator[StoreServer]:
    server = StoreServer(tcp=True).start()
    yield server
    server.stop()


@pytest.fixture
def own_store_server() -> Iterator[StoreServer]:
    """A server with AOF that this test may kill, freeze and start again."""
    # With everysec a busy disk may keep the last changes from the file, and a kill then loses them.
    server = StoreServer(aof=True, tcp=True, fsync="always").start()
    yield server
    server.stop()


@pytest.fixture
def store_url(store_server: StoreServer) -> str:
    return store_server.url


@pytest.fixture
def start_proxy() -> Iterator[Callable[[int], TcpProxy]]:
    """`start_proxy(port)` gives a started `TcpProxy` in front of that port of this machine."""
    with contextlib.ExitStack() as stack:

        def start(port: int) -> TcpProxy:
            proxy = TcpProxy(port).start()
            stack.callback(proxy.stop)
            return proxy

        yield start


# -- of one test


@pytest.fixture
def settings(store_server: StoreServer, tmp_path: Path) -> Settings:
    return make_settings(store_server, tmp_path / "data")


@pytest.fixture
def engine(settings: Settings) -> Iterator[WorkflowEngine]:
    with opened_engine(settings) as engine:
        yield engine


@pytest.fixture
def start_worker(settings: Settings, tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """`start_worker()` gives a ready worker, with `wait=False` a starting one. Arguments go to Celery."""
    with contextlib.ExitStack() as stack:

        def start(*options: str, wait: bool = True, settings: Settings = settings) -> Worker:
            worker = Worker(settings, log_directory=tmp_path / "logs", options=options)
            stack.callback(worker.stop)
            return worker.start(wait=wait)

        yield start


@pytest.fixture
def worker(start_worker: Callable[..., Worker]) -> Worker:
    return start_worker()


@pytest.fixture
def start_web(settings: Settings, tmp_path: Path) -> Iterator[Callable[..., WebServer]]:
    """`start_web()` gives a web process that answers."""
    with contextlib.ExitStack() as stack:

        def start(*, settings: Settings = settings, wait: bool = True) -> WebServer:
            web = WebServer(settings, log_directory=tmp_path / "logs")
            stack.callback(web.stop)
            return web.start(wait=wait)

        yield start


@pytest.fixture
def web(start_web: Callable[..., WebServer]) -> WebServer:
    return start_web()


# -- of one module


@pytest.fixture(scope="module")
def shared_settings(store_server: StoreServer, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_settings(store_server, tmp_path_factory.mktemp("shared") / "data")


@pytest.fixture(scope="module")
def shared_engine(shared_settings: Settings) -> Iterator[WorkflowEngine]:
    with opened_engine(shared_settings) as engine:
        yield engine


@pytest.fixture(scope="module")
def shared_worker(shared_settings: Settings) -> Iterator[Worker]:
    worker = Worker(shared_settings, log_directory=shared_settings.data_dir.parent / "logs").start()
    yield worker
    worker.stop()


@pytest.fixture(scope="module")
def shared_web(shared_settings: Settings) -> Iterator[WebServer]:
    web = WebServer(shared_settings, log_directory=shared_settings.data_dir.parent / "logs").start()
    yield web
    web.stop()


# -- after each test


@pytest.fixture(autouse=True)
def _nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """The store holds only what the key map allows. Then a test's own namespace is removed."""
    used: dict[str, Settings] = {}
    server: StoreServer | None = None
    if "store_server" in request.fixturenames:
        server = request.getfixturevalue("store_server")
    for name in ("settings", "shared_settings"):
        if name in request.fixturenames:
            used[name] = request.getfixturevalue(name)
    yield
    if server is None:
        return
    with server.client() as client:
        for name, settings in used.items():
            if settings.redis_url not in (server.url, server.tcp_url):
                continue

            def clean(settings: Settings = settings, namespace: str = settings.namespace) -> bool:
                """the store holds nothing that should be gone"""
                found = leaks(client, namespace) + violations(settings)
                assert not found, "; ".join(found)
                return True

            # What a worker writes just after a status has turned may come after the test's last look.
            eventually(clean, within=5)
            if name == "settings":
                forget(client, settings.namespace)
        assert not strangers(client)


# -- what a failing test shows


@pytest.fixture(autouse=True)
def _note_where_logs_begin() -> None:
    LoggedProcess.ended_during_test.clear()
    for process in LoggedProcess.shown_on_failure:
        process.shown_from = process.log_size()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failed test's report what its servers and workers printed meanwhile."""
    report = yield
    if report.failed:
        for process in [*LoggedProcess.ended_during_test, *LoggedProcess.shown_on_failure]:
            if printed := process.log(since=process.shown_from).strip():
                report.sections.append((f"log of {process.name} (pid {process.pid})", printed[-20_000:]))
    return report
