"""Checks the servers and the workers: facts in, findings out. No I/O, no clock.

A finding has what is wrong, why it matters and the remedy. Errors must be fixed; those that `refuse_start` keep a
process from starting, because starting would lose executions. Other errors go away by themselves (the broker comes up)
or with the next start (a missing worker).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from celeriac.engine.runtime.broker_facts import BrokerFacts
    from celeriac.engine.store.read.server_facts import StoreFacts
    from celeriac.engine.store.unreadable import UnreadableFacts

Severity = Literal["error", "warning"]

OLDEST_VERSION = (7, 0)
SLOW_MS = 20.0
NEARLY_FULL, FULL = 0.8, 0.95


class Finding(TypedDict):
    """One finding as JSON. `code` is stable."""

    code: str
    severity: Severity
    what: str
    why: str
    remedy: str
    refuse_start: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerFacts:
    """A live worker, as it describes itself."""

    name: str
    version: str
    broker: str
    queues: frozenset[str]
    tasks: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """A step of a published workflow."""

    workflow_id: str
    step: str
    queue: str
    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that is checked. `version` is the version of this process."""

    store: StoreFacts
    broker: BrokerFacts
    workers: tuple[WorkerFacts, ...]
    steps: tuple[StepFacts, ...]
    version: str
    unreadable: UnreadableFacts | None = None


def check_store(store: StoreFacts, *, eviction_allowed: bool = False) -> list[Finding]:
    """Findings about the store's server. `eviction_allowed`: its policy is only a warning."""
    return [
        *_version(store),
        *_eviction(store, eviction_allowed),
        *_refusal(store),
        *_persistence(store),
        *_latency(store),
        *_memory(store),
        *_namespace(store),
    ]


def check_everything(facts: Facts, *, eviction_allowed: bool = False) -> list[Finding]:
    """Every finding, errors first."""
    found = [
        *check_store(facts.store, eviction_allowed=eviction_allowed),
        *_broker(facts.broker),
        *_strangers(facts),
        *_unreadable(facts.unreadable),
        *_worker_versions(facts),
        *_split_brokers(facts),
        *_same_names(facts),
        *_queues(facts),
        *_tasks(facts),
    ]
    return sorted(found, key=lambda finding: finding["severity"])


def _error(code: str, what: str, why: str, remedy: str, *, refuse_start: bool = False) -> Finding:
    return Finding(code=code, severity="error", what=what, why=why, remedy=remedy, refuse_start=refuse_start)


def _warning(code: str, what: str, why: str, remedy: str) -> Finding:
    return Finding(code=code, severity="warning", what=what, why=why, remedy=remedy, refuse_start=False)


# -- the store


def _version(store: StoreFacts) -> Iterator[Finding]:
    number = tuple(int(part) for part in store.version.split(".")[:2] if part.isdecimal())
    if number < OLDEST_VERSION:
        yield _error(
            "store_version",
            f"The store is {store.product}.",
            "The engine's transitions need Redis 7.0 or Valkey.",
            "Point CELERIAC_REDIS_URL to a server of version 7.0 or newer.",
            refuse_start=True,
        )


def _eviction(store: StoreFacts, allowed: bool) -> Iterator[Finding]:
    if store.policy in ("noeviction", ""):
        return
    what = f"The store's maxmemory-policy is {store.policy}."
    why = "When memory is short the server evicts keys, and loses executions and results."
    remedy = "Run CONFIG SET maxmemory-policy noeviction and write it into the server's configuration"
    if allowed:
        yield _warning("eviction_policy", what, why, f"{remedy}.")
    else:
        remedy += "; CELERIAC_ALLOW_EVICTION=1 starts anyway."
        yield _error("eviction_policy", what, why, remedy, refuse_start=True)


