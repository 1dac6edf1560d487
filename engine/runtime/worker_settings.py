"""Settings of the application that a worker changes in its own process, whatever a user's application says."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from celery import Celery

from celeriac.engine.errors import PoolUnsupported

#: Their processes must be prepared before anything is imported, and the reconciler's threads would block them.
GREEN_POOLS = ("gevent", "eventlet")


def adapt_settings(app: Celery) -> list[str]:
    """Sets what steps need. Returns a sentence for each setting of the application that this changes."""
    conf: Any = app.conf
    with app.connection_for_read() as connection:
        redis_like = connection.transport.driver_type == "redis"
    # A message that waits in a worker for a slot cannot run in another worker that has one.
    wanted: dict[str, Any] = {"worker_prefetch_multiplier": 1, "worker_disable_prefetch": redis_like}
    if not accepts_json(conf.accept_content):
        wanted["accept_content"] = [*conf.accept_content, "json"]
    changed = [
        f"{name} is {value!r} in this worker, not {conf[name]!r}: steps need it"
        for name, value in wanted.items()
        if conf.get(name, value) != value  # some are newer than Celery 5.5
    ]
    conf.update(wanted)
    return changed


def accepts_json(accepted: Sequence[str] | None) -> bool:
    """Whether messages of steps, which are JSON, are accepted."""
    return accepted is None or bool({"json", "application/json"} & set(accepted))


def declare_queues(app: Celery, names: Sequence[str]) -> None:
    """Declares the queues that the application does not have and, by `task_create_missing_queues`, would not make."""
    queues: Any = app.amqp.queues
    for name in names:
        if name not in queues and name not in queues.aliases:
            queues.add(queues.new_missing(name))


def refuse_green_pools(app: Celery, arguments: Sequence[str]) -> None:
    """Raises `PoolUnsupported` for a pool in which messages would be taken and never run."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-P", "--pool", default="prefork")
    given: str = parser.parse_known_args(list(arguments))[0].pool
    # Celery takes the default of its command line for none given.
    pool = str(app.conf.worker_pool) if given == "prefork" else given
    for green in GREEN_POOLS:
        if green in pool:
            raise PoolUnsupported(pool=green)


def queue_names(options: dict[str, Any]) -> Iterator[str]:
    """The names in the option `-Q` of Celery's worker."""
    given = options.get("queues") or ()
    for name in given.split(",") if isinstance(given, str) else given:
        yield str(name).strip()
