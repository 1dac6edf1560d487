"""Brokers besides the store's own server. Each fixture says why it skips where its server is not installed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from celeriac.engine.settings import Settings
from tests.conftest import make_settings
from tests.support.rabbitmq import RabbitMq, missing_reason
from tests.support.server_group import Certificates, make_certificates
from tests.support.servers import StoreServer


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on PATH: apt-get install openssl, or make test as root")
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def rabbitmq(certificates: Certificates) -> Iterator[RabbitMq]:
    """One node per test process; namespaces keep tests apart."""
    if reason := missing_reason():
        pytest.skip(reason)
    server = RabbitMq(tls=(certificates.certificate, certificates.key, certificates.authority))
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
def settings(store_server: StoreServer, rabbitmq: RabbitMq, tmp_path: Path) -> Settings:
    """Messages in RabbitMQ, state in the store."""
    return make_settings(store_server, tmp_path / "data", broker_url=rabbitmq.url)


@pytest.fixture(scope="module")
def shared_settings(
    store_server: StoreServer, rabbitmq: RabbitMq, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """The same for a whole module."""
    directory = tmp_path_factory.mktemp("shared") / "data"
    return make_settings(store_server, directory, broker_url=rabbitmq.url)
