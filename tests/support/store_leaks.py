"""What may be left in the store after a test. Reads the store itself: the engine cannot hide its leaks."""

from __future__ import annotations

import re
from collections.abc import Iterable

import redis

#: Every key the key map in `engine/store/keys.py` allows, without the namespace in braces before it.
ALLOWED = re.compile(
    r":(meta|workflows|summaries|tasks|queues|reached|archivable|due|leases|pinned|unreadable"
    r"|(definition|plan):[^:]+:[^:]+|versions:[^:]+"
    r"|x:[^:]+(:(s|log|data|archive|out|out:places|out:kept))?"
    r"|(ready|published|messages|window):[^:]+"
    r"|worker:.+"
    r"|index:(all|status:[a-z]+|workflow:[^:]+|both:[^:]+:[a-z]+|label:.+)"
    r"|ended:[^:]+:[a-z]+"
    r"|(idempotency|launch):[0-9a-f]+)"
)
MAY_EXPIRE = re.compile(r":idempotency:|:launch:|:worker:")
#: Timers, ready units, windows and claims: nothing of the kind may outlive the last active execution.
OF_ACTIVE_EXECUTIONS = re.compile(r":(due|ready:.+|published:.+|worker:.+:claims)")


def leaks(client: redis.Redis, namespace: str) -> list[str]:
    """One sentence per key of `namespace` that should not be there, or not like this; empty: all is well."""
    root = "{" + namespace + "}"
    names = {str(key)[len(root) :] for key in client.scan_iter(match=f"{root}*", count=1000)}
    found = [f"{root}{name} is not in the key map" for name in names if not ALLOWED.fullmatch(name)]
    found += _lifetimes(client, root, names)
    found += _incomplete_executions(client, root, names)
    if not _active(client, root, names):
        found += [
            f"{root}{name} remains although no execution is active"
            for name in sorted(names)
            if OF_ACTIVE_EXECUTIONS.fullmatch(name)
        ]
    return found


def _lifetimes(client: redis.Redis, root: str, names: Iterable[str]) -> list[str]:
    found = []
    for name in names:
        lifetime = client.ttl(root + name)
        if lifetime != -1 and not MAY_EXPIRE.match(name):
            found.append(f"{root}{name} expires in {lifetime} s, nothing but cleanup may remove it")
        if lifetime == -1 and name.startswith((":idempotency:", ":launch:")):
            found.append(f"{root}{name} never expires")
    return found


def _incomplete_executions(client: redis.Redis, root: str, names: Iterable[str]) -> list[str]:
    found = []
    known = {str(execution_id) for execution_id in client.zrange(f"{root}:index:all", 0, -1)}
    present: set[str] = set()
    for name in names:
        if not name.startswith(":x:"):
            continue
        execution_id = name.split(":")[2]
        present.add(execution_id)
        if execution_id not in known:
            found.append(f"{root}{name} belongs to no execution of the index")
    return found + [f"{execution_id} is in the index and has no keys" for execution_id in known - present]


def _active(client: redis.Redis, root: str, names: Iterable[str]) -> list[str]:
    executions = [name for name in names if re.fullmatch(r":x:[^:]+", name)]
    return [name for name in executions if not client.hget(root + name, "end")]


def strangers(client: redis.Redis) -> list[str]:
    """Keys of the store's database that belong to no namespace at all."""
    return [str(key) for key in client.scan_iter(count=1000) if not str(key).startswith("{")]


def forget(client: redis.Redis, namespace: str) -> None:
    """Remove every key of `namespace`."""
    names = list(client.scan_iter(match="{" + namespace + "}*", count=1000))
    for start in range(0, len(names), 500):
        client.unlink(*names[start : start + 500])