def _refusal(store: StoreFacts) -> Iterator[Finding]:
    if store.refusal:
        yield _error(
            "store_refuses_changes",
            f"The store refuses changes: {store.refusal.rstrip('.')}.",
            "Nothing can be launched, cancelled or retried, and ends of steps wait for two leases at most.",
            "Check the server's replicas (min-replicas-to-write), disk, role and the rights of the account.",
        )


def _persistence(store: StoreFacts) -> Iterator[Finding]:
    if not store.writing_works:
        yield _error(
            "persistence_failing",
            "The store could not write its last append-only file or snapshot.",
            "Redis then refuses every change, and its data is lost when its process ends.",
            "Look for a full disk or missing rights in the server's log; its dir setting says where it writes.",
        )
    if store.append_only:
        return
    if store.snapshots is False:
        yield _warning(
            "no_persistence",
            "The store keeps its data in memory only.",
            "When its process ends, the state and history of every workflow are lost.",
            "Run CONFIG SET appendonly yes and write it into the server's configuration.",
        )
    else:
        yield _warning(
            "snapshots_only",
            "The store writes snapshots, but no append-only file.",
            "A crash loses minutes: steps that have ended run again, launches are lost.",
            "Run CONFIG SET appendonly yes (appendfsync everysec loses one second at most).",
        )


def _latency(store: StoreFacts) -> Iterator[Finding]:
    if store.latency_ms >= SLOW_MS:
        yield _warning(
            "store_latency",
            f"The store takes {store.latency_ms:.0f} ms to respond.",
            "Each step costs three round trips, so workflows of short steps are slow.",
            f"Run workers and web close to the store; less than {SLOW_MS:.0f} ms is acceptable, less than 1 ms is normal.",
        )


def _memory(store: StoreFacts) -> Iterator[Finding]:
    if not store.max_memory or store.used_memory < NEARLY_FULL * store.max_memory:
        return
    share = 100 * store.used_memory / store.max_memory
    full = store.used_memory >= FULL * store.max_memory
    make = _error if full else _warning
    yield make(
        "store_memory",
        f"The store uses {share:.0f} % of its maxmemory ({store.max_memory / 1e6:.0f} MB).",
        "At the limit launches are refused; running executions still end.",
        "Run celeriac cleanup, or raise maxmemory.",
    )


def _namespace(store: StoreFacts) -> Iterator[Finding]:
    if store.meta_type not in ("none", "hash"):
        yield _error(
            "namespace_clash",
            f"The key {{{store.namespace}}}:meta is a {store.meta_type} that Celeriac did not write.",
            "Another application uses the same keys.",
            "Choose another CELERIAC_NAMESPACE, or another database.",
            refuse_start=True,
        )
    elif store.schema is not None and store.schema != store.expected_schema:
        yield _error(
            "schema",
            f"The store holds data of schema {store.schema}, this version reads {store.expected_schema}.",
            "Another version would misread the data.",
            "Use the version of Celeriac that wrote it, or another CELERIAC_NAMESPACE.",
            refuse_start=True,
        )


# -- the broker


def _broker(broker: BrokerFacts) -> Iterator[Finding]:
    if broker.trouble:
        yield _error(
            "broker_unreachable",
            f"The broker at {broker.url} cannot be reached: {broker.trouble}.",
            "Steps wait until it is back; cancelled steps keep running.",
            "Start it, or check CELERIAC_BROKER_URL.",
        )
    if not broker.broadcasts:
        yield _error(
            "broker_transport",
            f"The broker's transport {broker.transport} cannot reach all workers at once.",
            "Running steps cannot be cancelled.",
            "Use Redis, Valkey or RabbitMQ as broker.",
        )


def _strangers(facts: Facts) -> Iterator[Finding]:
    for stranger in facts.broker.strangers:
        yield _error(
            "worker_without_engine",
            f"The worker {stranger.name} takes messages from {', '.join(stranger.queues)} "
            "but does not have Celeriac.",
            "It drops every step it receives, and each waits until it is published again.",
            "Start it with celeriac worker, or give it other queues or another broker.",
        )


