"""Facts about the store's server, for the checks. Changes nothing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redis.exceptions import ResponseError

from celeriac.engine.addresses import printable_url
from celeriac.engine.errors import StoreRefusal
from celeriac.engine.store.connection import Connection
from celeriac.engine.store.keys import SCHEMA, Keys

PINGS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFacts:
    """The store's server. Sizes in bytes; None if the server does not report it (an account without CONFIG)."""

    url: str
    product: str  # with its own version, for display
    version: str  # the Redis version it is compatible with
    policy: str
    used_memory: int
    max_memory: int  # 0: no limit
    append_only: bool
    snapshots: bool | None
    writing_works: bool  # its files
    refusal: str  # the server's reason for refusing changes; "" if it takes them
    latency_ms: float
    schema: int | None  # None: the namespace is new
    expected_schema: int
    meta_type: str  # of the namespace's meta key; "none" if there is no such key
    namespace: str


def store_facts(client: Connection, keys: Keys, url: str) -> StoreFacts:
    """The facts about the server at this URL, read through an open connection. Raises `StoreUnavailable`."""
    # One reply may have two sections only since 7.0, and older servers must be recognised.
    about = {**client.info("server"), **client.info("memory"), **client.info("persistence")}
    meta = keys.meta()
    meta_type = client.type(meta).decode()
    schema = client.hget(meta, "schema") if meta_type == "hash" else None
    return StoreFacts(
        url=printable_url(url),
        product=_product(about),
        version=str(about.get("redis_version", "")),
        policy=str(about.get("maxmemory_policy", "")),
        used_memory=int(about.get("used_memory", 0)),
        max_memory=int(about.get("maxmemory", 0)),
        append_only=bool(about.get("aof_enabled", 0)),
        snapshots=_snapshots(client),
        writing_works="err"
        not in (about.get("aof_last_write_status", "ok"), about.get("rdb_last_bgsave_status", "ok")),
        refusal=_refusal(client, keys),
        latency_ms=_latency(client),
        schema=None if schema is None else int(schema),
        expected_schema=SCHEMA,
        meta_type=meta_type,
        namespace=keys.namespace,
    )


def _product(about: Mapping[str, Any]) -> str:
    if "valkey_version" in about:
        return f"Valkey {about['valkey_version']}"
    return f"Redis {about.get('redis_version', 'of unknown version')}"


def _snapshots(client: Connection) -> bool | None:
    """Whether snapshots are scheduled; None if the account may not read it."""
    try:
        configured = client.config_get("save")
    except (ResponseError, StoreRefusal):
        return None
    value = configured.get(b"save", configured.get("save", b""))
    return bool(value.strip())


def _refusal(client: Connection, keys: Keys) -> str:
    """Why the server refuses changes: tries to delete a key that does not exist."""
    try:
        client.delete(f"{keys.root}:none")
    except StoreRefusal as error:
        return str(error.facts.get("reason", error))
    return ""


def _latency(client: Connection) -> float:
    """The median round trip in ms, on an open connection."""
    taken = []
    for _ in range(PINGS):
        began = time.perf_counter()
        client.ping()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)
