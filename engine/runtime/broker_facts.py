"""Facts about the broker and the Celery workers on it, for the checks. Starts nothing, publishes no step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from celery import Celery

from celeriac.engine.runtime.app import broker_address
from celeriac.engine.runtime.broker import broker_errors
from celeriac.engine.runtime.dispatch import RUNNER

#: Seconds that workers have to respond; a live worker responds in a few milliseconds.
ANSWER = 1.0
CONNECT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """A Celery worker on our broker without the engine's task. `queues` by their names on the broker."""

    name: str
    queues: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerFacts:
    """The broker.

    `trouble`: why it cannot be reached or refuses messages, else empty; `broadcasts`: workers can receive stop commands.
    """

    url: str
    transport: str
    trouble: str
    broadcasts: bool
    strangers: tuple[Stranger, ...] = ()


def broker_facts(app: Celery, *, ask_workers: bool = True) -> BrokerFacts:
    """The facts about this application's broker. `ask_workers` takes a second."""
    with app.connection_for_write() as connection:
        transport = connection.transport
        broadcasts = bool(transport.implements.exchange_type & {"fanout"})
        place, kind = broker_address(app), str(transport.driver_type)
        try:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=CONNECT)
            connection.default_channel  # noqa: B018 -- a Redis broker is only asked now
            strangers = find_strangers(app) if ask_workers and broadcasts else ()
        except broker_errors(app) as error:
            trouble = str(error).rstrip(".") or type(error).__name__
            return BrokerFacts(url=place, transport=kind, trouble=trouble, broadcasts=broadcasts)
    return BrokerFacts(url=place, transport=kind, trouble="", broadcasts=broadcasts, strangers=strangers)


def find_strangers(app: Celery) -> tuple[Stranger, ...]:
    """Live workers on the broker without the engine's task."""
    inspector = app.control.inspect(timeout=ANSWER)
    registered: dict[str, list[str]] = inspector.registered() or {}
    unknowing = sorted(name for name, tasks in registered.items() if not _knows_us(tasks))
    if not unknowing:
        return ()
    queues: dict[str, Any] = {**(app.control.inspect(unknowing, timeout=ANSWER).active_queues() or {})}
    return tuple(
        Stranger(name=name, queues=tuple(sorted(queue["name"] for queue in queues.get(name, ()))))
        for name in unknowing
    )


def _knows_us(tasks: list[str]) -> bool:
    # A reply may have options behind the name: "task [rate_limit=…]".
    return any(task.split(" ")[0] == RUNNER for task in tasks)
