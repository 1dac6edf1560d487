"""URLs of stores and brokers: what is taken, what is refused and why, and what is never printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from celeriac.engine.addresses import (
    SentinelAddress,
    check_broker_url,
    check_store_url,
    printable_url,
    with_database,
)
from celeriac.engine.errors import InvalidSetting
from celeriac.engine.runtime.broker import broker_of
from celeriac.engine.settings import Settings

SENTINEL = "sentinel://ann:s%40crt@h1:26379,h2:26380,h3/mymaster/2?sentinel_password=other"


def test_every_part_is_found_when_a_sentinel_url_has_all_of_them() -> None:
    address = SentinelAddress.parse(SENTINEL)

    assert address.sentinels == (("h1", 26379), ("h2", 26380), ("h3", 26379))
    assert (address.master, address.database) == ("mymaster", 2)
    assert (address.username, address.password) == ("ann", "s@crt")
    assert (address.sentinel_username, address.sentinel_password) == (None, "other")
    assert not address.encrypted


@pytest.mark.parametrize(
    "url",
    [
        "sentinel://h1:1,h2:2/m",
        "sentinel://h1:1;h2:2/m",
        "sentinel://h1:1;sentinel://h2:2/m",
        "sentinel://h1:1,h2:2/m/0",
    ],
)
def test_hosts_may_be_separated_either_way_when_a_sentinel_url_is_read(url: str) -> None:
    assert SentinelAddress.parse(check_broker_url(url)).sentinels == (("h1", 1), ("h2", 2))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://store", "beginning with redis://, rediss://, unix:// or sentinel://"),
        ("store:6379", "beginning with"),
        ("amqp://rabbit", "beginning with"),
        ("redis://store:70000", "port must be a number"),
        ("redis://store/first", "database must be a number, not 'first'"),
        ("redis://store?ssl_ca_certs=/etc/ca.pem", "ssl_ca_certs without TLS: use rediss://"),
        ("rediss://store?ssl_ca_certs=/no/such.pem", "'/no/such.pem', which does not exist"),
        ("rediss://store?ssl_cert_reqs=maybe", "required, optional, none, not 'maybe'"),
        ("rediss://store?ssl_cert=x", "no option ssl_cert; known are ssl_ca_certs"),
        ("sentinel://h1:26379", "master's name is missing"),
        ("sentinel:///m", "'' is not a host"),
        ("sentinel://h1:99999/m", "port must be a number"),
        ("sentinel://h1/m/first", "database must be a number"),
        ("sentinel://h1/m?color=red", "no option color"),
        ("sentinel://h1/m?ssl_cert_reqs=none", "tls=1 with sentinel://"),
    ],
)
def test_the_variable_and_the_reason_are_named_when_a_store_url_is_refused(url: str, reason: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        Settings.from_environment({"CELERIAC_REDIS_URL": url})

    assert "CELERIAC_REDIS_URL" in str(refused.value)
    assert reason in str(refused.value)


@pytest.mark.parametrize("url", ["memory://", "filesystem://", "sqs://", "kafka://host", "rabbit"])
def test_a_broker_is_refused_when_its_transport_is_not_one_of_ours(url: str) -> None:
    with pytest.raises(InvalidSetting, match=r"CELERIAC_BROKER_URL.*amqp://"):
        Settings.from_environment({"CELERIAC_BROKER_URL": url})


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://ann:secret@h:1/0", "redis://ann:***@h:1/0"),
        ("redis://:secret@h", "redis://:***@h"),
        ("unix:///run/store.sock", "unix:///run/store.sock"),
        ("unix:///run/s?password=secret&db=1", "unix:///run/s?password=***&db=1"),
        (
            "sentinel://a:secret@h1,h2/m?sentinel_password=secret",
            "sentinel://a:***@h1,h2/m?sentinel_password=***",
        ),
        ("amqp://guest:secret@h//", "amqp://guest:***@h//"),
    ],
)
def test_no_password_is_shown_when_a_url_is_printed(url: str, shown: str) -> None:
    assert printable_url(url) == shown


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("redis://h:1", "redis://h:1/1"),
        ("redis://h:1/0?protocol=3", "redis://h:1/1?protocol=3"),
        ("unix:///run/s?db=0", "redis+socket:///run/s?virtual_host=1"),
        (SENTINEL, SENTINEL.replace("/2?", "/1?")),
    ],
)
def test_the_broker_is_another_database_of_the_store_when_none_is_given(url: str, other: str) -> None:
    assert with_database(url, 1) == other
    assert Settings(redis_url=check_store_url(url)).effective_broker_url == other


def test_celery_is_told_every_sentinel_when_the_broker_is_behind_sentinels() -> None:
    broker = broker_of(SENTINEL, "ours")

    assert broker.url.split(";") == [
        f"sentinel://ann:s%40crt@h{n}:{p}/2" for n, p in ((1, 26379), (2, 26380), (3, 26379))
    ]
    assert broker.transport_options["master_name"] == "mymaster"
    assert broker.transport_options["global_keyprefix"] == "ours:broker:"
    assert broker.transport_options["sentinel_kwargs"]["password"] == "other"  # type: ignore[index]


def test_certificates_are_checked_when_a_rediss_broker_says_nothing_of_them() -> None:
    assert broker_of("rediss://h/1", "ours").url == "rediss://h/1?ssl_cert_reqs=required"
    assert broker_of("rediss://h/1?ssl_cert_reqs=none", "ours").url == "rediss://h/1?ssl_cert_reqs=none"


def test_certificates_are_checked_when_rabbitmq_is_reached_by_amqps(tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.touch()

    broker = broker_of(check_broker_url(f"amqps://h//?ssl_ca_certs={authority}"), "ours")

    assert broker.url == "amqps://h//"
    assert broker.use_ssl["ca_certs"] == str(authority)
    assert broker.use_ssl["server_hostname"] is None  # filled with the host by the client
    assert broker.use_ssl["cert_reqs"] == 2


def test_publishing_is_confirmed_and_prefetch_stays_when_rabbitmq_is_the_broker() -> None:
    broker = broker_of("amqp://h//", "ours")

    assert broker.transport_options["confirm_publish"] is True
    assert not broker.redis_like
