"""The broker as Celery configures it: turns one of our URLs into a URL, TLS settings and transport options.

Knows the transports and their options; opens no connection.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from celery import Celery
from celery.app.amqp import AMQP, Queues
from kombu import Exchange, Queue
from kombu.exceptions import OperationalError

from celeriac.engine.addresses import SentinelAddress, tls_options, with_database

#: For publishing and for commands: a launch does not wait for an unavailable broker, a reconciler publishes later.
#: Workers wait for it indefinitely, by a separate setting.
GIVE_UP_SOON: dict[str, object] = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
CERT_REQS = {"required": ssl.CERT_REQUIRED, "optional": ssl.CERT_OPTIONAL, "none": ssl.CERT_NONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Celery's settings. `redis_like`: keys may have a prefix, and prefetching can be disabled."""

    url: str
    transport_options: dict[str, object]
    use_ssl: dict[str, object] = field(default_factory=dict)
    redis_like: bool


def broker_of(url: str, namespace: str) -> Broker:
    """The broker at one of our URLs, for one installation."""
    scheme = urlsplit(url).scheme
    if scheme in ("amqp", "amqps", "pyamqp"):
        return _rabbitmq(url)
    options: dict[str, object] = {
        **GIVE_UP_SOON,
        "visibility_timeout": 3600,
        "health_check_interval": 10,
        "socket_keepalive": True,
        "socket_timeout": 30,
        "socket_connect_timeout": 5,
        # Pub/sub and installations that share a server: database numbers do not separate them.
        "global_keyprefix": f"{namespace}:broker:",
    }
    if scheme == "sentinel":
        return _sentinel(SentinelAddress.parse(url), options)
    if scheme == "unix":
        return Broker(url=with_database(url, _database_of(url)), transport_options=options, redis_like=True)
    if scheme == "rediss":
        url = _verifying(url)
    return Broker(url=url, transport_options=options, redis_like=True)


def _rabbitmq(url: str) -> Broker:
    given, parts = tls_options(url), urlsplit(url)
    use_ssl: dict[str, object] = {}
    if parts.scheme == "amqps":
        use_ssl = {
            "cert_reqs": CERT_REQS[given.get("ssl_cert_reqs", "required")],
            # None is replaced by the host of the URL, which the certificate then has to name.
            "server_hostname": None,
            **{name.removeprefix("ssl_"): given[name] for name in given if "cert_reqs" not in name},
        }
        if use_ssl.pop("check_hostname", "true") == "false":
            del use_ssl["server_hostname"]
    plain = urlunsplit(parts._replace(query=""))
    # Without confirmation, messages published while a connection breaks would be lost silently.
    options = {**GIVE_UP_SOON, "confirm_publish": True}
    return Broker(url=plain, transport_options=options, use_ssl=use_ssl, redis_like=False)


def _sentinel(address: SentinelAddress, options: dict[str, object]) -> Broker:
    user = quote(address.username or "", safe="")
    secret = f"{user}:{quote(address.password, safe='')}@" if address.password else ""
    query = ""
    sentinel: dict[str, Any] = {"socket_timeout": 5, "socket_connect_timeout": 5, "retry": None}
    sentinel |= {"username": address.sentinel_username, "password": address.sentinel_password}
    if address.encrypted:
        tls = {"ssl_cert_reqs": "required", **address.tls}
        query = "?" + urlencode(tls)
        sentinel |= {"ssl": True, **tls, "ssl_check_hostname": tls.get("ssl_check_hostname") != "false"}
    url = ";".join(
        f"sentinel://{secret}{f'[{host}]' if ':' in host else host}:{port}/{address.database}{query}"
        for host, port in address.sentinels
    )
    options = {**options, "master_name": address.master, "sentinel_kwargs": sentinel}
    return Broker(url=url, transport_options=options, redis_like=True)


def _verifying(url: str) -> str:
    """Without these, Celery's transport does not encrypt at all if the URL has no certificate options."""
    parts = urlsplit(url)
    if "ssl_cert_reqs" in tls_options(url):
        return url
    query = "&".join(filter(None, (parts.query, "ssl_cert_reqs=required")))
    return urlunsplit(parts._replace(query=query))


def _database_of(url: str) -> int:
    """The `?db=` of a unix:// URL."""
    _, _, query = url.partition("?db=")
    digits = query.partition("&")[0]
    return int(digits) if digits.isdecimal() else 0


class NamespacedQueues(Queues):
    """Queues named `<namespace>.<queue>` on the broker and `<queue>` everywhere else.

    RabbitMQ has no key prefix: without this, two installations, or another Celery application, would take each other's
    messages from a queue with a name as common as `default`.
    """

    namespace = ""

    def new_missing(self, name: str) -> Queue:
        return namespaced_queue(self.namespace, name)


def namespaced_queue(namespace: str, name: str) -> Queue:
    full = f"{namespace}.{name}"
    return Queue(full, Exchange(full, type="direct"), routing_key=full, alias=name)


def namespaced_amqp(namespace: str) -> type[AMQP]:
    """The class of an application's `amqp` with the namespace in its queue names."""
    queues = type("InstallationQueues", (NamespacedQueues,), {"namespace": namespace})
    return type("InstallationAMQP", (AMQP,), {"queues_cls": queues})


def apart_on_rabbitmq(namespace: str) -> dict[str, object]:
    """The settings that give this installation its own default queue and control exchange."""
    return {
        "task_queues": [namespaced_queue(namespace, "default")],
        "control_exchange": f"{namespace}.control",
        "event_exchange": f"{namespace}.events",
    }


def queue_named(app: Celery, name: str) -> Queue:
    """The queue of this name, also if the application does not have it and `task_create_missing_queues` is off."""
    queues: Any = app.amqp.queues
    try:
        found: Queue = queues[name]
    except KeyError:
        found = queues.new_missing(name)
    return found


def broker_errors(app: Celery) -> tuple[type[Exception], ...]:
    """What the broker raises when it is away, and when it refuses a message: a Redis server that takes no changes, a queue
    that does not exist.
    """
    with app.connection_for_write() as connection:
        of_transport = (*connection.connection_errors, *connection.channel_errors)
    return (OperationalError, OSError, *cast("tuple[type[Exception], ...]", of_transport))