def _unreadable(found: UnreadableFacts | None) -> Iterator[Finding]:
    if found is None or found.newest is None:
        return
    newest = found.newest
    messages = "1 message was" if found.number == 1 else f"{found.number:,} messages were"
    yield _warning(
        "unreadable_messages",
        f"{messages} set aside; the newest, from {newest.queue}: {newest.reason}.",
        "Something other than Celeriac, or another version, writes to the broker.",
        f"Find out what does: redis-cli XREVRANGE '{found.key}' + - COUNT 10 shows the newest messages; "
        f"redis-cli DEL '{found.key}' ends this warning.",
    )


# -- the workers


def _worker_versions(facts: Facts) -> Iterator[Finding]:
    others = sorted({worker.version for worker in facts.workers} - {facts.version})
    for version in others:
        names = _listed(worker.name for worker in facts.workers if worker.version == version)
        yield _warning(
            "worker_version",
            f"{names}: Celeriac {version or 'of unknown version'}; this process has {facts.version}.",
            "Versions may handle the same step differently.",
            "Install the same version everywhere and restart those workers.",
        )


def _split_brokers(facts: Facts) -> Iterator[Finding]:
    used = sorted({worker.broker for worker in facts.workers if worker.broker} | {facts.broker.url})
    if len({worker.broker for worker in facts.workers} - {"", facts.broker.url}) == 0:
        return
    # Two names of the same server look like two servers.
    yield _warning(
        "broker_split",
        f"One namespace, several brokers: {', '.join(used)}.",
        "If these are not names of one server, two installations share a namespace, "
        "or steps are published where some workers do not consume.",
        "Give every process the same CELERIAC_BROKER_URL, and each installation its own CELERIAC_NAMESPACE.",
    )


def _same_names(facts: Facts) -> Iterator[Finding]:
    names = [worker.name for worker in facts.workers]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield _error(
            "worker_name_twice",
            f"{names.count(name)} workers are called {name}.",
            "Commands to stop a step are addressed to workers by name.",
            "Start each with a unique name: celeriac worker -n NAME@%h.",
        )


def _queues(facts: Facts) -> Iterator[Finding]:
    if not facts.steps:
        return
    if not facts.workers:
        yield _error(
            "no_worker",
            "No worker is alive.",
            "Launches are accepted, but wait.",
            "Start celeriac worker, or celeriac up.",
        )
        return
    served = frozenset[str]().union(*(worker.queues for worker in facts.workers))
    for queue in sorted({step.queue for step in facts.steps} - served):
        users = _listed(step.workflow_id for step in facts.steps if step.queue == queue)
        yield _error(
            "queue_without_worker",
            f"No worker consumes the queue {queue}, which {users} uses.",
            "Its steps wait for ever.",
            f"Start celeriac worker -Q {queue}.",
        )


def _tasks(facts: Facts) -> Iterator[Finding]:
    missing: dict[tuple[str, str], set[str]] = {}
    for step in facts.steps:
        for worker in facts.workers:
            if step.queue in worker.queues and step.task not in worker.tasks:
                missing.setdefault((step.task, step.queue), set()).add(worker.name)
    announced = frozenset[str]().union(*(worker.tasks for worker in facts.workers))
    for (task, queue), names in sorted(missing.items()):
        users = _listed(
            f"{s.workflow_id}.{s.step}" for s in facts.steps if (s.task, s.queue) == (task, queue)
        )
        who = "no live worker has it" if task not in announced else f"{_listed(names)} does not have it"
        yield _error(
            "unknown_task",
            f"The task {task} of {users}: {who}.",
            "A step fails if its worker does not have its task.",
            "Add the module that defines it to CELERIAC_WORKFLOWS of that worker and restart it.",
        )


def _listed(names: Iterable[str]) -> str:
    """Up to three names, and the number of further ones."""
    each = sorted(set(names))
    more = f" and {len(each) - 3} more" if len(each) > 3 else ""
    return ", ".join(each[:3]) + more
